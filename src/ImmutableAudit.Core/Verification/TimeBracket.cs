namespace ImmutableAudit.Verification;

/// <summary>Whose word a time is.</summary>
public enum TimeSource
{
    /// <summary>Nobody's: the time isn't known.</summary>
    Unknown,

    /// <summary>The store's own clock, when it took a segment.</summary>
    Store,

    /// <summary>A timestamping authority's that the verifier trusts.</summary>
    Timestamp,
}

/// <summary>
/// Between which times a record came into a log, by others' clocks than its writer's. No tolerance is taken off or added.
/// </summary>
/// <param name="Sequence">The record.</param>
/// <param name="Earliest">Before this time it wasn't in the log at its place: the store got the segment before it only then. UTC; null where that isn't known.</param>
/// <param name="EarliestSource">Whose word that is. Never a timestamp's: a token says what was there, not what wasn't.</param>
/// <param name="EarliestFrom">The object that shows it; null where none does.</param>
/// <param name="Latest">At this time it existed: the store had its segment, or a trusted timestamp covers it, whichever is first. UTC; null where that isn't known.</param>
/// <param name="LatestSource">Whose word that is.</param>
/// <param name="LatestFrom">The object that shows it; null where none does.</param>
public sealed record TimeBracket(
    long Sequence,
    DateTimeOffset? Earliest,
    TimeSource EarliestSource,
    string? EarliestFrom,
    DateTimeOffset? Latest,
    TimeSource LatestSource,
    string? LatestFrom);
