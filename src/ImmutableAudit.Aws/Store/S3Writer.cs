using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Puts objects: one request each, and an honest word about what came of it.</summary>
/// <param name="once">A client that doesn't retry.</param>
/// <param name="place">The log's place.</param>
internal sealed class S3Writer(AmazonS3Client once, S3Place place)
{
    public async ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = place.OnObject(lockUntil is null ? "s3:PutObject" : "s3:PutObject and s3:PutObjectRetention", key);
        if (lockUntil is not null)
            LockLimits.Check(place.Connection.Place, lockUntil.Until, call.Target);

        try
        {
            var answer = await once.PutObjectAsync(Request(key, content, condition, lockUntil), cancellationToken).ConfigureAwait(false);
            return new PutAnswer(PutOutcome.Stored, string.IsNullOrEmpty(answer.VersionId) ? null : answer.VersionId);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // It was on its way: it may have been stored, as the interface says.
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (IsConditionFailed(e, condition))
        {
            return new PutAnswer(PutOutcome.ConditionFailed);
        }
        catch (Exception e) when (IsUnknown(e))
        {
            return new PutAnswer(PutOutcome.Unknown);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    private PutObjectRequest Request(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil)
    {
        var request = new PutObjectRequest
        {
            BucketName = place.Bucket,
            Key = place.Full(key),
            InputStream = Stream(content),
            ContentType = key.EndsWith(".jsonl.gz", StringComparison.Ordinal) ? "application/gzip" : "application/octet-stream",
            // A bucket with a default lock demands a digest; and it lets the store find a byte that was lost on the way.
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            ChecksumSHA256 = Convert.ToBase64String(SHA256.HashData(content.Span)),
            UseChunkEncoding = false,
        };
        if (condition.IfAbsent)
            request.IfNoneMatch = "*";
        if (condition.IfMatch is { } etag)
            request.IfMatch = $"\"{etag}\"";
        if (lockUntil is not null)
        {
            request.ObjectLockMode = lockUntil.Mode == RetentionMode.Compliance ? ObjectLockMode.Compliance : ObjectLockMode.Governance;
            request.ObjectLockRetainUntilDate = LockLimits.WholeSecondsUp(lockUntil.Until.UtcDateTime);
        }

        return request;
    }

    private static MemoryStream Stream(ReadOnlyMemory<byte> content) => MemoryMarshal.TryGetArray(content, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(content.ToArray(), writable: false);

    // 404 answers an If-Match where the newest version is a delete marker, or nothing is there.
    private static bool IsConditionFailed(AmazonServiceException e, PutCondition condition) =>
        e.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict
        || (condition.IfMatch is not null && e.StatusCode == HttpStatusCode.NotFound && !AwsErrorCodes.IsNoBucket(e));

    // 501 is a refusal for good: this store doesn't know the header or the call. Everything else from 500 on, and
    // silence, leaves open whether the object is there or will yet be.
    private static bool IsUnknown(Exception e) =>
        AwsErrors.IsLostAnswer(e) || AwsErrors.IsGarbled(e)
        || (e is AmazonServiceException service && AwsErrorCodes.IsServers(service) && !AwsErrorCodes.IsUnknownCall(service));
}
