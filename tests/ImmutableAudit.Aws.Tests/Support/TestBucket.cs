using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>A new bucket on a real server, a store in it, and a plain client to do what the store can't.</summary>
internal sealed class TestBucket : IAsyncDisposable
{
    private readonly AwsConnection _connection;

    private TestBucket(CloudConnection connection, string name, string prefix)
    {
        Connection = connection;
        Name = name;
        _connection = AwsConnection.Open(connection, "S3");
        Client = _connection.S3(ClientUse.Repeatable);
        Store = new AwsCloud().OpenStore(LogLocation.Parse(prefix.Length == 0 ? $"s3://{name}" : $"s3://{name}/{prefix}"), connection);
    }

    public CloudConnection Connection { get; }

    public string Name { get; }

    public AmazonS3Client Client { get; }

    public IObjectStore Store { get; }

    /// <summary>Makes a versioned bucket.</summary>
    public static async Task<TestBucket> VersionedAsync(string server, string prefix = "log")
    {
        var bucket = await PlainAsync(server, prefix);
        await bucket.Client.PutBucketVersioningAsync(new PutBucketVersioningRequest
        {
            BucketName = bucket.Name,
            VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
        });
        return bucket;
    }

    /// <summary>Makes a bucket with Object Lock and, if days are given, a default retention.</summary>
    public static async Task<TestBucket> LockedAsync(string server, int days = 0, string prefix = "log")
    {
        var bucket = new TestBucket(TestServers.Of(server), TestServers.NewBucketName(), prefix);
        await bucket.Client.PutBucketAsync(new PutBucketRequest { BucketName = bucket.Name, ObjectLockEnabledForBucket = true, UseClientRegion = false });
        if (days > 0)
        {
            await bucket.Client.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest
            {
                BucketName = bucket.Name,
                ObjectLockConfiguration = new ObjectLockConfiguration
                {
                    ObjectLockEnabled = ObjectLockEnabled.Enabled,
                    Rule = new ObjectLockRule { DefaultRetention = new Amazon.S3.Model.DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = days } },
                },
            });
        }

        return bucket;
    }

    /// <summary>Makes a bucket without versions.</summary>
    public static async Task<TestBucket> PlainAsync(string server, string prefix = "log")
    {
        var bucket = new TestBucket(TestServers.Of(server), TestServers.NewBucketName(), prefix);
        await bucket.Client.PutBucketAsync(new PutBucketRequest { BucketName = bucket.Name, UseClientRegion = false });
        return bucket;
    }

    /// <summary>Opens a bucket that is there, as somebody.</summary>
    public static TestBucket Open(CloudConnection connection, string name, string prefix = "log") => new(connection, name, prefix);

    public async Task<PutOutcome> PutAsync(string key, string content, PutCondition condition = default, RetentionUntil? until = null) =>
        (await Store.PutAsync(key, System.Text.Encoding.UTF8.GetBytes(content), condition, until, default)).Outcome;

    public async Task<List<StoredVersion>> ListAsync(string prefix = "", string? after = null, int pageSize = 1000)
    {
        var entries = new List<StoredVersion>();
        await foreach (var entry in Store.ListAsync(prefix, after, pageSize, default))
            entries.Add(entry);
        return entries;
    }

    public async Task<List<StoredVersion>> DescendAsync(string prefix = "", string? after = null)
    {
        var entries = new List<StoredVersion>();
        await foreach (var entry in Store.ListDescendingAsync(prefix, after, default))
            entries.Add(entry);
        return entries;
    }

    /// <summary>The store's exact refusal of a plain call.</summary>
    public static async Task<AmazonServiceException> RefusalAsync(Func<Task> call) => await Assert.ThrowsAnyAsync<AmazonServiceException>(call);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Client.Dispose();
        _connection.Dispose();
    }
}
