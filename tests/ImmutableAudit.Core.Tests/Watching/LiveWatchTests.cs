using ImmutableAudit.Core.Tests.Simulation;
using ImmutableAudit.Events;
using ImmutableAudit.Tests.Shared;
using ImmutableAudit.Watching;

namespace ImmutableAudit.Core.Tests.Watching;

/// <summary>A watcher beside writers that are processes of their own.</summary>
public sealed class LiveWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task All_that_killed_writers_write_comes_in_order_and_once()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        using var watcher = await LogWatcher.OpenAsync(log.Store, new WatchOptions { Interval = TimeSpan.FromMilliseconds(50), FailureThreshold = 0 }, default);
        var folder = Directory.CreateDirectory(log.Temporary("writers")).FullName;
        var writers = new WriterProcesses(log.Directory, log.KeyPath, folder);
        using var over = new CancellationTokenSource(Patience);
        var watching = WatchAsync(watcher, item => item.Record?.Action == "test:End", over.Token);
        await writers.KillAsync(new WriterPlan("killed", 10_000, 7), 4, 1);
        await using (var writer = await log.WriterAsync())
        {
            var batch = writer.NewBatch();
            batch.Add(new AuditEvent { Action = "test:End" });
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }

        var items = await watching;
        Assert.Empty(items.Where(item => item.Alert is not null).Select(item => item.Alert!.ToString()));
        var opened = await ImmutableAudit.Log.AuditLog.OpenAsync(log.Store, default);
        Assert.Equal(Enumerable.Range(1, (int)opened.Size - 1).Select(i => (long)i), items.Select(item => item.Record!.Sequence));
    }

    [SharedDataFact("cloudtrail")]
    public async Task Every_real_CloudTrail_event_comes_while_another_process_imports_them()
    {
        var expected = CloudTrailImports.Expected().Distinct().ToHashSet();
        await using var log = new TestLog();
        await log.CreateAsync();
        using var watcher = await LogWatcher.OpenAsync(log.Store, new WatchOptions { Interval = TimeSpan.FromMilliseconds(50), FailureThreshold = 0 }, default);
        using var over = new CancellationTokenSource(Patience);
        var watching = WatchAsync(watcher, item => item.Record?.Sequence == expected.Count, over.Token);
        await new CloudTrailImports(log.Directory, log.KeyPath, log.Temporary("home")).FinishAsync();

        var items = await watching;
        Assert.Empty(items.Where(item => item.Alert is not null).Select(item => item.Alert!.ToString()));
        Assert.Equal(Enumerable.Range(1, expected.Count).Select(i => (long)i), items.Select(item => item.Record!.Sequence));
        Assert.Equal(expected.Order(), items.Select(item => CloudTrailImports.IdIn(item.Record!.Data!)).Order());
    }

    private static async Task<List<WatchItem>> WatchAsync(LogWatcher watcher, Func<WatchItem, bool> isLast, CancellationToken cancellationToken)
    {
        var items = new List<WatchItem>();
        await foreach (var item in watcher.WatchAsync(cancellationToken))
        {
            items.Add(item);
            if (isLast(item))
                break;
        }

        return items;
    }
}
