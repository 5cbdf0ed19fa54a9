using System.Diagnostics;
using System.IO.Compression;
using ImmutableAudit.Core.Tests.Independent;
using ImmutableAudit.Export;
using ImmutableAudit.Log;

namespace ImmutableAudit.Core.Tests.Tiles;

/// <summary>Exports, read again by a program that knows nothing of ours.</summary>
public sealed class LogExportTests : IAsyncLifetime
{
    private TestLog _log = null!;

    private string Folder => _log.Temporary("export");

    public async Task InitializeAsync() => _log = await TileKit.CreateAsync();

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [IndependentFact]
    public async Task A_reader_of_tlog_tiles_recomputes_the_whole_as_it_grows()
    {
        foreach (var (count, inOneCommit) in new[] { (0, 1), (1, 1), (254, 50), (1, 1), (300, 7), (66_000, 8000), (0, 1), (700, 33) })
        {
            if (count > 0)
                await TileKit.WriteAsync(_log, count, inOneCommit);
            var report = await ExportAsync(LogExportFormat.TLogTiles, Folder);
            Assert.Equal((await AuditLog.OpenAsync(_log.Store, default)).Checkpoint, report.Checkpoint);
            Assert.StartsWith($"ok {report.Records} entries root ", await ReadAsync(), StringComparison.Ordinal);
            // Nothing but what belongs to this size: at most one partial tile a level, no left-over.
            Assert.DoesNotContain(Files(Folder), path => path.EndsWith(".tmp", StringComparison.Ordinal));
            Assert.True(Files(Folder).Count(path => path.Contains(".p/", StringComparison.Ordinal)) <= 4);
        }

        Assert.Equal(0, (await ExportAsync(LogExportFormat.TLogTiles, _log.Temporary("again"))).From);
        Assert.Equal(Files(Folder), Files(_log.Temporary("again")));
    }

    [IndependentFact]
    public async Task The_reader_finds_what_was_altered()
    {
        await TileKit.WriteAsync(_log, 300, 100);
        await ExportAsync(LogExportFormat.TLogTiles, Folder);
        foreach (var name in new[] { "checkpoint", "tile/0/000", "tile/0/001.p/45", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/45" })
        {
            var path = Path.Combine(Folder, name);
            var genuine = await File.ReadAllBytesAsync(path);
            var altered = (byte[])genuine.Clone();
            altered[name == "checkpoint" ? altered.Length - 60 : 20] ^= 1;
            await File.WriteAllBytesAsync(path, altered);
            Assert.DoesNotContain("ok ", await ReadAsync(), StringComparison.Ordinal);
            await File.WriteAllBytesAsync(path, genuine);
        }

        Assert.StartsWith("ok 301", await ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_logs_export_and_what_is_none_are_refused()
    {
        await ExportAsync(LogExportFormat.TLogTiles, Folder);
        await using var other = await TileKit.CreateAsync();
        await RefusedAsync(other, LogExportFormat.TLogTiles, Folder);
        Directory.CreateDirectory(_log.Temporary("strange"));
        await File.WriteAllTextAsync(Path.Combine(_log.Temporary("strange"), "letter.txt"), "Dear Sir");
        await RefusedAsync(_log, LogExportFormat.TLogTiles, _log.Temporary("strange"));
        await File.WriteAllTextAsync(_log.Temporary("file"), "x");
        await RefusedAsync(_log, LogExportFormat.TLogTiles, _log.Temporary("file"));
        await RefusedAsync(_log, LogExportFormat.JsonLines, _log.Temporary("file"));
        await RefusedAsync(_log, LogExportFormat.JsonLines, Folder);
        Assert.Equal("x", await File.ReadAllTextAsync(_log.Temporary("file")));

        // An altered partial tile of a level that goes on isn't built upon.
        await TileKit.WriteAsync(_log, 600);
        await ExportAsync(LogExportFormat.TLogTiles, Folder);
        var partial = Path.Combine(Folder, "tile/1/000.p/2");
        var bytes = await File.ReadAllBytesAsync(partial);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(partial, bytes);
        await TileKit.WriteAsync(_log, 600);
        await RefusedAsync(_log, LogExportFormat.TLogTiles, Folder);
    }

    [Fact]
    public async Task Lines_are_the_records_and_a_defect_leaves_no_file()
    {
        await TileKit.WriteAsync(_log, 500, 90);
        var expected = new List<string>();
        await foreach (var record in (await AuditLog.OpenAsync(_log.Store, default)).ReadAsync(0, long.MaxValue))
            expected.Add(record.Json);
        var plain = _log.Temporary("log.jsonl");
        Assert.Equal(501, (await ExportAsync(LogExportFormat.JsonLines, plain)).Records);
        Assert.Equal(string.Concat(expected.Select(line => line + "\n")), await File.ReadAllTextAsync(plain));
        await ExportAsync(LogExportFormat.JsonLines, plain + ".gz");
        using var text = new StreamReader(new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress));
        Assert.Equal(await File.ReadAllTextAsync(plain), await text.ReadToEndAsync());

        File.Delete(plain);
        var segment = _log.SegmentFiles()[2];
        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[^30] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        foreach (var (format, destination) in new[] { (LogExportFormat.JsonLines, plain), (LogExportFormat.TLogTiles, Folder) })
        {
            var error = await Assert.ThrowsAsync<AuditException>(() => ExportAsync(format, destination));
            Assert.Equal((AuditErrors.RecordNotVerified, true), (error.ErrorId, error.Message.Contains(Path.GetFileName(segment), StringComparison.Ordinal)));
            Assert.DoesNotContain(Directory.GetFileSystemEntries(Path.GetDirectoryName(plain)!, Path.GetFileName(destination) + "*"), path => !path.EndsWith(".gz", StringComparison.Ordinal));
        }
    }

    private static async Task RefusedAsync(TestLog log, LogExportFormat format, string destination) =>
        Assert.Equal(AuditErrors.ExportRefused, (await Assert.ThrowsAsync<AuditException>(() => LogExport.RunAsync(log.Store, format, destination, false, default))).ErrorId);

    private Task<ExportReport> ExportAsync(LogExportFormat format, string destination) => LogExport.RunAsync(_log.Store, format, destination, false, default);

    private static string[] Files(string folder) => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private async Task<string> ReadAsync()
    {
        var key = (await AuditLog.OpenAsync(_log.Store, default)).Genesis.Keys[0].Key.ToString();
        using var process = Process.Start(new ProcessStartInfo("python3", [Path.Combine(SharedData.Repository, "tests", "independent", "tiles.py"), Folder, "--vkey", key]) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(said.StartsWith("ok ", StringComparison.Ordinal), process.ExitCode == 0);
        return said;
    }
}
