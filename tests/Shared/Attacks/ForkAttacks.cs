using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Two histories under the true key. What a bucket alone shows of it stands in the tests of the AWS adapter.</summary>
public sealed class ForkAttacks
{
    [Theory, OnEveryStore]
    public async Task Different_logs_shown_to_different_people(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        // One arm goes on in one copy of the store, the other in another: each is sound, and no arm has the other's checkpoint.
        using var one = log.ForgeAtEnd();
        using var two = one.Copy();
        var mine = one.Segment(log.Seal, new(), new());
        var yours = two.Segment(log.Seal, new("s3:DeleteObject"), new());
        using var parser = new SegmentParser();
        var seen = parser.Parse(yours.Stored, 14, SegmentParts.None, out _)!.Seal.Checkpoint;
        var version = await log.PutAsync(mine);
        Sight.Only(await log.VerifyAsync(log.Remembering));
        Sight.Only(await log.VerifyAsync(log.Trusting with { KnownCheckpoints = [log.Checkpoint, seen] }), Sight.Failure(FindingKind.HistoryChanged, 15, mine.Key, version));
    }

    [Theory, OnEveryStore]
    public async Task A_fork_of_shorter_segments_inside_of_another(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeBefore(2);
        forge.Segment(log.Seal, new(), new());
        var inside = forge.Segment(log.Seal, new ForgedRecord("s3:DeleteObject"));
        var version = await log.PutAsync(inside);
        var report = await log.VerifyAsync();
        Sight.Only(report, Sight.Failure(FindingKind.MisplacedSegment, 8, inside.Key, version));
        Assert.Equal(14, report.Records);
    }

    [Theory, OnEveryStore]
    public async Task A_segment_replaced_under_the_true_key(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeBefore(2);
        await log.ReplaceAsync(forge.Segment(log.Seal, new("s3:DeleteObject"), new(), new(), new(), new()));
        // Which of the two was put there the bytes can't tell: the later one is named, which doesn't follow.
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 10, log.Key(3), log.Segments[3].Version));
    }

    [Theory, OnEveryStore]
    public async Task A_record_behind_a_closed_log(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeAtEnd();
        await log.PutAsync(forge.Segment(log.Seal, forge.Admin(log.Admin, AdminRecord.LogClosed, [])));
        Sight.Only(await log.VerifyAsync(log.Remembering));
        var version = await log.PutAsync(forge.Segment(log.Seal, new ForgedRecord()));
        var report = await log.VerifyAsync(log.Remembering);
        Sight.Only(report, log.BehindTheEnd(15, version));
        Assert.Equal(15, report.Records);
        Assert.Contains("closed", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
    }
}
