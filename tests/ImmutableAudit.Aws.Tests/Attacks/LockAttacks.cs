using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Aws.Tests;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;
using DefaultRetention = Amazon.S3.Model.DefaultRetention;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Versions that aren't locked as the log promises. A directory has no locks.</summary>
public sealed class LockAttacks
{
    private const int Days = 10;

    // moto tells nothing of a version that never had a lock, where AWS and Ceph tell that there is none: unknown then.
    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_missing_lock(string server) => await OneSegmentAsync(server, null, (key, version) => server == "rgw"
        ? Sight.Failure(FindingKind.RetentionLess, 1, key, version, 2)
        : Sight.Unknown(FindingKind.RetentionUnknown, 1, key, version, 2));

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_shorter_lock(string server) => await OneSegmentAsync(
        server, new RetentionUntil(RetentionMode.Compliance, DateTimeOffset.UtcNow.AddDays(Days - 1)), (key, version) => Sight.Failure(FindingKind.RetentionLess, 1, key, version, 2));

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_governance_lock_where_compliance_was_promised(string server) => await OneSegmentAsync(
        server, new RetentionUntil(RetentionMode.Governance, DateTimeOffset.UtcNow.AddDays(Days + 1)), (key, version) => Sight.Failure(FindingKind.RetentionLess, 1, key, version, 2));

    // What is there keeps its lock, so there is nothing to find; what is written from then on is told by the writer at
    // once, and found. moto lets nobody change the lock of a bucket that isn't empty.
    [RgwFact]
    public async Task A_default_retention_weakened_afterwards()
    {
        await using var log = await AttackedLogs.LockedAsync("rgw");
        await WeakenAsync(log);
        Sight.Only(await log.VerifyAsync(log.Remembering));

        await using var writer = await AuditWriter.OpenAsync(log.Store, log.Seal, null, default);
        var result = await AttackedLog.CommitAsync(writer, 2);
        Assert.Equal((AuditErrors.NotLockedAsPromised, 2), (result.Failure!.ErrorId, result.Acknowledged));
        Assert.All(result.Receipts(), receipt => Assert.Equal(LockState.Less, receipt.Lock));
        var version = result.Receipts().First().VersionId;
        var report = await log.VerifyAsync(log.Remembering);
        Sight.Only(report, Sight.Failure(FindingKind.RetentionLess, 14, SegmentName.Format(14), version, 15));
        Assert.Equal(16, report.Records);
    }

    // The bucket is weak before the log's first event comes; the genesis, put with a lock of its own, isn't.
    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_bucket_default_weakened_before_a_write(string server)
    {
        await using var log = new BucketLog(await TestBucket.LockedAsync(server, 1));
        using var key = new TestKey();
        using var forge = new SegmentForge(SegmentForge.NewOrigin()) { Recorded = DateTime.UtcNow };
        await PutGenesisAsync(log, key, forge);
        await using var writer = await AuditWriter.OpenAsync(log.Store, key, null, default);
        var result = await AttackedLog.CommitAsync(writer, 2);
        Assert.Equal((AuditErrors.NotLockedAsPromised, 2), (result.Failure!.ErrorId, result.Acknowledged));
        Sight.Only(
            await log.VerifyAsync(new VerifyOptions { TrustedKeys = [key.Named(forge.Origin)] }),
            Sight.Failure(FindingKind.RetentionLess, 1, SegmentName.Format(1), result.Receipts().First().VersionId, 2));
    }

    // In a bucket without a default each object has the lock that it was put with.
    private static async Task OneSegmentAsync(string server, RetentionUntil? until, Func<string, string?, Sight> expected)
    {
        await using var log = new BucketLog(await TestBucket.LockedAsync(server));
        using var key = new TestKey();
        using var forge = new SegmentForge(SegmentForge.NewOrigin()) { Recorded = DateTime.UtcNow };
        await PutGenesisAsync(log, key, forge);
        var weak = forge.Segment(key, new(), new());
        var version = await log.PutLockedAsync(weak.Key, weak.Stored, until);
        var sound = forge.Segment(key, new ForgedRecord());
        await log.PutLockedAsync(sound.Key, sound.Stored, Promised());
        var report = await log.VerifyAsync(new VerifyOptions { TrustedKeys = [key.Named(forge.Origin)] });
        Sight.Only(report, expected(weak.Key, version));
        Assert.Equal(4, report.Records);
    }

    private static async Task PutGenesisAsync(BucketLog log, TestKey key, SegmentForge forge)
    {
        var genesis = new Genesis(forge.Origin, [new GenesisKey(KeyRole.Seal | KeyRole.Admin, key.Named(forge.Origin))], new PromisedRetention(RetentionMode.Compliance, Days), 300, null);
        var first = forge.Segment(key, new ForgedRecord(LogFormat.LogCreated, System.Text.Encoding.UTF8.GetString(genesis.ToJson())));
        await log.PutLockedAsync(first.Key, first.Stored, Promised());
    }

    private static RetentionUntil Promised() => new(RetentionMode.Compliance, DateTimeOffset.UtcNow.AddDays(Days).AddMinutes(1));

    private static async Task WeakenAsync(BucketLog log) => await log.Bucket.Client.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
    {
        BucketName = log.Bucket.Name,
        ObjectLockConfiguration = new ObjectLockConfiguration
        {
            ObjectLockEnabled = ObjectLockEnabled.Enabled,
            Rule = new ObjectLockRule { DefaultRetention = new DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = 1 } },
        },
    });
}
