namespace ImmutableAudit.Storage;

/// <summary>How S3 Object Lock protects a version.</summary>
public enum RetentionMode
{
    /// <summary>Nobody can shorten or remove it before its time, the account's owner included.</summary>
    Compliance,

    /// <summary>Whoever has <c>s3:BypassGovernanceRetention</c> can.</summary>
    Governance,
}

/// <summary>A lock that is asked for.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Until">The last moment of protection, UTC.</param>
public sealed record RetentionUntil(RetentionMode Mode, DateTimeOffset Until);

/// <summary>How far a version's lock could be seen.</summary>
public enum RetentionKnowledge
{
    /// <summary>The store told the lock.</summary>
    Locked,

    /// <summary>The store told that there is none.</summary>
    NotLocked,

    /// <summary>The caller may not see it, or the store couldn't tell. Never to be taken for either.</summary>
    Unknown,

    /// <summary>The store has no locks (a directory).</summary>
    NotSupported,
}

/// <summary>How one version is locked, as read back from the store.</summary>
/// <param name="Knowledge">Whether it is known.</param>
/// <param name="Mode">The mode if locked.</param>
/// <param name="Until">The last moment of protection, UTC, if locked.</param>
/// <param name="LegalHold">Whether a legal hold is on; null where that isn't known.</param>
/// <param name="Reason">Why it isn't known, and which permission would tell; otherwise null.</param>
public sealed record RetentionSeen(
    RetentionKnowledge Knowledge, RetentionMode? Mode = null, DateTimeOffset? Until = null, bool? LegalHold = null, string? Reason = null);

/// <summary>The lock that a store gives to new objects by itself.</summary>
/// <param name="Knowledge">Whether it is known. <see cref="RetentionKnowledge.NotLocked"/>: the bucket has no Object Lock, or no default.</param>
/// <param name="Mode">The mode if there is one.</param>
/// <param name="Days">The period in days (a year counts as 365) if there is one.</param>
/// <param name="Reason">Why there is none or it isn't known, and what to do.</param>
public sealed record DefaultRetention(RetentionKnowledge Knowledge, RetentionMode? Mode = null, int? Days = null, string? Reason = null);
