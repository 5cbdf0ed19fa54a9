using System.Management.Automation;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell;

/// <summary>Tells what became of the events where a commit failed: how many are certain, how many nobody knows of, how many aren't there.</summary>
internal static class CommitErrors
{
    public static ErrorRecord Of(CommitResult result, EventFeed feed, string location)
    {
        var cause = result.Failure!;
        var error = new AuditException(
            cause.ErrorId,
            $"{cause.Message} Of {feed.Taken:N0} events {feed.Acknowledged:N0} are acknowledged, {feed.InDoubt.Count:N0} in doubt, {feed.NotWritten:N0} not written.",
            location,
            cause);
        error.Data["Acknowledged"] = feed.Acknowledged;
        error.Data["InDoubt"] = feed.InDoubt.Count;
        error.Data["InDoubtIds"] = feed.InDoubt.ToArray();
        error.Data["NotWritten"] = feed.NotWritten;
        return ErrorRecords.From(error, location);
    }
}
