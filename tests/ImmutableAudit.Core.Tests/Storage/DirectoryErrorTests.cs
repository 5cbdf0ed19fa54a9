using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>What people meet with a directory: nothing there, something else there, no permission, no space.</summary>
public sealed class DirectoryErrorTests : IDisposable
{
    private readonly TestLog _log = new();

    public void Dispose() => _log.DisposeAsync().AsTask().GetAwaiter().GetResult();

    [Fact]
    public async Task There_is_no_log()
    {
        await EverybodySaysAsync(AuditErrors.LogNotFound);
        // An empty folder, and one with other people's files.
        Directory.CreateDirectory(_log.Directory);
        await EverybodySaysAsync(AuditErrors.LogNotFound);
        File.WriteAllText(Path.Combine(_log.Directory, "budget.xlsx"), "x");
        await EverybodySaysAsync(AuditErrors.LogNotFound);
        Directory.CreateDirectory(Path.Combine(_log.Directory, "segments"));
        await EverybodySaysAsync(AuditErrors.LogNotFound);
        Assert.False(Directory.Exists(Path.Combine(_log.Directory, "tmp"))); // Asking writes nothing.

        // A log can be made beside them.
        Assert.Equal(1, (await _log.CreateAsync()).Size);
        Assert.Equal(ChainResult.Passed, (await _log.VerifyAsync()).Result);
        Assert.Equal("x", File.ReadAllText(Path.Combine(_log.Directory, "budget.xlsx")));
    }

    [Fact]
    public async Task There_is_a_log_already()
    {
        var created = await _log.CreateAsync();
        var before = File.ReadAllBytes(_log.SegmentFiles()[0]);
        Assert.Equal(AuditErrors.LogAlreadyExists, await ErrorAsync(_log.CreateAsync));
        Assert.Equal(before, File.ReadAllBytes(Assert.Single(_log.SegmentFiles())));
        Assert.Equal(created.GenesisHash, (await AuditLog.OpenAsync(_log.Store, default)).GenesisHash);

        // Many at once: one wins, all others are told.
        await using var fresh = new TestLog();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                await fresh.CreateAsync();
                return "made";
            }
            catch (AuditException e)
            {
                return e.ErrorId;
            }
        })));
        Assert.Equal(1, outcomes.Count(outcome => outcome == "made"));
        Assert.All(outcomes.Where(outcome => outcome != "made"), outcome => Assert.Equal(AuditErrors.LogAlreadyExists, outcome));
        Assert.Single(fresh.SegmentFiles());
    }

    [Fact]
    public async Task Something_else_is_there()
    {
        var segments = Directory.CreateDirectory(Path.Combine(_log.Directory, "segments")).FullName;
        File.WriteAllText(Path.Combine(segments, "999999999999999999-0.jsonl.gz"), "not a segment");
        Assert.Equal(AuditErrors.NotALog, await ErrorAsync(() => AuditLog.OpenAsync(_log.Store, default)));
        Assert.Equal(AuditErrors.NotALog, await ErrorAsync(() => _log.WriterAsync()));
        Assert.Equal(AuditErrors.NextSegmentInvalid, await ErrorAsync(_log.CreateAsync));
        Assert.Equal(ChainResult.Failed, (await _log.VerifyAsync()).Result);

        // Segments without a beginning.
        File.Move(Path.Combine(segments, "999999999999999999-0.jsonl.gz"), Path.Combine(segments, "999999999999999998-1.jsonl.gz"));
        Assert.Equal(AuditErrors.NotALog, await ErrorAsync(() => AuditLog.OpenAsync(_log.Store, default)));
        Assert.Equal(AuditErrors.NotALog, await ErrorAsync(() => _log.WriterAsync()));
        Assert.Equal(ChainResult.Failed, (await _log.VerifyAsync()).Result);
    }

    [Fact]
    public async Task The_beginning_of_a_log_is_not_replaced()
    {
        await _log.CreateAsync();
        await _log.WriteAsync(4, 2);
        File.Delete(_log.SegmentFiles()[0]);
        // A new genesis before old segments would make a third thing of it.
        Assert.Equal(AuditErrors.NotALog, await ErrorAsync(_log.CreateAsync));
        Assert.Equal(2, _log.SegmentFiles().Length);
    }

    [Fact]
    public async Task The_directory_is_a_file()
    {
        File.WriteAllText(_log.Directory, "precious");
        foreach (var asking in Everybody().Append(_log.CreateAsync))
            Assert.Equal(AuditErrors.LocationInvalid, await ErrorAsync(asking));
        Assert.Equal("precious", File.ReadAllText(_log.Directory));

        await using var log = new TestLog();
        Directory.CreateDirectory(log.Directory);
        File.WriteAllText(Path.Combine(log.Directory, "segments"), "precious");
        Assert.Equal(AuditErrors.LocationInvalid, await ErrorAsync(log.CreateAsync));
        Assert.Equal("precious", File.ReadAllText(Path.Combine(log.Directory, "segments")));
    }

    [Fact]
    public async Task A_foreign_key_may_not_write()
    {
        await _log.CreateAsync();
        using var stranger = new TestKey();
        Assert.Equal(AuditErrors.KeyNotInForce, await ErrorAsync(() => AuditWriter.OpenAsync(_log.Store, stranger, null, default)));
        Assert.Single(_log.SegmentFiles());
    }

    [Fact]
    public async Task A_plan_out_of_range_is_refused_and_nothing_made()
    {
        LogPlan plan = new() { Name = "a", SealKey = _log.Key };
        foreach (var (bad, error) in new (LogPlan, string)[]
        {
            (plan with { Name = "" }, AuditErrors.FormatInvalid),
            (plan with { Name = "a b" }, AuditErrors.FormatInvalid),
            (plan with { ToleranceSeconds = 4 }, AuditErrors.RangeInvalid),
            (plan with { ToleranceSeconds = 86_401 }, AuditErrors.RangeInvalid),
            (plan with { HeartbeatSeconds = 0 }, AuditErrors.RangeInvalid),
            (plan with { Retention = new PromisedRetention(RetentionMode.Compliance, 0) }, AuditErrors.RetentionInvalid),
            (plan with { AdminPublicKey = new byte[] { 1, 2, 3 } }, AuditErrors.KeyInvalid),
        })
            Assert.Equal(error, await ErrorAsync(() => AuditLog.CreateAsync(_log.Store, bad, null, default)));
        Assert.False(Directory.Exists(_log.Directory));
    }

    [Fact]
    public async Task Ranges_that_cannot_be_are_refused_and_empty_ones_are_empty()
    {
        await _log.CreateAsync();
        var log = await AuditLog.OpenAsync(_log.Store, default);
        Assert.Equal(AuditErrors.RangeInvalid, await ErrorAsync(() => CountAsync(-1, 5)));
        Assert.Equal(AuditErrors.RangeInvalid, await ErrorAsync(() => CountAsync(5, 4)));
        Assert.Equal(0, await CountAsync(1, 5));
        Assert.Equal(0, await CountAsync(long.MaxValue, long.MaxValue));
        Assert.Equal(1, await CountAsync(0, 0));

        async Task<int> CountAsync(long first, long last)
        {
            var count = 0;
            await foreach (var _ in log.ReadAsync(first, last))
                count++;
            return count;
        }
    }

    [Fact]
    public async Task Records_that_do_not_verify_are_not_handed_out()
    {
        await using var log = await AlterableLog.CreateAsync();
        var opened = await AuditLog.OpenAsync(log.Log.Store, default);
        var lines = log.Lines(2);
        lines[3] = lines[3].Replace("GetObject", "PutObject", StringComparison.Ordinal);
        log.Write(2, lines);
        foreach (var (first, last, count) in new[] { (0L, 20L, 21), (0L, 45L, 21), (15L, 22L, 6), (21L, 21L, 0), (24L, 45L, 0), (41L, 45L, -1), (45L, 45L, -1) })
        {
            var read = 0;
            var error = "";
            try
            {
                await foreach (var record in opened.ReadAsync(first, last))
                {
                    Assert.Equal(first + read++, record.Sequence);
                    Assert.True(record.Verified);
                }
            }
            catch (AuditException e)
            {
                error = e.ErrorId;
            }

            if (last > 20)
                Assert.Equal(AuditErrors.RecordNotVerified, error);
            if (count >= 0)
                Assert.Equal(count, read);
        }
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_that_was_acknowledged_and_the_log_goes_on()
    {
        using var disk = SmallDisk.TryMount(512);
        if (disk is null)
            return;
        await using var store = new DirectoryStore(LogLocation.Parse(Path.Combine(disk.Path, "log")));
        disk.Fill();
        Assert.Equal(AuditErrors.DiskFull, await ErrorAsync(() => AuditLog.CreateAsync(store, new LogPlan { Name = "a", SealKey = _log.Key }, null, default)));
        disk.Free();
        await AuditLog.CreateAsync(store, new LogPlan { Name = "a", SealKey = _log.Key }, null, default);

        var acknowledged = new List<AuditReceipt>();
        foreach (var spool in new[] { null, Path.Combine(disk.Path, "spool") })
        {
            await using var writer = await AuditWriter.OpenAsync(store, _log.Key, new WriterOptions { SpoolDirectory = spool }, default);
            acknowledged.Add(await writer.AppendAsync(TestLog.Sample(1)));
            disk.Fill(8);
            for (var i = 0; ; i++)
            {
                // Until it is full, each time a little more.
                Assert.True(i < 500);
                var batch = writer.NewBatch();
                batch.Add(new AuditEvent { Action = "a", Reason = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(2000)) });
                var result = await writer.CommitAsync(batch, default);
                acknowledged.AddRange(result.Receipts());
                if (result.Failure is not { } failure)
                    continue;
                Assert.Equal((AuditErrors.DiskFull, 0, 0), (failure.ErrorId, result.Acknowledged, result.InDoubt));
                break;
            }

            Assert.Equal(AuditErrors.DiskFull, await ErrorAsync(() => writer.AppendAsync(TestLog.Sample(2))));
            await VerifiedAsync(store, acknowledged);
            disk.Free();
            // The same writer goes on.
            acknowledged.Add(await writer.AppendAsync(TestLog.Sample(3)));
            await VerifiedAsync(store, acknowledged);
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Path, "log", "tmp")));
        // What was refused isn't sent later.
        await using (var writer = await AuditWriter.OpenAsync(store, _log.Key, new WriterOptions { SpoolDirectory = Path.Combine(disk.Path, "spool") }, default))
            Assert.Null(writer.Recovered);
        Assert.Equal(acknowledged.Count + 1, (await AuditLog.OpenAsync(store, default)).Size);
    }

    [Fact]
    public async Task A_directory_without_permission_is_told_as_such()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
            return; // Root may do anything.
        await _log.CreateAsync();
        File.SetUnixFileMode(_log.Directory, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            await using var writer = await _log.WriterAsync();
            Assert.Equal(AuditErrors.AccessDenied, await ErrorAsync(() => writer.AppendAsync(TestLog.Sample(1))));
        }
        finally
        {
            File.SetUnixFileMode(_log.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.SetUnixFileMode(_log.SegmentFiles()[0], UnixFileMode.None);
        Assert.Equal(ChainResult.Unknown, (await _log.VerifyAsync()).Result);
        Assert.Equal(AuditErrors.ObjectUnreadable, await ErrorAsync(() => AuditLog.OpenAsync(_log.Store, default)));
        File.SetUnixFileMode(_log.SegmentFiles()[0], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static async Task VerifiedAsync(DirectoryStore store, List<AuditReceipt> receipts)
    {
        var report = await ChainVerifier.VerifyAsync(store, new VerifyOptions { Receipts = [.. receipts.Select(receipt => (receipt.Sequence, receipt.LeafHash))] }, default);
        Assert.True(report.Result == ChainResult.Passed && report.Findings.Count == 0, AlterableLog.Describe(report));
    }

    private IEnumerable<Func<Task>> Everybody() =>
    [
        () => AuditLog.OpenAsync(_log.Store, default),
        () => _log.WriterAsync(),
        () => _log.VerifyAsync(),
    ];

    private async Task EverybodySaysAsync(string errorId)
    {
        foreach (var asking in Everybody())
            Assert.Equal(errorId, await ErrorAsync(asking));
    }

    private static async Task<string> ErrorAsync(Func<Task> asking) => (await Assert.ThrowsAsync<AuditException>(asking)).ErrorId;
}
