using ImmutableAudit.Aws.Tests;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>What is laid over and under genuine versions, and on the keys that the log needs next. A directory has no versions.</summary>
public sealed class VersionAttacks
{
    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_delete_marker_on_a_segment(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        var marker = await log.HideAsync(log.Key(2));
        await CountsAllAsync(log, Sight.Warning(FindingKind.DeleteMarker, 6, log.Key(2), marker, 10));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_newer_version_over_a_segment(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        var garbage = await log.PutAsync(log.Key(2), "garbage"u8.ToArray());
        using var forge = log.ForgeBefore(1);
        var foreign = await log.PutAsync(forge.Segment(log.Thief, new("s3:DeleteObject"), new()));
        await CountsAllAsync(log, Sight.Warning(FindingKind.ShadowVersion, 6, log.Key(2), garbage), Sight.Warning(FindingKind.ShadowVersion, 1, log.Key(1), foreign));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_thiefs_genesis_over_the_first_segment(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        using var forge = new SegmentForge(log.Origin) { Recorded = DateTime.UtcNow };
        var version = await log.PutAsync(forge.Create(log.Thief));
        await CountsAllAsync(log, Sight.Warning(FindingKind.Unfinished, 0, log.Key(0), version));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task An_acknowledged_segment_hidden_by_a_delete_marker_and_written_over(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        var marker = await log.HideAsync(log.Key(3));
        using var forge = log.ForgeBefore(3);
        var version = await log.PutAsync(forge.Segment(log.Seal, new("s3:DeleteObject"), new(), new()));
        var plain = await log.Bucket.Client.GetObjectAsync(log.Bucket.Name, "log/" + log.Key(3));
        Assert.Equal(version, plain.VersionId); // what a plain reader is shown
        await CountsAllAsync(log, Sight.Warning(FindingKind.DeleteMarker, 11, log.Key(3), marker, 13), Sight.Warning(FindingKind.Unfinished, 11, log.Key(3), version));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_fork_by_two_writers_with_the_true_key(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        // The second arm lies over position 11, and goes on behind it where the first has ended.
        using var forge = log.ForgeBefore(3);
        var over = await log.PutAsync(forge.Segment(log.Seal, new("s3:DeleteObject"), new(), new()));
        await log.PutAsync(forge.Segment(log.Seal, new(), new()));
        foreach (var options in new[] { log.Trusting, log.Remembering })
        {
            var report = await log.VerifyAsync(options);
            Sight.Only(report, Sight.Failure(FindingKind.Forked, 11, log.Key(3), over), Sight.Warning(FindingKind.Unfinished, 11, log.Key(3), over));
        }
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Garbage_on_the_next_keys_then_removed_then_replaced_by_a_sealed_fork(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        string next = SegmentName.Format(14), later = SegmentName.Format(16);
        var under = await log.PutAsync(next, "garbage"u8.ToArray());
        var beyond = await log.PutAsync(later, "garbage"u8.ToArray());
        Sight.Only(await log.VerifyAsync(log.Remembering), log.BehindTheEnd(14, under), log.BehindTheEnd(16, beyond));

        // It blocks nobody.
        await log.AppendAsync(2);
        await CountsAllAsync(log, Sight.Warning(FindingKind.ShadowVersion, 14, next, under), log.BehindTheEnd(16, beyond));
        await log.RemoveVersionAsync(next, under!);
        await log.RemoveVersionAsync(later, beyond!);
        await CountsAllAsync(log);

        using var forge = log.ForgeBefore(4);
        var fork = await log.PutAsync(forge.Segment(log.Seal, new("s3:DeleteObject"), new()));
        await CountsAllAsync(log, Sight.Warning(FindingKind.Unfinished, 14, next, fork));
        // Continued, it is a fork, and whoever has a receipt or checkpoint sees which arm is the true one.
        await log.PutAsync(forge.Segment(log.Seal, new ForgedRecord()));
        Sight.Only(await log.VerifyAsync(log.Remembering), Sight.Failure(FindingKind.Forked, 14, next, fork), Sight.Warning(FindingKind.Unfinished, 14, next, fork));
    }

    // A segment of 1,100 versions is one page and a bit. moto lists slowly with many: 150 there, on one page.
    [BothServersTheory]
    [InlineData("rgw", 1100)]
    [InlineData("moto", 150)]
    public async Task A_thousand_shadow_versions_over_one_key(string server, int count)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            await log.PutAsync(log.Key(2), System.Text.Encoding.ASCII.GetBytes("garbage " + i)));
        var versions = (await log.Bucket.ListAsync(log.Key(2))).Select(version => version.VersionId).ToList();
        Assert.Equal((count + 1, log.Segments[2].Version), (versions.Count, versions[^1]));
        var named = versions.Take(Math.Min(200, count)).Select(version => Sight.Warning(FindingKind.ShadowVersion, 6, log.Key(2), version));
        await CountsAllAsync(log, count > 200 ? [.. named, Sight.Warning(FindingKind.MoreFindings, null)] : [.. named]);
        Assert.Equal(14, (await AuditLog.OpenAsync(log.Store, default)).Size);
    }

    // Exactly this is found, and every honest record is there and verified.
    private static async Task CountsAllAsync(BucketLog log, params Sight[] found)
    {
        var report = await log.VerifyAsync(log.Remembering);
        Sight.Only(report, found);
        Assert.Equal(log.Size, report.Records);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_delete_marker_on_a_tile(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        await log.AppendAsync(300);
        var tile = Merkle.TilePath.Format(0, 0);
        var marker = await log.HideAsync(tile);
        Sight.Only(await log.VerifyAsync(), Sight.Warning(FindingKind.TileInvalid, 0, tile, marker, 255), Sight.Information(FindingKind.TilesMissing));
    }
}
