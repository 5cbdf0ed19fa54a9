using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Events;

/// <summary>
/// One record as it was read from a log, and verified: its segment is the one that counts at its place, folds to the
/// root that it signs, and is sealed by a key of the log. The members are flat, so that tables and exports are too.
/// </summary>
public sealed record AuditRecord
{
    /// <summary>The record's number, from 0.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it happened, as the source said.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The kind of actor.</summary>
    public string? ActorType { get; init; }

    /// <summary>Who.</summary>
    public string? ActorId { get; init; }

    /// <summary>The actor's name for people.</summary>
    public string? ActorName { get; init; }

    /// <summary>What was done.</summary>
    public required string Action { get; init; }

    /// <summary>The kind of resource.</summary>
    public string? ResourceType { get; init; }

    /// <summary>Which resource.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The resource's name for people.</summary>
    public string? ResourceName { get; init; }

    /// <summary>How it ended.</summary>
    public AuditOutcome? Outcome { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>The network address that it came from.</summary>
    public string? Ip { get; init; }

    /// <summary>The session under which it was done.</summary>
    public string? Session { get; init; }

    /// <summary>The host that saw it.</summary>
    public string? Host { get; init; }

    /// <summary>The program that saw it.</summary>
    public string? App { get; init; }

    /// <summary>When the log took it.</summary>
    public required DateTimeOffset Recorded { get; init; }

    /// <summary>The record's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Anything else, as JSON text; null if there is nothing.</summary>
    public string? Data { get; init; }

    /// <summary>SHA-256(0x00 ‖ line) in hex: what the next record names and the tree holds.</summary>
    public required string LeafHash { get; init; }

    /// <summary>The key of the segment that holds it.</summary>
    public required string Segment { get; init; }

    /// <summary>The version of that object which counts; null where the store keeps none.</summary>
    public string? VersionId { get; init; }

    /// <summary>The origin of the log that holds it, as the log's signatures name it.</summary>
    public required string Origin { get; init; }

    /// <summary>Always true: a record that doesn't verify isn't handed out.</summary>
    public bool Verified { get; } = true;

    /// <summary>The record's line as it was hashed, without its line feed.</summary>
    public required string Json { get; init; }

    /// <summary>Reads a line that was scanned and verified before.</summary>
    internal static AuditRecord FromVerified(ReadOnlyMemory<byte> line, Digest leaf, string origin, string segment, string? versionId)
    {
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = LogFormat.MaxDepth });
        var root = document.RootElement;
        var actor = Member(root, "actor");
        var resource = Member(root, "resource");
        var source = Member(root, "source");
        var data = Member(root, "data");
        return new AuditRecord
        {
            Sequence = root.GetProperty("seq").GetInt64(),
            Time = Moment(root, "time"),
            ActorType = Text(actor, "type"),
            ActorId = Text(actor, "id"),
            ActorName = Text(actor, "name"),
            Action = root.GetProperty("action").GetString()!,
            ResourceType = Text(resource, "type"),
            ResourceId = Text(resource, "id"),
            ResourceName = Text(resource, "name"),
            Outcome = Enum.TryParse<AuditOutcome>(Text(root, "outcome"), out var outcome) ? outcome : null,
            Reason = Text(root, "reason"),
            Ip = Text(actor, "ip"),
            Session = Text(actor, "session"),
            Host = Text(source, "host"),
            App = Text(source, "app"),
            Recorded = Moment(root, "recorded"),
            Id = root.GetProperty("id").GetGuid(),
            Data = data?.GetRawText(),
            LeafHash = leaf.ToString(),
            Origin = origin,
            Segment = segment,
            VersionId = versionId,
            Json = System.Text.Encoding.UTF8.GetString(line.Span),
        };
    }

    private static JsonElement? Member(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? Text(JsonElement? parent, string name) =>
        parent is { } element && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset Moment(JsonElement root, string name) =>
        LogTime.TryParse(System.Text.Encoding.ASCII.GetBytes(root.GetProperty(name).GetString()!), out var ticks)
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : throw new InvalidOperationException("The line was scanned before.");
}
