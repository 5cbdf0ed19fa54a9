using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Whole segments removed, exchanged, replayed and brought from elsewhere.</summary>
public sealed class SegmentAttacks
{
    [Theory, OnEveryStore]
    public async Task The_first_segment_removed(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        await log.RemoveAsync(log.Key(0));
        foreach (var options in new[] { log.Trusting, log.Remembering })
            Sight.Only(await log.VerifyAsync(options), Sight.Failure(FindingKind.GenesisInvalid, 0, log.Key(0)));
    }

    [Theory, OnEveryStore]
    public async Task A_middle_segment_removed(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        await log.RemoveAsync(log.Key(2));
        foreach (var options in new[] { log.Trusting, log.Remembering })
            Sight.Only(await log.VerifyAsync(options), Sight.Failure(FindingKind.RecordsMissing, 6, log.Key(2), last: 10));
    }

    [Theory, OnEveryStore]
    public async Task Two_segments_exchanged(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var first = await log.ReplaceAsync(log.Key(1), log.Segments[2].Stored);
        var second = await log.ReplaceAsync(log.Key(2), log.Segments[1].Stored);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 1, log.Key(1), first), Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(2), second));
    }

    [Theory, OnEveryStore]
    public async Task An_old_segment_replayed_under_the_next_name(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var version = await log.PutAsync(SegmentName.Format(14), log.Segments[2].Stored);
        var report = await log.VerifyAsync(log.Remembering);
        Sight.Only(report, log.BehindTheEnd(14, version));
        Assert.Equal(14, report.Records);
    }

    [Theory, OnEveryStore]
    public async Task An_old_segment_replayed_in_anothers_place(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var version = await log.ReplaceAsync(log.Key(2), log.Segments[1].Stored);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(2), version));
    }

    [Theory, OnEveryStore]
    public async Task An_old_segment_replayed_inside_another(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var version = await log.PutAsync(SegmentName.Format(8), log.Segments[1].Stored);
        var report = await log.VerifyAsync(log.Remembering);
        // No record is affected: it doesn't count where it lies.
        Sight.Only(report, Sight.Warning(FindingKind.StrangeObject, null, SegmentName.Format(8), version));
        Assert.Equal(14, report.Records);
    }

    [Theory, OnEveryStore]
    public async Task A_renamed_segment(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        await log.RemoveAsync(log.Key(2));
        var version = await log.PutAsync(SegmentName.Format(7), log.Segments[2].Stored);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.RecordsMissing, 6, log.Key(2), last: 10), Sight.Failure(FindingKind.SegmentInvalid, 7, SegmentName.Format(7), version));
    }

    [Theory, OnEveryStore]
    public async Task A_segment_of_another_log_signed_by_the_same_key(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var other = new SegmentForge(SegmentForge.NewOrigin());
        other.Create(log.Seal);
        other.Segment(log.Seal, new(), new(), new(), new(), new());
        var version = await log.ReplaceAsync(other.Segment(log.Seal, new(), new(), new(), new(), new()));
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(2), version));
    }

    // The records are right, and the bytes aren't those that the next segment names.
    [Theory, OnEveryStore]
    public async Task Genuine_lines_compressed_anew(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var version = await log.ReplaceAsync(log.Key(2), SegmentForge.Gzip(SegmentForge.Gunzip(log.Segments[2].Stored), System.IO.Compression.CompressionLevel.NoCompression));
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(2), version, last: 10));
    }
}
