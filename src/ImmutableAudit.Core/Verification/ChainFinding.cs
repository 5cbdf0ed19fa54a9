namespace ImmutableAudit.Verification;

/// <summary>How much a finding weighs.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing; happens in honest operation.</summary>
    Information,

    /// <summary>Somebody did something odd, and no record is affected by it.</summary>
    Warning,

    /// <summary>It couldn't be seen, so it isn't known to be fine.</summary>
    Unknown,

    /// <summary>A promise of the log is broken.</summary>
    Failure,
}

/// <summary>What was found.</summary>
public enum FindingKind
{
    /// <summary>There is no valid first segment.</summary>
    GenesisInvalid,

    /// <summary>The log isn't the one that was expected, or isn't sealed by a key that is trusted.</summary>
    NotTrusted,

    /// <summary>A segment was altered or damaged.</summary>
    SegmentInvalid,

    /// <summary>Records are missing: their segment isn't there.</summary>
    RecordsMissing,

    /// <summary>The log ends before a checkpoint or receipt that is known: newest records were removed.</summary>
    Truncated,

    /// <summary>The log has another history than a checkpoint or receipt that is known.</summary>
    HistoryChanged,

    /// <summary>Two validly sealed segments follow the same one, and the log goes on from the one that doesn't count.</summary>
    Forked,

    /// <summary>A validly sealed segment stands where none can begin.</summary>
    MisplacedSegment,

    /// <summary>A record claims an earlier <c>recorded</c> than the one before it.</summary>
    RecordedFalls,

    /// <summary>A record claims to have been recorded before the store had the segment before it.</summary>
    RecordedTooEarly,

    /// <summary>A record claims to have been recorded after the store had it.</summary>
    RecordedTooLate,

    /// <summary>A version isn't locked as the genesis promises.</summary>
    RetentionLess,

    /// <summary>Only current objects could be listed, so what lies under and over them isn't known.</summary>
    VersionsUnseen,

    /// <summary>How a version is locked couldn't be seen.</summary>
    RetentionUnknown,

    /// <summary>An object can't be read, so nobody knows whether it counts.</summary>
    Unreadable,

    /// <summary>A delete marker hides a segment from plain readers.</summary>
    DeleteMarker,

    /// <summary>Another version lies over or under the one that counts; it isn't a segment that follows there.</summary>
    ShadowVersion,

    /// <summary>A writer's segment that lost a race; its events are in the log elsewhere.</summary>
    LostRace,

    /// <summary>A writer's segment that lost and whose events are nowhere in the log: never acknowledged.</summary>
    Unfinished,

    /// <summary>Something lies on the key of the next segment; it doesn't count and doesn't block the log.</summary>
    GarbageOnNextKey,

    /// <summary>An object under a name that isn't a segment's, or where no segment begins.</summary>
    StrangeObject,

    /// <summary>Two records have the same id: sent twice, not tampered with.</summary>
    RepeatedId,

    /// <summary>Records sealed by a key that is reported compromised, where nothing shows that they are older than that.</summary>
    Suspect,

    /// <summary>The newest segment is older than the heartbeat that the genesis promises.</summary>
    HeartbeatMissed,

    /// <summary>A Merkle tile differs from what the records say, or is hidden. Tiles prove nothing, and no record is affected.</summary>
    TileInvalid,

    /// <summary>Merkle tiles are missing among others that are there: proofs take a little longer.</summary>
    TilesMissing,

    /// <summary>A summary, which searches go by, isn't signed by a key that counts; or it is, and differs from what the records say.</summary>
    IndexInvalid,

    /// <summary>Summaries are missing among others that are there: searches read more.</summary>
    IndexMissing,

    /// <summary>An object among the timestamps that isn't a sound one over a checkpoint of this log.</summary>
    TimestampInvalid,

    /// <summary>A sound timestamp by somebody whom the verifier doesn't trust.</summary>
    TimestampUntrusted,

    /// <summary>Timestamps whose worth isn't known: no roots were given, or they couldn't be read.</summary>
    TimestampUnchecked,

    /// <summary>More findings than are listed.</summary>
    MoreFindings,
}

/// <summary>One thing that a verification found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Severity">How much it weighs.</param>
/// <param name="Sequence">The record, or the first of several; null where only an object can be named.</param>
/// <param name="LastSequence">The last record where it is about several; otherwise null.</param>
/// <param name="ObjectKey">The object's key; null where there is none.</param>
/// <param name="VersionId">The object's version; null where the store keeps none or it is about the whole key.</param>
/// <param name="Message">What was seen and what it means, for a person.</param>
public sealed record ChainFinding(
    FindingKind Kind, FindingSeverity Severity, long? Sequence, long? LastSequence, string? ObjectKey, string? VersionId, string Message)
{
    /// <summary>The message with where it is about.</summary>
    public override string ToString() => $"{Severity}: {Kind}: {Message}";
}
