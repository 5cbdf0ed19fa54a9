using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// Reads how one version is locked. HEAD shows the lock to whoever may see it and nothing to everybody else, so a
/// header that isn't there says nothing: GetObjectRetention tells "none" from "not for you".
/// </summary>
internal sealed class S3Retention(AmazonS3Client client, S3Place place)
{
    private const string Action = "s3:GetObjectRetention";

    public async ValueTask<RetentionSeen> ReadAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        if (version.IsDeleteMarker)
            throw new ArgumentException("A delete marker can't be locked.", nameof(version));

        var (fromHead, legalHold) = await HeadAsync(version, cancellationToken).ConfigureAwait(false);
        return fromHead ?? await AskAsync(version, legalHold, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(RetentionSeen? Seen, bool? LegalHold)> HeadAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        try
        {
            var request = new GetObjectMetadataRequest { BucketName = place.Bucket, Key = place.Full(version.Key), VersionId = version.VersionId };
            var answer = await client.GetObjectMetadataAsync(request, cancellationToken).ConfigureAwait(false);
            var hold = Hold(answer.ObjectLockLegalHoldStatus);
            return (Locked(answer.ObjectLockMode?.Value, answer.ObjectLockRetainUntilDate, hold), hold);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
        {
            // An answer to HEAD has no body, so its errors tell little. The next question is answered with a reason,
            // and it takes a permission of its own.
            return (null, null);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, place.OnVersion("s3:GetObjectVersion", version));
        }
    }

    private async Task<RetentionSeen> AskAsync(StoredVersion version, bool? legalHold, CancellationToken cancellationToken)
    {
        var call = place.OnVersion(Action, version);
        try
        {
            var request = new GetObjectRetentionRequest { BucketName = place.Bucket, Key = place.Full(version.Key), VersionId = version.VersionId };
            var answer = await client.GetObjectRetentionAsync(request, cancellationToken).ConfigureAwait(false);
            return Locked(answer.Retention?.Mode?.Value, answer.Retention?.RetainUntilDate, legalHold)
                ?? Unknown(legalHold, $"{Action} gave an answer without mode and date, which says nothing.");
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
        {
            return SaysNone(e) ? new RetentionSeen(RetentionKnowledge.NotLocked, LegalHold: legalHold) : Unknown(legalHold, Why(e, call));
        }
        catch (Exception e) when (AwsErrors.IsGarbled(e))
        {
            return Unknown(legalHold, AwsErrors.Translate(e, call).Message);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    private static RetentionSeen? Locked(string? mode, DateTime? until, bool? legalHold)
    {
        if (until is not { } moment)
            return null;
        RetentionMode? known = mode switch
        {
            "COMPLIANCE" => RetentionMode.Compliance,
            "GOVERNANCE" => RetentionMode.Governance,
            _ => null,
        };
        return known is null
            ? null
            : new RetentionSeen(RetentionKnowledge.Locked, known, new DateTimeOffset(moment.ToUniversalTime()), legalHold);
    }

    // The bucket's having no Object Lock at all is told with 400 InvalidRequest ("Bucket is missing Object Lock
    // Configuration", on Ceph "bucket object lock not configured", on moto in one word): then no version of it is locked.
    internal static bool SaysNone(AmazonServiceException e) =>
        e.ErrorCode is "NoSuchObjectLockConfiguration" or "ObjectLockConfigurationNotFoundError"
        || (e.StatusCode == HttpStatusCode.BadRequest && e.ErrorCode == "InvalidRequest"
            && e.Message.Replace(" ", "", StringComparison.Ordinal).Contains("objectlock", StringComparison.OrdinalIgnoreCase));

    internal static string Why(AmazonServiceException e, AwsCall call)
    {
        var said = AwsErrors.Words(e, call);
        if (AwsErrorCodes.IsDenied(e))
            return $"{said}. {AwsErrors.Allow(call)}";
        return e.StatusCode == HttpStatusCode.NotFound ? $"The version is no longer there: {said}." : $"{call.Connection.Place.Name} couldn't tell: {said}.";
    }

    // Sent only to those who may see it, and not for versions that never had one: absent means unknown.
    internal static bool? Hold(ObjectLockLegalHoldStatus? status) => status?.Value switch
    {
        "ON" => true,
        "OFF" => false,
        _ => null,
    };

    private static RetentionSeen Unknown(bool? legalHold, string why) => new(RetentionKnowledge.Unknown, LegalHold: legalHold, Reason: why);
}
