using ImmutableAudit.Storage;
using ImmutableAudit.Verification;
using ImmutableAudit.Watching;

namespace ImmutableAudit.Core.Tests.Watching;

/// <summary>What a watcher hands out: everything that comes, in order, once.</summary>
public sealed class LogWatcherTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_written_comes_in_order_and_once(bool sweep)
    {
        await using var watched = await WatchedLog.CreateAsync(2);
        Assert.Empty((await watched.PollAsync(sweep)).Records);
        await watched.Log.WriteAsync(25, 10);
        var (records, alerts) = await watched.PollAsync(sweep);
        Assert.Equal(Enumerable.Range(21, 25).Select(i => (long)i), records);
        Assert.Empty(alerts);
        Assert.Empty((await watched.PollAsync(sweep)).Records);
        Assert.Equal(46, watched.Watcher.Position);
    }

    [Theory]
    [InlineData(0L, null, 0)]
    [InlineData(15L, null, 15)]
    [InlineData(20L, null, 20)]
    [InlineData(21L, null, 21)]
    [InlineData(null, 3L, 18)]
    [InlineData(null, 500L, 0)]
    public async Task It_begins_where_it_is_told_to(long? since, long? newest, int first)
    {
        await using var watched = await WatchedLog.CreateAsync(2, new WatchOptions { Since = since, Newest = newest });
        await watched.Log.WriteAsync(3);
        var (records, alerts) = await watched.PollAsync();
        Assert.Equal(Enumerable.Range(first, 24 - first).Select(i => (long)i), records);
        Assert.Empty(alerts);
    }

    [Fact]
    public async Task A_backlog_comes_in_parts()
    {
        await using var watched = await WatchedLog.CreateAsync(150, new WatchOptions { Since = 0 });
        var records = new List<long>();
        var polls = 0;
        do
        {
            var (part, alerts) = await watched.PollAsync(polls++ % 2 == 0);
            Assert.Empty(alerts);
            Assert.InRange(part.Count, 0, LogFollower.MostSegmentsAPoll * 10);
            records.AddRange(part);
        }
        while (watched.Watcher.Follower.IsBehind);
        Assert.Equal(3, polls);
        Assert.Equal(Enumerable.Range(0, 1501).Select(i => (long)i), records);
    }

    [Fact]
    public async Task A_number_behind_the_end_says_that_records_were_removed()
    {
        await using var watched = await WatchedLog.CreateAsync(2, new WatchOptions { Since = 31 });
        var alert = Assert.Single(await watched.AlertsAsync());
        Assert.Equal((AlertKind.Tampering, FindingKind.Truncated, true), (alert.Kind, alert.Finding, alert.IsCertain));
    }

    [Fact]
    public async Task A_log_that_is_not_the_known_one_is_refused_with_an_alert()
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        await watched.WatchAsync(new WatchOptions { Origin = "test/other/0123456789abcdef0123456789abcdef", Since = 0 });
        var items = new List<WatchItem>();
        var error = await Assert.ThrowsAsync<AuditException>(async () =>
        {
            await foreach (var item in watched.Watcher.WatchAsync())
                items.Add(item);
        });
        Assert.Equal(AuditErrors.RecordNotVerified, error.ErrorId);
        Assert.Equal(FindingKind.NotTrusted, Assert.Single(items).Alert!.Finding);
    }

    [Fact]
    public async Task A_state_file_lets_the_next_watcher_go_on()
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        var options = new WatchOptions { StatePath = watched.Log.Temporary("state.json"), Interval = TimeSpan.FromMilliseconds(10) };
        for (var round = 0; round < 3; round++)
        {
            await watched.WatchAsync(options);
            await watched.Log.WriteAsync(4, 2);
            var (first, count) = round == 0 ? (11, 4) : (9 + 6 * round, 6);
            Assert.Equal(Enumerable.Range(first, count).Select(i => (long)i), await TakeAsync(watched, count));
            watched.Watcher.SaveState();
            // While nobody watches.
            await watched.Log.WriteAsync(2);
        }
    }

    [Fact]
    public async Task What_was_not_taken_to_its_end_comes_again()
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        var options = new WatchOptions { StatePath = watched.Log.Temporary("state.json"), Interval = TimeSpan.FromMilliseconds(10) };
        await watched.WatchAsync(options);
        watched.Watcher.SaveState();
        await watched.Log.WriteAsync(4, 2);
        Assert.Equal([11, 12], await TakeAsync(watched, 2));
        await watched.WatchAsync(options);
        Assert.Equal([11, 12, 13, 14], await TakeAsync(watched, 4));
    }

    [Fact]
    public async Task A_state_file_shows_that_a_log_was_rolled_back_or_written_anew_meanwhile()
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        var options = new WatchOptions { StatePath = watched.Log.Temporary("state.json"), Interval = TimeSpan.FromMilliseconds(10) };
        await watched.WatchAsync(options);
        await watched.Log.WriteAsync(4, 2);
        await TakeAsync(watched, 4);
        watched.Watcher.SaveState();
        File.Delete(watched.File(13));
        await watched.WatchAsync(options);
        Assert.Equal(FindingKind.Truncated, Assert.Single(await watched.AlertsAsync()).Finding);
        await watched.Log.WriteAsync(2, 2);
        await watched.WatchAsync(options);
        Assert.Equal(FindingKind.HistoryChanged, Assert.Single(await watched.AlertsAsync()).Finding);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"watch":1,"origin":"a","genesisHash":"b","size":-1,"root":"00"}""")]
    public async Task A_state_file_that_says_nothing_is_refused(string text)
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        var path = watched.Log.Temporary("state.json");
        await File.WriteAllTextAsync(path, text);
        var error = await Assert.ThrowsAsync<AuditException>(() => watched.WatchAsync(new WatchOptions { StatePath = path }));
        Assert.Equal(AuditErrors.WatchStateInvalid, error.ErrorId);
    }

    [Fact]
    public async Task An_outage_is_told_once_and_nothing_is_missed_or_repeated()
    {
        OddStore? odd = null;
        await using var watched = await WatchedLog.CreateAsync(2, null, store => odd = new OddStore(store));
        var records = new List<long>();
        var alerts = new List<AuditAlert>();
        for (var round = 0; round < 40; round++)
        {
            await watched.Log.WriteAsync(4, 2);
            var fails = round % 10 is >= 2 and < 6;
            odd!.Reading = _ => fails ? throw new AuditException(AuditErrors.StoreUnreachable, "Nobody answers.") : null;
            var (part, told) = await watched.PollAsync(round % 3 > 0);
            records.AddRange(part);
            alerts.AddRange(told);
            Assert.Equal(fails, watched.Watcher.Failures > 0);
            Assert.Equal(fails && round % 10 == 5, watched.Watcher.BackOff() == TimeSpan.FromSeconds(16));
        }

        Assert.Equal(Enumerable.Range(21, 160).Select(i => (long)i), records);
        Assert.Equal(Enumerable.Repeat(new[] { AlertKind.Unknown, AlertKind.Recovered }, 4).SelectMany(kinds => kinds), alerts.Select(alert => alert.Kind));
    }

    [Fact]
    public async Task Verifying_all_first_tells_what_was_wrong_before()
    {
        await using var watched = await WatchedLog.CreateAsync(6);
        watched.Flip(11);
        await watched.WatchAsync();
        Assert.DoesNotContain((await watched.PollAsync(false)).Alerts, alert => alert.Kind == AlertKind.Tampering);
        await watched.WatchAsync(new WatchOptions { VerifyAll = true });
        Assert.Contains((await watched.PollAsync(false)).Alerts, alert => alert is { Finding: FindingKind.SegmentInvalid, Sequence: >= 11 and <= 20 });
    }

    private static async Task<List<long>> TakeAsync(WatchedLog watched, int count)
    {
        var records = new List<long>();
        using var over = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await foreach (var item in watched.Watcher.WatchAsync(over.Token))
        {
            Assert.True(item.Record is not null, item.Alert?.ToString());
            records.Add(item.Record!.Sequence);
            if (records.Count == count)
                break;
        }

        return records;
    }
}
