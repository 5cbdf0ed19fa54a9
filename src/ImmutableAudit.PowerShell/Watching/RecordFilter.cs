using System.Management.Automation;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>Picks records by wildcards, as PowerShell's -like does: in whatever case, and any of several.</summary>
internal sealed class RecordFilter(string[]? actor, string[]? action, string[]? resource, AuditOutcome[]? outcome)
{
    private readonly WildcardPattern[] _actor = Patterns(actor);
    private readonly WildcardPattern[] _action = Patterns(action);
    private readonly WildcardPattern[] _resource = Patterns(resource);

    public bool Takes(AuditRecord record) =>
        Matches(_actor, record.ActorId, record.ActorName)
        && Matches(_action, record.Action)
        && Matches(_resource, record.ResourceId, record.ResourceName)
        && (outcome is not { Length: > 0 } || (record.Outcome is { } known && outcome.Contains(known)));

    private static WildcardPattern[] Patterns(string[]? texts) =>
        [.. (texts ?? []).Select(text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase))];

    private static bool Matches(WildcardPattern[] patterns, params ReadOnlySpan<string?> texts)
    {
        if (patterns.Length == 0)
            return true;
        foreach (var text in texts)
        {
            if (text is not null && patterns.Any(pattern => pattern.IsMatch(text)))
                return true;
        }

        return false;
    }
}
