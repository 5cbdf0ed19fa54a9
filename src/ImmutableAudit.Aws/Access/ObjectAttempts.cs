using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>Tries to change, hide, remove or unlock the canary. What succeeds hurts nobody and is taken back.</summary>
internal sealed class ObjectAttempts(AmazonS3Client owner, AmazonS3Client role, Canary canary, Attempts attempts)
{
    private string Bucket => canary.Bucket;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Deleting comes last: what is gone can't be tried any more.
        Func<Task>[] all = [PutAsync, LabelAsync, LockAsync, DeleteAsync];
        foreach (var group in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await group().ConfigureAwait(false);
        }
    }

    private async Task PutAsync()
    {
        await attempts.TryAsync("s3:PutObject", "put a new object", () => role.PutObjectAsync(Put("new"))).ConfigureAwait(false);
        await attempts.TryAsync("s3:PutObject", "put over an object", () => role.PutObjectAsync(Put("canary"))).ConfigureAwait(false);
        await attempts.TryAsync("s3:PutObject", "copy an object",
            () => role.CopyObjectAsync(new CopyObjectRequest { SourceBucket = Bucket, SourceKey = canary.Key, DestinationBucket = Bucket, DestinationKey = canary.Folder + "copy" })).ConfigureAwait(false);
        string? upload = null;
        await attempts.TryAsync("s3:PutObject", "begin a multipart upload",
            async () => upload = (await role.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = Bucket, Key = canary.Folder + "parts" }).ConfigureAwait(false)).UploadId,
            () => upload is null ? Task.CompletedTask : owner.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = Bucket, Key = canary.Folder + "parts", UploadId = upload })).ConfigureAwait(false);
    }

    private async Task DeleteAsync()
    {
        string? marker = null;
        await attempts.TryAsync("s3:DeleteObject", "hide an object behind a delete marker",
            async () => marker = (await role.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = canary.Key }).ConfigureAwait(false)).VersionId,
            () => marker is null ? Task.CompletedTask : owner.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = canary.Key, VersionId = marker })).ConfigureAwait(false);
        if (canary.MarkerVersionId is { } unlocked)
        {
            await attempts.TryAsync("s3:DeleteObjectVersion", "remove a version that no lock holds",
                () => role.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = canary.MarkedKey, VersionId = unlocked })).ConfigureAwait(false);
        }

        await attempts.TryAsync("s3:DeleteObjectVersion", "remove a locked version",
            () => role.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = canary.Key, VersionId = canary.VersionId })).ConfigureAwait(false);
        await attempts.TryAsync("s3:BypassGovernanceRetention", "remove a locked version with the bypass",
            () => role.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = canary.Key, VersionId = canary.VersionId, BypassGovernanceRetention = true })).ConfigureAwait(false);
        await attempts.TryAsync("s3:DeleteObject", "remove several objects at once",
            () => role.DeleteObjectsAsync(new DeleteObjectsRequest { BucketName = Bucket, Objects = [new KeyVersion { Key = canary.Key }, new KeyVersion { Key = canary.MarkedKey }] })).ConfigureAwait(false);
    }

    private async Task LockAsync()
    {
        const string extend = "extend a lock by a second";
        if (canary is { LockMode: { } mode, LockedUntil: { } until })
        {
            await attempts.TryAsync("s3:PutObjectRetention", extend, () => role.PutObjectRetentionAsync(new PutObjectRetentionRequest
            {
                BucketName = Bucket,
                Key = canary.Key,
                VersionId = canary.VersionId,
                Retention = new ObjectLockRetention { Mode = mode == ObjectLockMode.Compliance ? ObjectLockRetentionMode.Compliance : ObjectLockRetentionMode.Governance, RetainUntilDate = until.AddSeconds(1) },
            })).ConfigureAwait(false);
        }
        else
        {
            attempts.Leave("s3:PutObjectRetention", extend, "The canary isn't locked, and a lock on it could not be taken back.");
        }

        await attempts.TryAsync("s3:PutObjectLegalHold", "put a legal hold", () => role.PutObjectLegalHoldAsync(Hold(ObjectLockLegalHoldStatus.On)),
            () => owner.PutObjectLegalHoldAsync(Hold(ObjectLockLegalHoldStatus.Off))).ConfigureAwait(false);
    }

    private async Task LabelAsync()
    {
        await attempts.TryAsync("s3:PutObjectTagging", "tag an object",
            () => role.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = Bucket, Key = canary.Key, Tagging = new Tagging { TagSet = [new Tag { Key = "proof", Value = "failed" }] } }),
            () => owner.DeleteObjectTaggingAsync(new DeleteObjectTaggingRequest { BucketName = Bucket, Key = canary.Key })).ConfigureAwait(false);
        await attempts.TryAsync("s3:DeleteObjectTagging", "take an object's tags off",
            () => role.DeleteObjectTaggingAsync(new DeleteObjectTaggingRequest { BucketName = Bucket, Key = canary.Key })).ConfigureAwait(false);
        await attempts.TryAsync("s3:PutObjectAcl", "set an object's ACL to private",
            () => role.PutObjectAclAsync(new PutObjectAclRequest { BucketName = Bucket, Key = canary.Key, ACL = S3CannedACL.Private })).ConfigureAwait(false);
    }

    private PutObjectRequest Put(string name) => new()
    {
        BucketName = Bucket,
        Key = canary.Folder + name,
        InputStream = new MemoryStream(canary.Content),
        UseChunkEncoding = false,
        ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
        ChecksumSHA256 = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(canary.Content)),
    };

    private PutObjectLegalHoldRequest Hold(ObjectLockLegalHoldStatus status) =>
        new() { BucketName = Bucket, Key = canary.Key, VersionId = canary.VersionId, LegalHold = new ObjectLockLegalHold { Status = status } };
}
