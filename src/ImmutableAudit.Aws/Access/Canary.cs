using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>
/// What the attempts are made against: two small objects of the owner's under the log's prefix, so that nothing of the log
/// itself is ever at stake. One is locked where the bucket locks; the other lies behind a delete marker, which no lock
/// holds, so that a refusal to delete it can come from permissions only.
/// </summary>
internal sealed class Canary
{
    private static readonly TimeSpan LockFor = TimeSpan.FromMinutes(3);
    private readonly AmazonS3Client _owner;
    private readonly List<string> _left = [];
    private Dictionary<string, string> _before = [];
    private ObjectLockMode _defaultMode = ObjectLockMode.Governance;

    private string _action = BucketLock.ReadAction;

    private Canary(AmazonS3Client owner, string bucket, string folder, string partition) =>
        (_owner, Bucket, Folder, Arn) = (owner, bucket, folder, $"arn:{partition}:s3:::{bucket}/{folder}");

    public string Bucket { get; }

    /// <summary>The folder that everything of this run lies in, with a slash at its end.</summary>
    public string Folder { get; }

    /// <summary>The folder's ARN.</summary>
    public string Arn { get; }

    public string Key => Folder + "canary";

    public string MarkedKey => Folder + "marked";

    public byte[] Content { get; } = Encoding.ASCII.GetBytes("This object was made to prove that it can't be changed.\n");

    public string? VersionId { get; private set; }

    /// <summary>The delete marker's version; null where the owner may not place one.</summary>
    public string? MarkerVersionId { get; private set; }

    public ObjectLockMode? LockMode { get; private set; }

    public DateTime? LockedUntil { get; private set; }

    /// <summary>Makes it. What the owner may not do is left out. Where it fails or is stopped, what it put is cleared away.</summary>
    /// <exception cref="AuditException"><c>AccessDenied</c> where the owner may not put objects or list versions, and whatever the store says.</exception>
    public static async Task<Canary> MakeAsync(AwsConnection connection, AmazonS3Client owner, string bucket, string prefix, CancellationToken cancellationToken)
    {
        var canary = new Canary(owner, bucket, $"{prefix}access-proof/{Guid.NewGuid():N}/", connection.Place.Partition);
        try
        {
            await canary.MakeAsync(cancellationToken).ConfigureAwait(false);
            return canary;
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            try
            {
                await canary.ClearAsync().ConfigureAwait(false);
            }
            catch (Exception again) when (AwsErrors.IsOurs(again))
            {
                // What kept it from being made is the better message.
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw AwsErrors.Translate(e, new AwsCall(connection, canary._action, $"s3://{bucket}/{prefix}access-proof/", bucket));
        }
    }

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        await ReadDefaultModeAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        // What puts isn't stopped: nobody would know whether it arrived, and it might do so after the clearing away.
        _action = "s3:PutObject";
        VersionId = await PutAsync(Key).ConfigureAwait(false);
        await ReadLockAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await PutAsync(MarkedKey).ConfigureAwait(false);
            _action = "s3:DeleteObject";
            var marker = await _owner.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = MarkedKey }, CancellationToken.None).ConfigureAwait(false);
            MarkerVersionId = marker.VersionId;
        }
        catch (AmazonS3Exception e) when (AwsErrors.IsAboutThis(e) && AwsErrorCodes.IsDenied(e))
        {
            // The bucket's policy refuses delete markers to everybody, which is as it should be.
        }

        _action = "s3:ListBucketVersions";
        _before = await SnapshotAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is in the folder now and wasn't, or isn't and was.</summary>
    public async Task<IReadOnlyList<string>> ChangesAsync(CancellationToken cancellationToken)
    {
        var after = await SnapshotAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. after.Where(entry => !_before.TryGetValue(entry.Key, out var was) || was != entry.Value).Select(entry => $"{entry.Key}: {entry.Value}"),
            .. _before.Keys.Except(after.Keys).Select(gone => $"{gone} is gone"),
        ];
    }

    /// <summary>Removes what can be removed.</summary>
    /// <returns>What couldn't, in words; null for nothing.</returns>
    public async Task<string?> ClearAsync()
    {
        await foreach (var version in VersionsAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                await _owner.DeleteObjectAsync(
                    new DeleteObjectRequest { BucketName = Bucket, Key = version.Key, VersionId = version.VersionId, BypassGovernanceRetention = LockMode == ObjectLockMode.Governance },
                    CancellationToken.None).ConfigureAwait(false);
            }
            catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
            {
                _left.Add(version.Key);
            }
        }

        return _left.Count == 0
            ? null
            : $"Left under s3://{Bucket}/{Folder}, since locks or the bucket's policy hold it: {_left.Count} versions of {Content.Length} bytes"
                + (LockedUntil is { } until ? $", locked until {until:u}." : ".");
    }

    private async Task<string?> PutAsync(string key)
    {
        var request = new PutObjectRequest { BucketName = Bucket, Key = key, InputStream = new MemoryStream(Content), UseChunkEncoding = false, ChecksumAlgorithm = ChecksumAlgorithm.SHA256, ChecksumSHA256 = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Content)) };
        try
        {
            // Locked as the log is, and not for years as it is: what can't be done to this can't be done to that.
            request.ObjectLockMode = _defaultMode;
            request.ObjectLockRetainUntilDate = DateTime.UtcNow + LockFor;
            return (await _owner.PutObjectAsync(request, CancellationToken.None).ConfigureAwait(false)).VersionId;
        }
        catch (AmazonS3Exception e) when (AwsErrors.IsAboutThis(e))
        {
            // The bucket's policy may refuse less than the default, or the bucket has no Object Lock.
            request.ObjectLockMode = null;
            request.ObjectLockRetainUntilDate = null;
            request.InputStream = new MemoryStream(Content);
            return (await _owner.PutObjectAsync(request, CancellationToken.None).ConfigureAwait(false)).VersionId;
        }
    }

    private async Task ReadDefaultModeAsync(CancellationToken cancellationToken)
    {
        try
        {
            if ((await BucketLock.ReadAsync(_owner, Bucket, cancellationToken).ConfigureAwait(false)).Default?.Mode == Storage.RetentionMode.Compliance)
                _defaultMode = ObjectLockMode.Compliance;
        }
        catch (Exception e) when (IsAnswer(e))
        {
            // Then the put says whether there are locks at all.
        }
    }

    private async Task ReadLockAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _owner.GetObjectRetentionAsync(
                new GetObjectRetentionRequest { BucketName = Bucket, Key = Key, VersionId = VersionId }, cancellationToken).ConfigureAwait(false);
            LockMode = answer.Retention?.Mode is { Value: "COMPLIANCE" } ? ObjectLockMode.Compliance : answer.Retention?.Mode is null ? null : ObjectLockMode.Governance;
            LockedUntil = answer.Retention?.RetainUntilDate?.ToUniversalTime();
        }
        catch (Exception e) when (IsAnswer(e))
        {
            // Not locked, or not to be seen: then the attempt to extend the lock is left out.
        }
    }

    // Every version of the folder's keys with what is to be seen of it.
    private async Task<Dictionary<string, string>> SnapshotAsync(CancellationToken cancellationToken)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var version in VersionsAsync(cancellationToken).ConfigureAwait(false))
            seen[$"{version.Key} version {version.VersionId}"] = version.IsDeleteMarker == true ? "delete marker" : $"{version.ETag} of {version.Size} bytes";
        seen["the canary's lock"] = await WordsAsync(async () =>
        {
            var lockNow = (await _owner.GetObjectRetentionAsync(new GetObjectRetentionRequest { BucketName = Bucket, Key = Key, VersionId = VersionId }, cancellationToken).ConfigureAwait(false)).Retention;
            return $"{lockNow?.Mode?.Value} until {lockNow?.RetainUntilDate:u}";
        }).ConfigureAwait(false);
        seen["the canary's legal hold"] = await WordsAsync(async () =>
            (await _owner.GetObjectLegalHoldAsync(new GetObjectLegalHoldRequest { BucketName = Bucket, Key = Key, VersionId = VersionId }, cancellationToken).ConfigureAwait(false)).LegalHold?.Status?.Value ?? "OFF").ConfigureAwait(false);
        seen["the canary's tags"] = await WordsAsync(async () =>
            string.Join(", ", ((await _owner.GetObjectTaggingAsync(new GetObjectTaggingRequest { BucketName = Bucket, Key = Key, VersionId = VersionId }, cancellationToken).ConfigureAwait(false)).Tagging ?? []).Select(tag => $"{tag.Key}={tag.Value}"))).ConfigureAwait(false);
        return seen;
    }

    private static async Task<string> WordsAsync(Func<Task<string>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception e) when (IsAnswer(e))
        {
            return (e as AmazonServiceException)?.ErrorCode ?? "nothing that can be understood";
        }
    }

    // Some servers answer a question about a lock that isn't there with something else than an error of S3's.
    private static bool IsAnswer(Exception e) => e is AmazonServiceException service && AwsErrors.IsAboutThis(service) || AwsErrors.IsGarbled(e);

    private async IAsyncEnumerable<S3ObjectVersion> VersionsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListVersionsRequest { BucketName = Bucket, Prefix = Folder };
        while (true)
        {
            var page = await _owner.ListVersionsAsync(request, cancellationToken).ConfigureAwait(false);
            foreach (var version in page.Versions ?? [])
                yield return version;
            if (page.IsTruncated != true)
                break;
            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
    }
}
