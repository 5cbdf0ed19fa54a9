using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>The newest records taken away, from a log that somebody remembers something of. Without that nobody could see it.</summary>
public sealed class TailAttacks
{
    [Theory, OnEveryStore]
    public async Task The_last_segment_removed(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        await log.RemoveAsync(log.Key(3));
        Sight.Only(await log.VerifyAsync());
        Sight.Only(await log.VerifyAsync(log.Remembering), Sight.Failure(FindingKind.Truncated, 11, last: 13));
        var receipt = log.Receipts.Single(receipt => receipt.Sequence == 12);
        Sight.Only(await log.VerifyAsync(log.Trusting with { Receipts = [(12, receipt.LeafHash)] }), Sight.Failure(FindingKind.Truncated, 11, last: 12));
        // What is remembered of a record that is still there says nothing.
        receipt = log.Receipts.Single(receipt => receipt.Sequence == 10);
        Sight.Only(await log.VerifyAsync(log.Trusting with { Receipts = [(10, receipt.LeafHash)] }));
    }

    [Theory, OnEveryStore]
    public async Task The_last_hundred_segments_removed(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeAtEnd();
        var segments = Enumerable.Range(0, 100).Select(_ => forge.Segment(log.Seal, new ForgedRecord())).ToList();
        await Parallel.ForEachAsync(segments, async (segment, _) => await log.PutAsync(segment));
        var grown = await log.VerifyAsync(log.Remembering);
        Sight.Only(grown);
        Assert.Equal(114, grown.Records);
        var kept = Signing.Checkpoint.TryParse(Signing.SignedNote.TryParse(grown.Checkpoint!)!.Text)!;
        await Parallel.ForEachAsync(segments, async (segment, _) => await log.RemoveAsync(segment.Key));
        Sight.Only(await log.VerifyAsync(log.Remembering));
        Sight.Only(await log.VerifyAsync(log.Trusting with { KnownCheckpoints = [kept] }), Sight.Failure(FindingKind.Truncated, 14, last: 113));
    }

    [Theory, OnEveryStore]
    public async Task Truncated_and_continued_with_the_true_key(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeBefore(2);
        await log.RemoveAsync(log.Key(3));
        var second = forge.Segment(log.Seal, new("s3:DeleteObject"), new(), new(), new(), new());
        var version = await log.ReplaceAsync(second);
        // Shorter than before; a receipt names the changed record besides.
        var receipt = log.Receipts.Single(receipt => receipt.Sequence == 8);
        Sight.Only(
            await log.VerifyAsync(log.Remembering with { Receipts = [(8, receipt.LeafHash)] }),
            Sight.Failure(FindingKind.HistoryChanged, 8, second.Key, version), Sight.Failure(FindingKind.Truncated, 11, last: 13));

        // As long as before, and longer: the checkpoint's own size is named.
        var third = forge.Segment(log.Seal, new(), new(), new(), new());
        version = await log.PutAsync(third);
        Sight.Only(await log.VerifyAsync(log.Remembering), Sight.Failure(FindingKind.HistoryChanged, 13, third.Key, version));
        // Who remembers nothing, or only what came before the change, can't see it.
        Sight.Only(await log.VerifyAsync());
        using var parser = new SegmentParser();
        var before = parser.Parse(log.Segments[1].Stored, 1, SegmentParts.None, out _)!.Seal.Checkpoint;
        Sight.Only(await log.VerifyAsync(log.Trusting with { KnownCheckpoints = [before] }));
    }

    [Theory, OnEveryStore]
    public async Task An_older_state_shown_to_somebody_who_saw_a_newer_one(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        await log.RemoveAsync(log.Key(3));
        await log.RemoveAsync(log.Key(2));
        // As who verified before goes on: from his own checkpoint, where the log has it.
        Sight.Only(await log.VerifyAsync(log.Remembering with { Since = log.Checkpoint }), Sight.Failure(FindingKind.Truncated, 6, last: 13));
    }

    [Theory, OnEveryStore]
    public async Task A_stale_end_where_a_heartbeat_was_promised(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place, heartbeat: 3600);
        await log.RemoveAsync(log.Key(3));
        Sight.Only(await log.VerifyAsync());
        var version = log.Segments[2].Version;
        Sight.Only(await log.VerifyAsync(log.Trusting with { Time = new LaterClock(TimeSpan.FromHours(2)) }), Sight.Failure(FindingKind.HeartbeatMissed, 10, log.Key(2), version));
    }
}
