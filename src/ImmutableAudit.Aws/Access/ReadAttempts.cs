using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>Reads with the role's credentials what it should see, and what it shouldn't.</summary>
internal sealed class ReadAttempts(AmazonS3Client role, Canary canary, string prefix, IReadOnlyCollection<string> reading, Attempts attempts)
{
    private string Bucket => canary.Bucket;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        (string Action, string What, Func<Task> Read)[] all =
        [
            ("s3:GetObject", "read an object", () => GetAsync(null)),
            ("s3:ListBucket", "list the log", () => role.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, Prefix = prefix, MaxKeys = 5 }, cancellationToken)),
            ("s3:ListBucketVersions", "list the log's versions", () => role.ListVersionsAsync(new ListVersionsRequest { BucketName = Bucket, Prefix = prefix, MaxKeys = 5 }, cancellationToken)),
            ("s3:GetObjectVersion", "read a version", () => GetAsync(canary.VersionId)),
            ("s3:GetObjectRetention", "see a lock", () => role.GetObjectRetentionAsync(new GetObjectRetentionRequest { BucketName = Bucket, Key = canary.Key, VersionId = canary.VersionId }, cancellationToken)),
            ("s3:GetBucketObjectLockConfiguration", "see the bucket's Object Lock", () => role.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationRequest { BucketName = Bucket }, cancellationToken)),
            ("s3:GetBucketVersioning", "see the bucket's versioning", () => role.GetBucketVersioningAsync(new GetBucketVersioningRequest { BucketName = Bucket }, cancellationToken)),
        ];
        foreach (var (action, what, read) in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reading.Contains(action))
                await attempts.TryAsync(action, what, read, isReading: true).ConfigureAwait(false);
        }

        // A log that is a whole bucket has no other keys.
        if (prefix.Length > 0)
            await attempts.TryAsync("s3:ListBucket (other keys)", "list the bucket outside the log", () => role.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket, MaxKeys = 5 }, cancellationToken), isReading: true).ConfigureAwait(false);
    }

    // Not by HEAD, whose refusals have no code to tell them by.
    private async Task GetAsync(string? versionId)
    {
        using var answer = await role.GetObjectAsync(new GetObjectRequest { BucketName = Bucket, Key = canary.Key, VersionId = versionId }).ConfigureAwait(false);
        using var content = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(content).ConfigureAwait(false);
        if (!content.ToArray().AsSpan().SequenceEqual(canary.Content))
            throw new AuditException(AuditErrors.StoreFailed, "The object that was read isn't the one that was written.", canary.Key);
    }
}
