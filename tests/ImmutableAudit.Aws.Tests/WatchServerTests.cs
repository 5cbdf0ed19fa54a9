using Amazon.S3.Model;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;
using ImmutableAudit.Watching;

namespace ImmutableAudit.Aws.Tests;

/// <summary>A log in a bucket, watched poll by poll on real servers: what comes, and what an insider tries.</summary>
public sealed class WatchServerTests : IDisposable
{
    private const int Days = 30;
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;
    private readonly KeyFile _key;

    public WatchServerTests() => _key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, true);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task New_records_come_and_markers_and_shadows_are_told_within_one_poll(string server)
    {
        await using var bucket = await LogBucketAsync(server);
        await WriteAsync(bucket.Store, 3);
        await WriteAsync(bucket.Store, 3);
        using var watcher = await LogWatcher.OpenAsync(bucket.Store, null, default);
        Assert.Empty(await watcher.PollAsync(true, default));
        await WriteAsync(bucket.Store, 2);
        Assert.Equal([7, 8], (await watcher.PollAsync(true, default)).Select(item => item.Record!.Sequence));

        // On the oldest, one in the middle, and what comes next.
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/" + SegmentName.Format(1));
        await bucket.PutAsync(SegmentName.Format(4), "garbage over it");
        await bucket.PutAsync(SegmentName.Format(9), "garbage on the next name");
        await bucket.PutAsync("segments/strange", "x");
        Assert.Equal(
            [FindingKind.DeleteMarker, FindingKind.GarbageOnNextKey, FindingKind.ShadowVersion, FindingKind.StrangeObject],
            (await watcher.PollAsync(true, default)).Select(item => item.Alert!.Finding!.Value).OrderBy(kind => kind.ToString()));
        Assert.Empty(await watcher.PollAsync(true, default));

        // The garbage blocks nothing.
        await WriteAsync(bucket.Store, 2);
        var items = await watcher.PollAsync(true, default);
        Assert.Equal([9, 10], items.Where(item => item.Record is not null).Select(item => item.Record!.Sequence));
    }

    // moto lets nobody change the lock of a bucket that isn't empty.
    [RgwFact]
    public async Task A_weakened_default_retention_is_told_and_so_is_the_segment_that_it_hits()
    {
        await using var bucket = await LogBucketAsync("rgw");
        await WriteAsync(bucket.Store, 3);
        using var watcher = await LogWatcher.OpenAsync(bucket.Store, new WatchOptions { LockInterval = TimeSpan.Zero }, default);
        Assert.Empty(await watcher.PollAsync(true, default));
        await bucket.Client.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
        {
            BucketName = bucket.Name,
            ObjectLockConfiguration = new ObjectLockConfiguration
            {
                ObjectLockEnabled = Amazon.S3.ObjectLockEnabled.Enabled,
                Rule = new ObjectLockRule { DefaultRetention = new Amazon.S3.Model.DefaultRetention { Mode = Amazon.S3.ObjectLockRetentionMode.Governance, Days = 1 } },
            },
        });
        var alert = Assert.Single(await watcher.PollAsync(true, default)).Alert!;
        Assert.Equal((AlertKind.RetentionWeakened, true), (alert.Kind, alert.IsCertain));
        await WriteAsync(bucket.Store, 1);
        var items = await watcher.PollAsync(true, default);
        Assert.Equal(FindingKind.RetentionLess, Assert.Single(items, item => item.Alert is not null).Alert!.Finding);
        Assert.Equal(4, Assert.Single(items, item => item.Record is not null).Record!.Sequence);
        Assert.Empty(await watcher.PollAsync(true, default));
    }

    // A log that promises no lock, in a bucket where versions can be removed.
    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Removed_versions_are_told_within_one_poll(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/log", SealKey = _key }, null, default);
        for (var i = 0; i < 3; i++)
            await WriteAsync(bucket.Store, 2);
        using var watcher = await LogWatcher.OpenAsync(bucket.Store, null, default);
        Assert.Empty(await watcher.PollAsync(true, default));
        await RemoveAsync(bucket, 3);
        var alert = Assert.Single(await watcher.PollAsync(true, default)).Alert!;
        Assert.Equal((FindingKind.RecordsMissing, 3L, true), (alert.Finding!.Value, alert.Sequence!.Value, alert.IsCertain));
        await RemoveAsync(bucket, 5);
        alert = Assert.Single(await watcher.PollAsync(true, default)).Alert!;
        Assert.Equal(FindingKind.Truncated, alert.Finding);
        Assert.Empty(await watcher.PollAsync(true, default));
    }

    private static async Task RemoveAsync(TestBucket bucket, long first)
    {
        foreach (var version in await bucket.ListAsync(SegmentName.Format(first)))
            await bucket.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket.Name, Key = "log/" + version.Key, VersionId = version.VersionId });
    }

    private async Task<TestBucket> LogBucketAsync(string server)
    {
        var bucket = await TestBucket.LockedAsync(server);
        var report = await new AwsCloud().CreateBucketAsync(new BucketPlan { Name = bucket.Name, RetentionDays = Days, PutsPolicy = false }, bucket.Connection, default);
        Assert.True(report.IsReady, string.Join("; ", report.Steps));
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/log", SealKey = _key, Retention = new PromisedRetention(RetentionMode.Compliance, Days) }, null, default);
        return bucket;
    }

    private async Task WriteAsync(IObjectStore store, int count)
    {
        await using var writer = await AuditWriter.OpenAsync(store, _key, null, default);
        var batch = writer.NewBatch();
        for (var i = 0; i < count; i++)
            batch.Add(new AuditEvent { Action = "test:Event", ActorId = $"actor-{i}" });
        var result = await writer.CommitAsync(batch, default);
        Assert.Equal(count, result.Acknowledged);
    }
}
