namespace ImmutableAudit.Events;

/// <summary>
/// Who did what to which thing, when, from where, and how it ended: what a caller hands to a log. The log adds the
/// record's number, its link to the record before, its id and when it was recorded.
/// </summary>
public sealed record AuditEvent
{
    /// <summary>What was done, for example <c>s3:GetObject</c>. Not empty, and not beginning with <c>immutableaudit:</c>.</summary>
    public required string Action { get; init; }

    /// <summary>When it happened, as the source says; null for now.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The kind of actor, for example <c>User</c> or <c>Service</c>.</summary>
    public string? ActorType { get; init; }

    /// <summary>Who: an account, an ARN, a principal name.</summary>
    public string? ActorId { get; init; }

    /// <summary>The actor's name for people.</summary>
    public string? ActorName { get; init; }

    /// <summary>The network address that it came from.</summary>
    public string? Ip { get; init; }

    /// <summary>The session, token or access key under which it was done. Not a secret.</summary>
    public string? Session { get; init; }

    /// <summary>The kind of resource, for example <c>Object</c>.</summary>
    public string? ResourceType { get; init; }

    /// <summary>Which resource: a path, URI or ARN.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The resource's name for people.</summary>
    public string? ResourceName { get; init; }

    /// <summary>How it ended; null where the source has no notion of that.</summary>
    public AuditOutcome? Outcome { get; init; }

    /// <summary>Why it ended so, or why it was done.</summary>
    public string? Reason { get; init; }

    /// <summary>The host that saw it.</summary>
    public string? Host { get; init; }

    /// <summary>The program that saw it.</summary>
    public string? App { get; init; }

    /// <summary>Anything else, as a JSON object.</summary>
    public EventData? Data { get; init; }

    /// <summary>
    /// What tells this event from all others, made of its source alone: importing the same source again adds nothing.
    /// Null for what isn't imported.
    /// </summary>
    internal UInt128? ImportKey { get; init; }
}
