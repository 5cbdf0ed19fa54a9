using System.Text;
using ImmutableAudit.Verification;
using ImmutableAudit.Watching;

namespace ImmutableAudit.Core.Tests.Watching;

/// <summary>What happens to a directory while it is watched: each attack is told in the next poll, and once.</summary>
public sealed class PastGuardTests
{
    // The newest, one in the middle, the genesis. Watched from its end: none of their bytes but the ends' were read before.
    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(31)]
    public async Task An_altered_segment_is_told(long first)
    {
        await using var watched = await WatchedLog.CreateAsync(4);
        Assert.Empty(await Quiet(watched));
        watched.Flip(first);
        var alerts = await watched.AlertsAsync();
        Assert.All(alerts, alert => Assert.Equal((AlertKind.Tampering, true), (alert.Kind, alert.IsCertain)));
        Assert.Contains(alerts, alert => alert.Finding == FindingKind.SegmentInvalid && alert.Segment!.EndsWith($"-{first}.jsonl.gz", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(31)]
    public async Task An_altered_segment_is_told_where_the_bytes_were_never_read(long first)
    {
        await using var watched = await WatchedLog.CreateAsync(4);
        watched.Flip(first);
        Assert.Contains((await watched.PollAsync()).Alerts, alert => alert is { Kind: AlertKind.Tampering, IsCertain: true });
    }

    [Fact]
    public async Task A_change_that_keeps_size_and_time_is_told_when_its_turn_to_be_read_again_comes()
    {
        await using var watched = await WatchedLog.CreateAsync(4);
        await Quiet(watched);
        watched.Flip(11, keepTime: true);
        Assert.Equal(FindingKind.SegmentInvalid, Assert.Single(await watched.AlertsAsync()).Finding);
    }

    [Fact]
    public async Task A_file_that_is_only_touched_is_no_alarm_and_one_that_is_put_back_is_over()
    {
        await using var watched = await WatchedLog.CreateAsync(4);
        File.SetLastWriteTimeUtc(watched.File(21), DateTime.UtcNow.AddDays(-1));
        Assert.Empty(await watched.AlertsAsync());
        var bytes = await File.ReadAllBytesAsync(watched.File(11));
        watched.Flip(11);
        Assert.Single(await watched.AlertsAsync());
        await File.WriteAllBytesAsync(watched.File(11), bytes);
        Assert.Equal(AlertKind.Recovered, Assert.Single(await watched.AlertsAsync()).Kind);
        watched.Flip(11);
        Assert.Equal(AlertKind.Tampering, Assert.Single(await watched.AlertsAsync()).Kind);
    }

    [Fact]
    public async Task A_segment_in_other_bytes_is_told_though_its_records_are_right()
    {
        await using var watched = await WatchedLog.CreateAsync(4);
        var text = SegmentForge.Gunzip(await File.ReadAllBytesAsync(watched.File(11)));
        await File.WriteAllBytesAsync(watched.File(11), SegmentForge.Gzip(text, System.IO.Compression.CompressionLevel.NoCompression));
        Assert.Contains(await watched.AlertsAsync(), alert => alert is { Kind: AlertKind.Tampering, Segment: not null });
    }

    [Fact]
    public async Task Removed_segments_are_told_as_one()
    {
        await using var watched = await WatchedLog.CreateAsync(5);
        File.Delete(watched.File(11));
        File.Delete(watched.File(21));
        var alert = Assert.Single(await watched.AlertsAsync());
        Assert.Equal((FindingKind.RecordsMissing, 11L, 30L), (alert.Finding, alert.Sequence, alert.LastSequence));
        await watched.Log.WriteAsync(3);
        Assert.Equal([51, 52, 53], (await watched.PollAsync()).Records);
    }

    [Fact]
    public async Task A_rollback_is_told_and_what_is_written_anew_behind_it_comes()
    {
        await using var watched = await WatchedLog.CreateAsync(3);
        await watched.Log.WriteAsync(4, 2);
        Assert.Equal(4, (await watched.PollAsync()).Records.Count);
        File.Delete(watched.File(33));
        File.Delete(watched.File(31));
        var alert = Assert.Single(await watched.AlertsAsync());
        Assert.Equal((FindingKind.Truncated, 31L, 34L), (alert.Finding, alert.Sequence, alert.LastSequence));
        await watched.Log.WriteAsync(3);
        var (records, alerts) = await watched.PollAsync();
        Assert.Equal([31, 32, 33], records);
        Assert.Equal(FindingKind.HistoryChanged, Assert.Single(alerts).Finding);
    }

    [Fact]
    public async Task A_rollback_that_is_undone_repeats_no_record()
    {
        await using var watched = await WatchedLog.CreateAsync(3);
        await watched.Log.WriteAsync(2);
        await watched.PollAsync();
        var bytes = await File.ReadAllBytesAsync(watched.File(31));
        File.Delete(watched.File(31));
        Assert.Single(await watched.AlertsAsync());
        await File.WriteAllBytesAsync(watched.File(31), bytes);
        var (records, alerts) = await watched.PollAsync();
        Assert.Empty(records);
        Assert.Equal(AlertKind.Recovered, Assert.Single(alerts).Kind);
        await watched.Log.WriteAsync(2);
        Assert.Equal([33, 34], (await watched.PollAsync()).Records);
    }

    [Fact]
    public async Task The_newest_segment_written_anew_with_the_key_is_told_and_comes()
    {
        await using var watched = await WatchedLog.CreateAsync(2);
        await watched.Log.WriteAsync(2);
        await watched.PollAsync();
        File.Delete(watched.File(21));
        await watched.Log.WriteAsync(5);
        var (records, alerts) = await watched.PollAsync();
        var (more, none) = await watched.PollAsync();
        Assert.Equal(FindingKind.HistoryChanged, Assert.Single(alerts).Finding);
        Assert.Equal([21, 22, 23, 24, 25], records.Concat(more));
        Assert.Empty(none);
    }

    [Fact]
    public async Task A_whole_log_that_was_replaced_is_told()
    {
        await using var watched = await WatchedLog.CreateAsync(2);
        Directory.Delete(watched.Folder, true);
        await watched.Log.CreateAsync();
        await watched.Log.WriteAsync(3);
        Assert.Contains((await watched.PollAsync()).Alerts, alert => alert is { Kind: AlertKind.Tampering, IsCertain: true });
    }

    [Fact]
    public async Task Garbage_on_the_next_name_is_told()
    {
        await using var watched = await WatchedLog.CreateAsync(2);
        await File.WriteAllTextAsync(watched.File(21), "garbage");
        var alert = Assert.Single(await watched.AlertsAsync());
        Assert.Equal((AlertKind.Tampering, FindingKind.SegmentInvalid), (alert.Kind, alert.Finding));
    }

    [Fact]
    public async Task A_hole_before_a_new_segment_is_told_and_what_is_behind_it_comes()
    {
        await using var watched = await WatchedLog.CreateAsync(2);
        await watched.Log.WriteAsync(6, 3);
        File.Delete(watched.File(21));
        var (records, alerts) = await watched.PollAsync();
        Assert.Equal(FindingKind.RecordsMissing, Assert.Single(alerts).Finding);
        Assert.Equal([24, 25, 26], records);
    }

    [Fact]
    public async Task A_new_segment_that_is_altered_before_it_is_seen_is_told_and_what_is_behind_it_comes()
    {
        await using var watched = await WatchedLog.CreateAsync(2);
        await watched.Log.WriteAsync(6, 3);
        watched.Flip(21);
        var (records, alerts) = await watched.PollAsync();
        Assert.Equal(FindingKind.SegmentInvalid, Assert.Single(alerts).Finding);
        Assert.Equal([24, 25, 26], records);
    }

    [Fact]
    public async Task Strange_names_are_told_once()
    {
        await using var watched = await WatchedLog.CreateAsync(2);
        await File.WriteAllTextAsync(Path.Combine(watched.Folder, "note.txt"), "hello");
        await File.WriteAllTextAsync(watched.File(15), "not a segment");
        var alerts = await watched.AlertsAsync();
        Assert.Equal([AlertKind.StrangeObject, AlertKind.StrangeObject], alerts.Select(alert => alert.Kind));
    }

    [Fact]
    public async Task A_segment_that_cannot_be_read_is_told_stops_nothing_for_good_and_is_over_again()
    {
        OddStore? odd = null;
        await using var watched = await WatchedLog.CreateAsync(2, null, store => odd = new OddStore(store));
        await watched.Log.WriteAsync(4, 2);
        odd!.Reading = key => key.EndsWith("-21.jsonl.gz", StringComparison.Ordinal) ? OddStore.Unreadable : null;
        var (records, alerts) = await watched.PollAsync();
        Assert.Empty(records);
        Assert.Equal((AlertKind.Unknown, false), Assert.Single(alerts.Select(alert => (alert.Kind, alert.IsCertain))));
        Assert.Empty((await watched.PollAsync()).Alerts);
        odd.Reading = _ => null;
        (records, alerts) = await watched.PollAsync();
        Assert.Equal([21, 22, 23, 24], records);
        Assert.Equal(AlertKind.Recovered, Assert.Single(alerts).Kind);
    }

    [Fact]
    public async Task A_flood_is_told_in_a_few_words()
    {
        await using var watched = await WatchedLog.CreateAsync(120);
        for (var first = 1; first < 1000; first += 10)
            watched.Flip(first);
        var (_, alerts) = await watched.PollAsync();
        Assert.InRange(alerts.Count, 10, 60);
        Assert.Contains(alerts, alert => alert.Message.Contains("more alerts", StringComparison.Ordinal));
        Assert.Empty((await watched.PollAsync()).Alerts);
    }

    // So many that not all are listed in one poll: the older part comes in turn.
    [Fact]
    public async Task In_a_log_that_is_larger_than_a_sweep_everything_is_told_in_turn()
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        var late = DateTime.UtcNow.AddSeconds(-5);
        await watched.Log.WriteAsync(2300, 1);
        await watched.WatchAsync(new WatchOptions { SweepSize = 2000 });
        File.Delete(watched.File(1));
        File.Delete(watched.File(500));
        File.SetLastWriteTimeUtc(watched.File(2200), late);
        watched.Flip(2250);
        var told = new List<string>();
        for (var poll = 0; poll < 4; poll++)
            told.AddRange((await watched.PollAsync()).Alerts.Select(alert => $"{poll} {alert.Finding} {alert.Segment!.Split('-')[1]}"));
        Assert.Equal(3, told.Count);
        Assert.StartsWith("0 SegmentInvalid 2250", told[0], StringComparison.Ordinal);
        Assert.Contains(told, alert => alert.EndsWith("RecordsMissing 1.jsonl.gz", StringComparison.Ordinal));
        Assert.Contains(told, alert => alert.EndsWith("RecordsMissing 500.jsonl.gz", StringComparison.Ordinal));
    }

    // All bytes are read once, as they are after some polls.
    private static async Task<List<AuditAlert>> Quiet(WatchedLog watched)
    {
        var alerts = new List<AuditAlert>();
        for (var i = 0; i < 3; i++)
            alerts.AddRange((await watched.PollAsync()).Alerts);
        return alerts;
    }
}
