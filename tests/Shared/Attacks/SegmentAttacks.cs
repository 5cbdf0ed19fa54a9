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
        await log.RemoveAsync(log.Key(1));
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.RecordsMissing, 1, log.Key(1), last: 10));
    }

    [Theory, OnEveryStore]
    public async Task Every_segment_removed(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        foreach (var segment in log.Segments)
            await log.RemoveAsync(segment.Key);
        // Who knows only a key doesn't know that there ever was a log here.
        Assert.Equal(AuditErrors.LogNotFound, (await Assert.ThrowsAsync<AuditException>(() => log.VerifyAsync())).ErrorId);
        var gone = Sight.Failure(FindingKind.GenesisInvalid, 0, log.Key(0));
        Sight.Only(await log.VerifyAsync(log.Remembering), gone, Sight.Failure(FindingKind.Truncated, 0, last: 13));
        Sight.Only(await log.VerifyAsync(log.Trusting with { GenesisHash = log.GenesisHash }), gone);
        Sight.Only(await log.VerifyAsync(log.Trusting with { Origin = log.Origin }), gone);
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
    public async Task An_old_segment_replayed_under_a_later_name(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        foreach (var first in new[] { 14, 100, 999_999_999_999_999_999 })
        {
            var version = await log.PutAsync(SegmentName.Format(first), log.Segments[2].Stored);
            var report = await log.VerifyAsync(log.Remembering);
            Sight.Only(report, log.BehindTheEnd(first, version));
            Assert.Equal(14, report.Records);
            await log.RemoveAsync(SegmentName.Format(first));
        }
    }

    [Theory, OnEveryStore]
    public async Task An_old_segment_replayed_in_anothers_place(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        foreach (var (at, from) in new[] { (0, 2), (1, 0), (1, 2), (1, 3), (2, 0), (2, 1), (2, 3), (3, 2) })
        {
            var version = await log.ReplaceAsync(log.Key(at), log.Segments[from].Stored);
            Sight.Only(await log.VerifyAsync(), at switch
            {
                0 => Sight.Failure(FindingKind.GenesisInvalid, 0, log.Key(0)),
                3 => log.BehindTheEnd(11, version),
                _ => Sight.Failure(FindingKind.SegmentInvalid, log.Segments[at].First, log.Key(at), version),
            });
            await log.ReplaceAsync(log.Key(at), log.Segments[at].Stored);
        }
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
        var missing = Sight.Failure(FindingKind.RecordsMissing, 6, log.Key(2), last: 10);
        Sight.Only(await log.VerifyAsync(), missing, Sight.Failure(FindingKind.SegmentInvalid, 7, SegmentName.Format(7), version));
        await log.RemoveAsync(SegmentName.Format(7));
        version = await log.PutAsync(SegmentName.Format(500), log.Segments[2].Stored);
        Sight.Only(await log.VerifyAsync(), missing, log.BehindTheEnd(500, version));
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

        // Behind the newest nothing names its bytes yet, and no record is altered by it.
        await log.ReplaceAsync(log.Key(2), log.Segments[2].Stored);
        await log.ReplaceAsync(log.Key(3), SegmentForge.Gzip(SegmentForge.Gunzip(log.Segments[3].Stored), System.IO.Compression.CompressionLevel.NoCompression));
        Sight.Only(await log.VerifyAsync(log.Remembering));
    }
}
