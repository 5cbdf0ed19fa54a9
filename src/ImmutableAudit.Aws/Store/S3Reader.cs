using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Reads one version whole, and tells apart why one can't be read.</summary>
/// <param name="streamed">A client that leaves bodies to us.</param>
/// <param name="place">The log's place.</param>
internal sealed class S3Reader(AmazonS3Client streamed, S3Place place)
{
    // The SDK tries again until the headers are there; a body that breaks off is up to us.
    private const int BodyAttempts = 3;

    public async ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken)
    {
        if (version.IsDeleteMarker)
            throw new ArgumentException("A delete marker has nothing to read.", nameof(version));

        var call = place.OnVersion("s3:GetObjectVersion", version);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var answer = await streamed.GetObjectAsync(Request(version), cancellationToken).ConfigureAwait(false);
                return await TakeAsync(answer, maxBytes, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (BodyBrokenException) when (attempt < BodyAttempts)
            {
                // The next attempt begins from the first byte.
            }
            catch (BodyBrokenException e)
            {
                throw AwsErrors.Translate(e.InnerException!, call);
            }
            catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
            {
                return Explain(e, call);
            }
            catch (Exception e) when (AwsErrors.IsOurs(e))
            {
                throw AwsErrors.Translate(e, call);
            }
        }
    }

    private GetObjectRequest Request(StoredVersion version) =>
        new() { BucketName = place.Bucket, Key = place.Full(version.Key), VersionId = version.VersionId };

    private async Task<ReadResult> TakeAsync(GetObjectResponse answer, int maxBytes, CancellationToken cancellationToken)
    {
        var isReplica = answer.ReplicationStatus == ReplicationStatus.Replica;
        if (answer.ContentLength > maxBytes)
            return new ReadResult(ReadStatus.TooLarge, default, isReplica, $"It has {answer.ContentLength} bytes, more than {maxBytes}.");

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // One byte more than is allowed shows an answer that is longer than it said.
        var buffer = new byte[(answer.ContentLength > 0 ? answer.ContentLength : Math.Min(maxBytes, 64 << 10)) + 1];
        var filled = 0;
        try
        {
            while (true)
            {
                silence.CancelAfter(place.Connection.Timeouts.Silence);
                var read = await answer.ResponseStream.ReadAsync(buffer.AsMemory(filled), silence.Token).ConfigureAwait(false);
                if (read == 0)
                    break;
                filled += read;
                if (filled > maxBytes)
                    return new ReadResult(ReadStatus.TooLarge, default, isReplica, $"It has more than {maxBytes} bytes.");
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maxBytes + 1L));
            }
        }
        catch (Exception e) when (AwsErrors.IsLostAnswer(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new BodyBrokenException(e);
        }

        return new ReadResult(ReadStatus.Ok, buffer.AsMemory(0, filled), isReplica);
    }

    private static ReadResult Explain(AmazonServiceException e, AwsCall call)
    {
        if (e.StatusCode == HttpStatusCode.NotFound)
            return Not(ReadStatus.Gone, $"It is no longer there: {AwsErrors.Words(e, call)}.");
        if (IsCustomerKey(e))
            return Not(ReadStatus.CustomerKey, $"It was stored under a key that its writer kept (SSE-C): {AwsErrors.Words(e, call)}.");
        return Not(ReadStatus.Unreadable, $"{AwsErrors.Words(e, call)}. {Cure(e, call)}");
    }

    private static string Cure(AmazonServiceException e, AwsCall call)
    {
        if (e.ErrorCode == "InvalidObjectState")
            return "It is archived: restore this version (RestoreObject) and run this again.";
        if (e.ErrorCode?.StartsWith("KMS.", StringComparison.Ordinal) == true || e.Message.Contains("kms:", StringComparison.OrdinalIgnoreCase))
            return "It is encrypted with a KMS key: allow kms:Decrypt on that key to these credentials, and make sure that the key is enabled.";
        if (AwsErrorCodes.IsDenied(e))
            return AwsErrors.Allow(call);
        return AwsErrorCodes.IsServers(e) ? "The store failed; try again later." : "Find out what makes this version unreadable, and run this again.";
    }

    // A 400 of another kind must not pass for SSE-C: such a version would be taken for garbage for good. S3, MinIO and
    // moto say "...using a form of Server Side Encryption. The correct parameters must be provided"; Ceph speaks of
    // "Server Side Encryption with Customer provided keys".
    private static bool IsCustomerKey(AmazonServiceException e) =>
        e.StatusCode == HttpStatusCode.BadRequest
        && e.ErrorCode is "InvalidRequest" or "InvalidArgument"
        && (e.Message.Contains("Server Side Encryption", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("customer provided key", StringComparison.OrdinalIgnoreCase));

    private static ReadResult Not(ReadStatus status, string reason) => new(status, default, false, reason);

    private sealed class BodyBrokenException(Exception cause) : Exception(cause.Message, cause);
}
