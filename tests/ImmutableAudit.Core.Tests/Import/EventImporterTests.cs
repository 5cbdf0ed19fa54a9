using System.Text;
using ImmutableAudit.Core.Tests.Simulation;
using ImmutableAudit.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Import;

/// <summary>Each event once, however often, in whatever form and by whom it is imported.</summary>
public class EventImporterTests
{
    [Fact]
    public async Task The_same_again_adds_nothing_on_this_machine_or_another()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var folder = Sources(log);
        var first = await ImportAsync(log, folder, log.Temporary("home"));
        Assert.Equal((4, 11, 11, 0, 2), (first.Files, first.Events, first.Added, first.AlreadyThere, first.Unparsable));
        Assert.True(first.Bytes > 3000);
        foreach (var home in new[] { log.Temporary("home"), log.Temporary("another"), null })
        {
            var again = await ImportAsync(log, folder, home);
            Assert.Equal((11, 0, 11), (again.Events, again.Added, again.AlreadyThere));
        }

        // Under other names and compressed it is the same; what is new is added.
        var moved = log.Temporary("moved");
        Directory.CreateDirectory(moved);
        await File.WriteAllBytesAsync(Path.Combine(moved, "x.gz"), SourceTexts.Gzip(Encoding.UTF8.GetBytes(Samples.W3c + "2026-03-13 03:12:30 GET /new 200\n")));
        var grown = await ImportAsync(log, moved, log.Temporary("home"));
        Assert.Equal((1, 3), (grown.Added, grown.AlreadyThere));
        var report = await log.VerifyAsync();
        Assert.Equal((ChainResult.Passed, 13), (report.Result, report.Records));
    }

    [Fact]
    public async Task What_is_known_of_the_log_is_only_a_help()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var folder = Sources(log);
        var home = log.Temporary("home");
        await ImportAsync(log, folder, home);
        var file = Directory.GetFiles(home, "keys", SearchOption.AllDirectories).Single();
        var kept = await File.ReadAllBytesAsync(file);
        await log.WriteAsync(20, 5);
        foreach (var damage in new Func<byte[], byte[]>[]
        {
            bytes => [],
            bytes => bytes[..^3],
            bytes => [.. bytes[..70], (byte)(bytes[70] ^ 1), .. bytes[71..]],
            bytes => [.. bytes[..64], 200, .. bytes[65..]],
            bytes => [.. bytes[..64], 5, .. bytes[65..]],
        })
        {
            await File.WriteAllBytesAsync(file, damage(kept));
            Assert.Equal(0, (await ImportAsync(log, folder, home)).Added);
        }

        await File.WriteAllBytesAsync(file, kept);
        Assert.Equal(0, (await ImportAsync(log, folder, home)).Added);
    }

    [Fact]
    public async Task A_trial_run_writes_nothing_and_needs_no_key()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var folder = Sources(log);
        await using (var importer = await EventImporter.OpenAsync(log.Store, null, null, _ => { }, default))
        {
            await importer.ImportPathAsync(folder, true, null, default);
            await importer.ImportPathAsync(folder, true, null, default);
            var counts = await importer.FinishAsync(default);
            Assert.Equal((22, 11, 11, 4), (counts.Events, counts.Added, counts.AlreadyThere, counts.Unparsable));
        }

        Assert.Single(log.SegmentFiles());
    }

    [Fact]
    public async Task What_a_record_cant_hold_is_told_with_file_and_line_and_the_rest_goes_on()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var file = log.Temporary("app.jsonl");
        await File.WriteAllTextAsync(file, $$"""
            {"Time":1773371546,"Action":"a","big":"{{new string('x', 70_000)}}"}
            {"Time":1773371546,"Action":"immutableaudit:LogClosed"}
            {"Time":1773371546,"Action":"b"}
            """);
        var problems = new List<AuditException>();
        var counts = await ImportAsync(log, file, null, problems);
        Assert.Equal((1, 2), (counts.Added, counts.Refused));
        Assert.Equal([AuditErrors.EventTooLarge, AuditErrors.EventInvalid], problems.Select(problem => problem.ErrorId));
        Assert.Contains($"Entry 1 of '{file}'", problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_import_at_a_time_and_another_writer_between_does_no_harm()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var folder = Sources(log);
        await using (var importer = await EventImporter.OpenAsync(log.Store, log.Key, log.Temporary("home"), _ => { }, default))
        {
            var busy = await Assert.ThrowsAsync<AuditException>(() => EventImporter.OpenAsync(log.Store, log.Key, log.Temporary("home"), _ => { }, default));
            Assert.Equal(AuditErrors.SpoolInUse, busy.ErrorId);
            await log.WriteAsync(3);
            await importer.ImportPathAsync(folder, true, null, default);
            await importer.FinishAsync(default);
            // Another machine imports something more meanwhile.
            var more = log.Temporary("more.jsonl");
            await File.WriteAllTextAsync(more, "{\"Time\":1773371546,\"Action\":\"more\"}\n");
            Assert.Equal(1, (await ImportAsync(log, more, log.Temporary("another"))).Added);
            await File.WriteAllTextAsync(log.Temporary("last.jsonl"), "{\"Time\":1773371547,\"Action\":\"last\"}\n");
            await importer.ImportPathAsync(log.Temporary("last.jsonl"), true, null, default);
            await importer.FinishAsync(default);
            // From then on it knows.
            await importer.ImportPathAsync(more, true, null, default);
            Assert.Equal(12, (await importer.FinishAsync(default)).Added);
        }

        Assert.Equal(0, (await ImportAsync(log, folder, log.Temporary("home"))).Added);
        Assert.Equal(1 + 3 + 11 + 2, (await AuditLog.OpenAsync(log.Store, default)).Size);
    }

    [Fact]
    public async Task A_store_that_fails_now_and_then_loses_and_doubles_nothing()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var folder = Sources(log);
        var random = new Random(5);
        var failures = 0;
        var left = new Queue<string>(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        while (left.TryPeek(out var file))
        {
            var store = new Failing(log.Store, random);
            try
            {
                await using var importer = await EventImporter.OpenAsync(store, log.Key, log.Temporary("home"), _ => { }, default);
                await importer.ImportPathAsync(file, true, null, default);
                await importer.FinishAsync(default);
                left.Dequeue();
            }
            catch (AuditException e)
            {
                Assert.Contains("failed on purpose", e.Message, StringComparison.Ordinal);
                failures++;
            }
        }

        Assert.True(failures > 0);
        Assert.Equal(0, (await ImportAsync(log, folder, log.Temporary("home"))).Added);
        Assert.Equal(12, (await AuditLog.OpenAsync(log.Store, default)).Size);
        Assert.Equal(ChainResult.Passed, (await log.VerifyAsync()).Result);
    }

    [Fact]
    public async Task Nothing_but_the_member_itself_is_taken_for_a_key()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var made = (await SourceTexts.ReadAsync(Samples.S3))[0].Event!;
        await using (var writer = await log.WriterAsync())
        {
            var batch = writer.NewBatch();
            var key = made.ImportKey!.Value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
            var member = $"\"x_import\":{{\"key\":\"{key}\"}}";
            batch.Add(TestLog.Sample(1) with { Data = ImmutableAudit.Events.EventData.Parse($"{{\"a\":1,{member}}}") });
            batch.Add(TestLog.Sample(2) with { Data = ImmutableAudit.Events.EventData.From([new("a", "," + member)]) });
            batch.Add(TestLog.Sample(3) with { Data = null, App = "," + member });
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }

        var file = log.Temporary("s3.log");
        await File.WriteAllTextAsync(file, Samples.S3);
        Assert.Equal(2, (await ImportAsync(log, file, null)).Added);
        var records = await (await AuditLog.OpenAsync(log.Store, default)).ReadAsync(4, 5).ToListAsync();
        Assert.All(records, record => Assert.Matches("\"x_import\":\\{\"key\":\"[0-9a-f]{32}\"\\}\\}$", record.Json));
    }

    private static string Sources(TestLog log)
    {
        var folder = log.Temporary("sources");
        Directory.CreateDirectory(Path.Combine(folder, "below"));
        File.WriteAllText(Path.Combine(folder, "u_ex260313.log"), Samples.W3c);
        File.WriteAllBytes(Path.Combine(folder, "s3.gz"), SourceTexts.Gzip(Encoding.UTF8.GetBytes(Samples.S3)));
        File.WriteAllText(Path.Combine(folder, "below", "audit.log"), Samples.LinuxAudit);
        File.WriteAllText(Path.Combine(folder, "below", "ocsf.jsonl"), Samples.Ocsf, Encoding.Unicode);
        return folder;
    }

    private static async Task<ImportCounts> ImportAsync(TestLog log, string path, string? home, List<AuditException>? problems = null)
    {
        await using var importer = await EventImporter.OpenAsync(log.Store, log.Key, home, problem => problems?.Add(problem), default);
        await importer.ImportPathAsync(path, true, null, default);
        return await importer.FinishAsync(default);
    }

    /// <summary>Refuses half of what is put.</summary>
    private sealed class Failing(IObjectStore inner, Random random) : LyingStore(inner)
    {
        public override async ValueTask<PutAnswer> PutAsync(
            string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
        {
            if (random.Next(2) == 0)
                throw new AuditException(AuditErrors.StoreFailed, "It failed on purpose.");
            return await base.PutAsync(key, content, condition, lockUntil, cancellationToken);
        }
    }
}
