using Amazon.Runtime;
using Amazon.S3;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Reads the lock that the bucket gives to new objects by itself.</summary>
internal sealed class S3DefaultRetention(AmazonS3Client client, S3Place place)
{
    public async ValueTask<DefaultRetention> ReadAsync(CancellationToken cancellationToken)
    {
        var call = place.OnBucket(BucketLock.ReadAction);
        try
        {
            var (isEnabled, period) = await BucketLock.ReadAsync(client, place.Bucket, cancellationToken).ConfigureAwait(false);
            if (isEnabled && period is { } known)
                return new DefaultRetention(RetentionKnowledge.Locked, known.Mode, known.TotalDays);
            return new DefaultRetention(RetentionKnowledge.NotLocked, Reason: isEnabled
                ? $"The bucket '{place.Bucket}' has Object Lock and no default retention. Set one with New-AuditBucket."
                : $"The bucket '{place.Bucket}' has no Object Lock, so nothing in it is locked. Set one up with New-AuditBucket.");
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
        {
            var said = AwsErrors.Words(e, call);
            return new DefaultRetention(RetentionKnowledge.Unknown, Reason: AwsErrorCodes.IsDenied(e)
                ? $"{said}. {AwsErrors.Allow(call)}" : $"{place.Connection.Place.Name} couldn't tell: {said}.");
        }
        catch (Exception e) when (AwsErrors.IsGarbled(e))
        {
            return new DefaultRetention(RetentionKnowledge.Unknown, Reason: AwsErrors.Translate(e, call).Message);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }
}
