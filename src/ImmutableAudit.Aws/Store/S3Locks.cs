using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// Changes how one version is locked. Nothing here ever sends the header that bypasses governance: what takes it would
/// be weakening a lock.
/// </summary>
/// <param name="client">A client that may repeat: asking for the same lock twice gives that lock.</param>
/// <param name="place">The log's place.</param>
internal sealed class S3Locks(AmazonS3Client client, S3Place place)
{
    public void CheckUntil(DateTimeOffset until) => LockLimits.Check(place.Connection.Place, until, place.Location);

    public async ValueTask PutRetentionAsync(StoredVersion version, RetentionUntil retention, CancellationToken cancellationToken)
    {
        NotAMarker(version);
        var call = place.OnVersion("s3:PutObjectRetention", version);
        LockLimits.Check(place.Connection.Place, retention.Until, call.Target);
        var request = new PutObjectRetentionRequest
        {
            BucketName = place.Bucket,
            Key = place.Full(version.Key),
            VersionId = version.VersionId,
            Retention = new ObjectLockRetention
            {
                Mode = retention.Mode == RetentionMode.Compliance ? ObjectLockRetentionMode.Compliance : ObjectLockRetentionMode.Governance,
                RetainUntilDate = LockLimits.WholeSecondsUp(retention.Until.UtcDateTime),
            },
        };
        await SendAsync(call, () => client.PutObjectRetentionAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask PutLegalHoldAsync(StoredVersion version, bool on, CancellationToken cancellationToken)
    {
        NotAMarker(version);
        var request = new PutObjectLegalHoldRequest
        {
            BucketName = place.Bucket,
            Key = place.Full(version.Key),
            VersionId = version.VersionId,
            LegalHold = new ObjectLockLegalHold { Status = on ? ObjectLockLegalHoldStatus.On : ObjectLockLegalHoldStatus.Off },
        };
        await SendAsync(
            place.OnVersion("s3:PutObjectLegalHold", version), () => client.PutObjectLegalHoldAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<LegalHoldSeen> ReadLegalHoldAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        NotAMarker(version);
        var call = place.OnVersion("s3:GetObjectLegalHold", version);
        try
        {
            var request = new GetObjectLegalHoldRequest { BucketName = place.Bucket, Key = place.Full(version.Key), VersionId = version.VersionId };
            var answer = await client.GetObjectLegalHoldAsync(request, cancellationToken).ConfigureAwait(false);
            return S3Retention.Hold(answer.LegalHold?.Status) is { } on
                ? new LegalHoldSeen(on)
                : new LegalHoldSeen(null, $"{call.Action} gave an answer without a status, which says nothing.");
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
        {
            return S3Retention.SaysNone(e) ? new LegalHoldSeen(false) : new LegalHoldSeen(null, S3Retention.Why(e, call));
        }
        catch (Exception e) when (AwsErrors.IsGarbled(e))
        {
            return new LegalHoldSeen(null, AwsErrors.Translate(e, call).Message);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    private async Task SendAsync<T>(AwsCall call, Func<Task<T>> send, CancellationToken cancellationToken)
    {
        try
        {
            await send().ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (e.StatusCode == HttpStatusCode.BadRequest && S3Retention.SaysNone(e))
        {
            throw new AuditException(AuditErrors.BucketWithoutObjectLock,
                $"The bucket '{place.Bucket}' has no Object Lock, so nothing in it can be locked: {AwsErrors.Words(e, call)}. Set one up with New-AuditBucket.", call.Target);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    private static void NotAMarker(StoredVersion version)
    {
        if (version.IsDeleteMarker)
            throw new ArgumentException("A delete marker can't be locked.", nameof(version));
    }
}
