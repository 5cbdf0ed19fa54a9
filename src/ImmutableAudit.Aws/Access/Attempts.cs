using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Access;

namespace ImmutableAudit.Aws;

/// <summary>Makes attempts and says what came of each. Only HTTP 403 AccessDenied counts as refused.</summary>
internal sealed class Attempts(AwsConnection connection, string bucket)
{
    private readonly List<AccessAttempt> _made = [];

    public IReadOnlyList<AccessAttempt> Made => _made;

    /// <summary>Tries something.</summary>
    /// <param name="action">The IAM action that it takes.</param>
    /// <param name="what">What is tried, in words.</param>
    /// <param name="attempt">Does it. What changes something isn't to be cancelled: nobody would know what came of it.</param>
    /// <param name="undo">Takes it back where it succeeded, or may have.</param>
    /// <param name="isReading">Whether it only reads.</param>
    public async Task TryAsync(string action, string what, Func<Task> attempt, Func<Task>? undo = null, bool isReading = false)
    {
        var call = new AwsCall(connection, action, "s3://" + bucket, bucket);
        var (outcome, detail, mayBeDone) = (AttemptOutcome.Allowed, (string?)null, true);
        try
        {
            await attempt().ConfigureAwait(false);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e) || e is AuditException)
        {
            (outcome, detail) = Judge(e, call);
            mayBeDone = MayBeDone(e);
        }

        if (undo is not null && mayBeDone)
        {
            try
            {
                await undo().ConfigureAwait(false);
            }
            catch (Exception e) when (AwsErrors.IsOurs(e) || e is AuditException)
            {
                var (begin, subject) = outcome == AttemptOutcome.Allowed ? ("", "It") : (detail + " ", "What it may have done");
                detail = $"{begin}{subject} could not be taken back: {AwsErrors.Translate(e, call).Message}".TrimStart();
            }
        }

        _made.Add(new AccessAttempt(action, what, isReading, outcome, detail));
    }

    // Where the answer was lost, or is the server's own failure, it may have been done all the same.
    private static bool MayBeDone(Exception e) => AwsErrors.IsLostAnswer(e) || AwsErrors.IsGarbled(e)
        || e is AuditException { ErrorId: AuditErrors.StoreUnreachable or AuditErrors.StoreFailed } || (e is AmazonServiceException service && AwsErrorCodes.IsServers(service));

    private static (AttemptOutcome Outcome, string? Detail) Judge(Exception e, AwsCall call)
    {
        switch (e)
        {
            case AuditException known:
                return known.ErrorId == AuditErrors.AccessDenied ? (AttemptOutcome.Refused, null) : (AttemptOutcome.Unclear, known.Message);
            case DeleteObjectsException several:
                // Several at once are answered one by one, and one that was removed is enough.
                var codes = (several.Response?.DeleteErrors ?? []).Select(error => error.Code).Distinct().ToList();
                var some = $"some were answered by {string.Join(", ", codes)}";
                if (several.Response?.DeletedObjects?.Count > 0)
                    return (AttemptOutcome.Allowed, some);
                return codes is ["AccessDenied"] ? (AttemptOutcome.Refused, null) : (AttemptOutcome.Unclear, some);
            case AmazonServiceException { StatusCode: HttpStatusCode.Forbidden, ErrorCode: "AccessDenied" }:
                return (AttemptOutcome.Refused, null);
            case AmazonServiceException service when !AwsErrors.IsLostAnswer(e):
                return (AttemptOutcome.Unclear, AwsErrors.Words(service, call));
            default:
                return (AttemptOutcome.Unclear, AwsErrors.Translate(e, call).Message);
        }
    }

    public void Leave(string action, string what, string why, bool isReading = false) =>
        _made.Add(new AccessAttempt(action, what, isReading, AttemptOutcome.NotTried, why));
}
