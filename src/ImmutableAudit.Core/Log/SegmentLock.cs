using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>What became of the lock of one segment.</summary>
public enum SegmentLockOutcome
{
    /// <summary>It would be changed. Nothing was.</summary>
    WouldDo,

    /// <summary>Changed, and seen when read back.</summary>
    Done,

    /// <summary>It was so before; nothing was sent.</summary>
    AlreadySo,

    /// <summary>Its lock reaches further than asked, and stays.</summary>
    KeptLonger,

    /// <summary>Not asked of the store, because the lock would be weaker, or can't be.</summary>
    Refused,

    /// <summary>These credentials may not.</summary>
    NotPermitted,

    /// <summary>The endpoint said no, or said yes and didn't do it.</summary>
    RefusedByEndpoint,

    /// <summary>The lock can't be seen: it wasn't touched, or nobody knows what came of the change.</summary>
    NotSeen,
}

/// <summary>The lock of the version that counts for one segment. The members are flat, so that tables and exports are too.</summary>
public sealed record SegmentLock
{
    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>The segment's key, relative to the log.</summary>
    public required string Segment { get; init; }

    /// <summary>The version that counts.</summary>
    public required string? VersionId { get; init; }

    /// <summary>The segment's first record.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>The segment's last record.</summary>
    public required long LastSequence { get; init; }

    /// <summary>What became of it.</summary>
    public required SegmentLockOutcome Outcome { get; init; }

    /// <summary>The mode as read back; null where there is no lock or it can't be seen.</summary>
    public RetentionMode? Mode { get; init; }

    /// <summary>The last moment of protection as read back, UTC; null where there is no lock or it can't be seen.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether a legal hold is on, as read back; null where the store didn't say.</summary>
    public bool? LegalHold { get; init; }

    /// <summary>What would be done, or why it wasn't; null where there is nothing to add.</summary>
    public string? Detail { get; init; }
}

/// <summary>One segment's lock, and the error if it isn't as it was asked for.</summary>
/// <param name="Lock">The lock.</param>
/// <param name="Error">What went wrong; null if nothing did.</param>
public sealed record SegmentLockResult(SegmentLock Lock, AuditException? Error);
