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

    public async Task TryAsync(string action, string what, Func<Task> attempt, Func<Task>? undo = null, bool isReading = false)
    {
        var call = new AwsCall(connection, action, "s3://" + bucket, bucket);
        try
        {
            await attempt().ConfigureAwait(false);
        }
        catch (AuditException e)
        {
            _made.Add(new AccessAttempt(action, what, isReading, e.ErrorId == AuditErrors.AccessDenied ? AttemptOutcome.Refused : AttemptOutcome.Unclear, e.ErrorId == AuditErrors.AccessDenied ? null : e.Message));
            return;
        }
        catch (DeleteObjectsException e)
        {
            // Several at once are answered one by one, and one that was removed is enough.
            var codes = (e.Response?.DeleteErrors ?? []).Select(error => error.Code).Distinct().ToList();
            var isRefused = codes is ["AccessDenied"];
            var outcome = e.Response?.DeletedObjects?.Count > 0 ? AttemptOutcome.Allowed : isRefused ? AttemptOutcome.Refused : AttemptOutcome.Unclear;
            _made.Add(new AccessAttempt(action, what, isReading, outcome, outcome == AttemptOutcome.Refused ? null : $"some were answered by {string.Join(", ", codes)}"));
            return;
        }
        catch (AmazonServiceException e) when (e is { StatusCode: HttpStatusCode.Forbidden, ErrorCode: "AccessDenied" })
        {
            _made.Add(new AccessAttempt(action, what, isReading, AttemptOutcome.Refused));
            return;
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            var said = e is AmazonServiceException service && !AwsErrors.IsLostAnswer(e) ? AwsErrors.Words(service, call) : AwsErrors.Translate(e, call).Message;
            _made.Add(new AccessAttempt(action, what, isReading, AttemptOutcome.Unclear, said));
            return;
        }

        string? trouble = null;
        if (undo is not null)
        {
            try
            {
                await undo().ConfigureAwait(false);
            }
            catch (Exception e) when (AwsErrors.IsOurs(e) || e is AuditException)
            {
                trouble = $"It could not be taken back: {AwsErrors.Translate(e, call).Message}";
            }
        }

        _made.Add(new AccessAttempt(action, what, isReading, AttemptOutcome.Allowed, trouble));
    }

    public void Leave(string action, string what, string why, bool isReading = false) =>
        _made.Add(new AccessAttempt(action, what, isReading, AttemptOutcome.NotTried, why));
}
