using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Export;

namespace ImmutableAudit.Core.Tests.Events.Export;

public class ExportFileTests
{
    [Theory]
    [InlineData("lines.jsonl")]
    [InlineData("lines.jsonl.gz")]
    [InlineData("LINES.JSONL.GZ")]
    public async Task Lines_in_a_file_have_the_records_leaf_hashes(string name)
    {
        await using var log = new TestLog();
        var records = await Exported.RecordsAsync(log, Enumerable.Range(0, 300).Select(TestLog.Sample));
        var path = log.Temporary(name);
        Write(path, ExportFormat.JsonLines, records);
        var lines = Text(path).Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.Equal(
            records.Select(record => record.LeafHash),
            lines[..^1].Select(line => Convert.ToHexStringLower(SHA256.HashData([0, .. Encoding.UTF8.GetBytes(line)]))));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + "*"));
    }

    [Fact]
    public async Task A_CSV_file_begins_with_a_byte_order_mark_and_the_header()
    {
        await using var log = new TestLog();
        var path = log.Temporary("x.csv");
        Write(path, ExportFormat.Csv, []);
        Assert.Equal([0xEF, 0xBB, 0xBF], File.ReadAllBytes(path)[..3]);
        Assert.Equal(new RecordExporter(ExportFormat.Csv).Header + "\r\n", File.ReadAllText(path));
    }

    [Fact]
    public async Task What_isnt_completed_leaves_nothing_and_what_was_there_stays()
    {
        await using var log = new TestLog();
        var records = await Exported.RecordsAsync(log, [TestLog.Sample(0)]);
        var folder = log.Temporary("exports");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "x.jsonl.gz");
        File.WriteAllText(path, "before");
        using (var file = ExportFile.Create(path, new RecordExporter(ExportFormat.JsonLines), overwrite: true))
            file.Write(records[0]);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public async Task A_file_in_the_way_is_replaced_only_where_that_was_asked_for()
    {
        await using var log = new TestLog();
        var path = log.Temporary("x.jsonl");
        File.WriteAllText(path, "before");
        Assert.Equal(AuditErrors.ExportFileExists, Assert.Throws<AuditException>(() => Write(path, ExportFormat.JsonLines, [])).ErrorId);
        Assert.Equal("before", File.ReadAllText(path));
        Write(path, ExportFormat.JsonLines, [], overwrite: true);
        Assert.Equal("", File.ReadAllText(path));

        File.Delete(path);
        using var late = ExportFile.Create(path, new RecordExporter(ExportFormat.JsonLines), overwrite: false);
        File.WriteAllText(path, "in the meantime");
        Assert.Equal(AuditErrors.ExportFileExists, Assert.Throws<AuditException>(late.Complete).ErrorId);
        late.Dispose();
        Assert.Equal("in the meantime", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!, "x.jsonl*"));
    }

    [Fact]
    public async Task A_place_that_cant_be_written_is_told()
    {
        await using var log = new TestLog();
        Directory.CreateDirectory(log.Temporary("folder"));
        Assert.Equal(AuditErrors.LocationInvalid, Assert.Throws<AuditException>(() => Write(log.Temporary("folder"), ExportFormat.Csv, [])).ErrorId);
        Assert.Equal(AuditErrors.LocationInvalid, Assert.Throws<AuditException>(() => Write(log.Temporary("none/x.csv"), ExportFormat.Csv, [])).ErrorId);
    }

    private static void Write(string path, ExportFormat format, IEnumerable<AuditRecord> records, bool overwrite = false)
    {
        using var file = ExportFile.Create(path, new RecordExporter(format), overwrite);
        foreach (var record in records)
            file.Write(record);
        file.Complete();
    }

    private static string Text(string path)
    {
        using var file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith("z", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
        return reader.ReadToEnd();
    }
}
