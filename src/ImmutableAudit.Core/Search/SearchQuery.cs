using ImmutableAudit.Events;

namespace ImmutableAudit.Search;

/// <summary>
/// What records to find. All that is given must hold; of several names one. In names <c>*</c>, <c>?</c> and <c>[a-z]</c> stand for
/// others, and a backtick before one of these for itself.
/// </summary>
public sealed record SearchQuery
{
    /// <summary>The actor's id or name, whatever the case of A–Z.</summary>
    public IReadOnlyList<string> Actors { get; init; } = [];

    /// <summary>The resource's id or name, in the same case: an object store's keys differ by it.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>The action, whatever the case of A–Z.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>The outcome. A record that has none isn't found by any.</summary>
    public IReadOnlyList<AuditOutcome> Outcomes { get; init; } = [];

    /// <summary>It happened then or later, as its source says.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>It happened before then, as its source says.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Stands in the record's line, as JSON has it there, whatever the case of A–Z; null for anything. No summary tells of it.</summary>
    public string? Text { get; init; }

    /// <summary>From the log's beginning to its end; otherwise the newest record first.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>So many at most; null for all.</summary>
    public long? Most { get; init; }
}
