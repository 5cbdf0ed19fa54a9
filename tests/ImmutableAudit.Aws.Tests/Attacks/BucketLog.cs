using Amazon.S3.Model;
using ImmutableAudit.Aws.Tests;
using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>An attacked log in a bucket. Its attacker has the owner's rights; what stops him is Object Lock alone.</summary>
internal sealed class BucketLog(TestBucket bucket) : AttackedLog(bucket.Store)
{
    public TestBucket Bucket => bucket;

    public override async Task<string?> PutAsync(string key, byte[] content) => await PutLockedAsync(key, content, null);

    /// <summary>Puts an object with a lock of its own.</summary>
    public async Task<string?> PutLockedAsync(string key, byte[] content, RetentionUntil? until)
    {
        var answer = await bucket.Store.PutAsync(key, content, PutCondition.None, until, default);
        Assert.Equal(PutOutcome.Stored, answer.Outcome);
        return answer.VersionId ?? (await bucket.ListAsync(key))[0].VersionId;
    }

    public override async Task RemoveAsync(string key)
    {
        foreach (var version in await bucket.ListAsync(key))
            await RemoveVersionAsync(key, version.VersionId!);
    }

    /// <summary>Removes one version for good.</summary>
    public Task RemoveVersionAsync(string key, string version) =>
        bucket.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket.Name, Key = "log/" + key, VersionId = version });

    /// <summary>Puts a delete marker on a key.</summary>
    /// <returns>The marker's version id.</returns>
    public async Task<string?> HideAsync(string key)
    {
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/" + key);
        var newest = (await bucket.ListAsync(key))[0];
        Assert.True(newest.IsDeleteMarker);
        return newest.VersionId;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await bucket.DisposeAsync();
    }
}

/// <summary>The stores that this project's attacks are made on.</summary>
internal static class AttackedLogs
{
    /// <summary>A log in a versioned bucket without locks.</summary>
    public static async Task<AttackedLog> WriteAsync(string place, int? heartbeat = null)
    {
        var log = new BucketLog(await TestBucket.VersionedAsync(place));
        await log.WriteHonestLogAsync(heartbeat: heartbeat);
        return log;
    }

    /// <summary>A log in a versioned bucket without locks.</summary>
    public static async Task<BucketLog> InBucketAsync(string server) => (BucketLog)await WriteAsync(server);

    /// <summary>A log in a bucket whose every object is locked for ten days, as the log promises.</summary>
    public static async Task<BucketLog> LockedAsync(string server)
    {
        var bucket = await TestBucket.LockedAsync(server);
        var plan = new BucketPlan { Name = bucket.Name, RetentionDays = 10, PutsPolicy = false };
        var report = await new Aws.AwsCloud().CreateBucketAsync(plan, bucket.Connection, default);
        Assert.True(report.IsReady, string.Join("; ", report.Steps));
        var log = new BucketLog(bucket);
        await log.WriteHonestLogAsync(new PromisedRetention(RetentionMode.Compliance, 10));
        return log;
    }
}

/// <summary>Made on every kind of store: here on both servers, in the tests of the core on a directory.</summary>
public sealed class OnEveryStoreAttribute : Xunit.Sdk.DataAttribute
{
    public OnEveryStoreAttribute() =>
        Skip = TestServers.Missing("Ceph RGW", TestServers.RgwVariables) ?? TestServers.Missing("moto server", TestServers.MotoVariables);

    public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) => [["rgw"], ["moto"]];
}
