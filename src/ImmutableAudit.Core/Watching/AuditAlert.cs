using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>What an alert is about.</summary>
public enum AlertKind
{
    /// <summary>A promise of the log is broken: a segment was altered, removed, forked, back-dated or put elsewhere. <see cref="AuditAlert.Finding"/> says which.</summary>
    Tampering,

    /// <summary>A version lies over or under the one that counts, or something invalid on the next segment's name.</summary>
    ShadowVersion,

    /// <summary>A delete marker hides a segment from plain readers.</summary>
    DeleteMarker,

    /// <summary>A name that isn't a segment's, or where no segment begins.</summary>
    StrangeObject,

    /// <summary>A new segment isn't locked as promised, or the bucket's default retention is less than it was or than the log promises.</summary>
    RetentionWeakened,

    /// <summary>The log has been silent for longer than its heartbeat.</summary>
    Silence,

    /// <summary>A writer's clock was ahead of the store's.</summary>
    ClockOff,

    /// <summary>Something can't be seen: the store doesn't answer or refuses, an object can't be read, a lock isn't told.</summary>
    Unknown,

    /// <summary>What was told as unknown, silent or damaged is over.</summary>
    Recovered,

    /// <summary>An actor failed, or was denied, too often in too short a time.</summary>
    RepeatedFailures,

    /// <summary>An actor used a resource for the first time, as far as the watcher remembers.</summary>
    FirstAccess,
}

/// <summary>Something that the watcher of a log thinks people should know. The members are flat, so that tables and exports are too.</summary>
public sealed record AuditAlert
{
    /// <summary>What it is about.</summary>
    public required AlertKind Kind { get; init; }

    /// <summary>How much it weighs.</summary>
    public required FindingSeverity Severity { get; init; }

    /// <summary>When the watcher saw it, UTC, by its own clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>What was seen and what it means, for a person.</summary>
    public required string Message { get; init; }

    /// <summary>Whether what was seen leaves no other explanation; false where something couldn't be seen or may be honest.</summary>
    public required bool IsCertain { get; init; }

    /// <summary>What a verification calls it; null where a verification has no word for it.</summary>
    public FindingKind? Finding { get; init; }

    /// <summary>The record, or the first of several; null where only an object, or none, can be named.</summary>
    public long? Sequence { get; init; }

    /// <summary>The last record where it is about several; otherwise null.</summary>
    public long? LastSequence { get; init; }

    /// <summary>The object's key, relative to the log; null where there is none.</summary>
    public string? Segment { get; init; }

    /// <summary>The object's version; null where the store keeps none or it is about the whole key.</summary>
    public string? VersionId { get; init; }

    /// <summary>The actor; null where it isn't about one.</summary>
    public string? Actor { get; init; }

    /// <summary>The resource; null where it isn't about one.</summary>
    public string? Resource { get; init; }

    /// <summary>The alert in one line.</summary>
    public override string ToString() => $"{Severity}: {Kind}: {Message}";
}

/// <summary>What a watcher hands out: a record, or an alert.</summary>
public sealed record WatchItem
{
    internal WatchItem(Events.AuditRecord record) => Record = record;

    internal WatchItem(AuditAlert alert) => Alert = alert;

    /// <summary>The record; null for an alert.</summary>
    public Events.AuditRecord? Record { get; }

    /// <summary>The alert; null for a record.</summary>
    public AuditAlert? Alert { get; }
}
