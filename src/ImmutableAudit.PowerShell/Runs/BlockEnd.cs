using System.Management.Automation;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>How a block ended, as its end's record tells it.</summary>
internal sealed record BlockEnd(AuditOutcome Outcome, string? Reason, IReadOnlyDictionary<string, object?> Data)
{
    /// <param name="thrown">What it threw; null if it came to its end.</param>
    /// <param name="stopped">Whether somebody pressed Ctrl+C.</param>
    /// <param name="errors">How many errors it added to <c>$Error</c>, and the newest.</param>
    /// <param name="secrets">What was masked in its text.</param>
    public static BlockEnd Of(Exception? thrown, bool stopped, (int Count, string? Message, string? Id) errors, IReadOnlyList<string> secrets)
    {
        var data = new Dictionary<string, object?>();
        var (outcome, reason) = (AuditOutcome.Success, (string?)null);
        if (stopped || thrown is PipelineStoppedException)
            (outcome, reason) = (AuditOutcome.Unknown, "stopped");
        else if (thrown is not null && IsFlow(thrown))
            // exit, break and continue: what it meant to do ended there, and not by an error.
            (outcome, reason) = (AuditOutcome.Unknown, $"left by {thrown.GetType().Name.Replace("Exception", "", StringComparison.Ordinal).ToLowerInvariant()}");
        else if (thrown is not null)
        {
            var (message, id) = CommandErrors.Read(thrown);
            (outcome, reason) = (AuditOutcome.Failure, Masked(message, secrets));
            data["errorId"] = Masked(id, secrets);
        }

        if (errors.Count > 0)
        {
            data["errors"] = errors.Count;
            data["error"] = Masked(errors.Message, secrets);
            data.TryAdd("errorId", Masked(errors.Id, secrets));
        }

        return new BlockEnd(outcome, reason, data);
    }

    // PowerShell's own exceptions for exit, break and continue aren't public.
    public static bool IsFlow(Exception thrown)
    {
        for (var type = thrown.GetType(); type is not null; type = type.BaseType)
        {
            if (type.Name == "FlowControlException")
                return true;
        }

        return false;
    }

    private static string? Masked(string? text, IReadOnlyList<string> secrets) =>
        text is null ? null : BoundedText.Cut(CommandMasker.Message(text, secrets), BoundedText.MessageBytes);
}
