using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>What a session records of one thing that happened in it. Holds no secret any more, and can be kept as JSON.</summary>
internal sealed record SessionEntry
{
    public const string SessionStart = "powershell:SessionStart";
    public const string CommandRun = "powershell:Command";
    public const string SessionEnd = "powershell:SessionEnd";

    /// <summary>Counts up by one within the session, so that a gap can be seen.</summary>
    public required long Number { get; init; }

    public required string Action { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required string ActorId { get; init; }

    public string? Ip { get; init; }

    public required string Session { get; init; }

    public string? Target { get; init; }

    public AuditOutcome? Outcome { get; init; }

    public string? Reason { get; init; }

    public required string Host { get; init; }

    public Dictionary<string, object?> Data { get; init; } = [];

    public AuditEvent ToEvent() => new()
    {
        Action = Action,
        Time = Time,
        ActorType = "User",
        ActorId = ActorId,
        Ip = Ip,
        Session = Session,
        ResourceId = Target,
        Outcome = Outcome,
        Reason = Reason,
        Host = Host,
        App = "PowerShell",
        Data = EventData.From(new KeyValuePair<string, object?>[] { new("number", Number) }.Concat(Data)),
    };

    /// <summary>The same, known from a spool to have been begun and never to have come back.</summary>
    public SessionEntry Unfinished(string reason) => this with { Outcome = AuditOutcome.Unknown, Reason = reason };

    public SessionEntry With(string name, object? value) => this with { Data = new Dictionary<string, object?>(Data) { [name] = value } };
}
