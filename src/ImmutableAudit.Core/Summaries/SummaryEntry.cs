using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Summaries;

/// <summary>One line of a summary: what one segment, or all of a part, can be found by.</summary>
internal sealed record SummaryEntry
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required long First { get; init; }

    public required long Count { get; init; }

    public required long Segments { get; init; }

    /// <summary>Bytes as stored.</summary>
    public required long Bytes { get; init; }

    public required long MinTime { get; init; }

    public required long MaxTime { get; init; }

    public required long MinRecorded { get; init; }

    public required long MaxRecorded { get; init; }

    public required AuditOutcome[] Outcomes { get; init; }

    public required TermSet Actors { get; init; }

    public required TermSet Actions { get; init; }

    public required TermSet Resources { get; init; }

    /// <summary>Beginnings of resources up to a delimiter.</summary>
    public required TermSet Under { get; init; }

    /// <summary>The stored digest where it is one segment.</summary>
    public Digest? Stored { get; init; }

    /// <summary>In a block: SHA-256 of the part's body.</summary>
    public Digest? Part { get; init; }

    public long End => First + Count;

    /// <summary>Writes it in the one way that we write it, with its line feed.</summary>
    public void Write(Stream stream)
    {
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            json.WriteNumber("first", First);
            json.WriteNumber("count", Count);
            json.WriteNumber("segments", Segments);
            json.WriteNumber("bytes", Bytes);
            WriteTimes(json, "time", MinTime, MaxTime);
            WriteTimes(json, "recorded", MinRecorded, MaxRecorded);
            json.WriteStartArray("outcomes");
            foreach (var outcome in Outcomes)
                json.WriteStringValue(outcome.ToString());
            json.WriteEndArray();
            Actors.Write(json, "actors");
            Actions.Write(json, "actions");
            Resources.Write(json, "resources");
            Under.Write(json, "under");
            if (Stored is { } stored)
                json.WriteString("stored", stored.ToString());
            if (Part is { } part)
                json.WriteString("part", part.ToString());
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
    }

    /// <summary>Reads a line without its line feed; null where it isn't an entry.</summary>
    public static SummaryEntry? TryRead(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 4 });
            return TryRead(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or text that isn't Unicode; told by null.
            return null;
        }
    }

    private static SummaryEntry? TryRead(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || Number(root, "first") is not { } first || Number(root, "count") is not ({ } count and > 0)
            || Number(root, "segments") is not ({ } segments and > 0) || segments > count || Number(root, "bytes") is not { } bytes
            || Times(root, "time") is not var (minTime, maxTime) || Times(root, "recorded") is not var (minRecorded, maxRecorded)
            || TermSet.TryRead(root, "actors", first) is not { } actors || TermSet.TryRead(root, "actions", first) is not { } actions
            || TermSet.TryRead(root, "resources", first) is not { } resources || TermSet.TryRead(root, "under", first) is not { } under
            || OutcomesOf(root) is not { } outcomes)
            return null;
        Digest? stored = null, part = null;
        if ((root.TryGetProperty("stored", out var hex) && (stored = Hash(hex)) is null) || (root.TryGetProperty("part", out hex) && (part = Hash(hex)) is null))
            return null;
        return stored is null == (segments == 1) ? null : new SummaryEntry
        {
            First = first,
            Count = count,
            Segments = segments,
            Bytes = bytes,
            MinTime = minTime,
            MaxTime = maxTime,
            MinRecorded = minRecorded,
            MaxRecorded = maxRecorded,
            Outcomes = outcomes,
            Actors = actors,
            Actions = actions,
            Resources = resources,
            Under = under,
            Stored = stored,
            Part = part,
        };
    }

    private static void WriteTimes(Utf8JsonWriter json, string member, long min, long max)
    {
        json.WriteStartArray(member);
        json.WriteStringValue(LogTime.ToText(min));
        json.WriteStringValue(LogTime.ToText(max));
        json.WriteEndArray();
    }

    private static long? Number(JsonElement root, string member) =>
        root.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number is >= 0 and <= LogFormat.MaxSequence ? number : null;

    private static (long Min, long Max)? Times(JsonElement root, string member) =>
        root.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2
        && Time(value[0]) is { } min && Time(value[1]) is { } max && min <= max ? (min, max) : null;

    private static long? Time(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && LogTime.TryParse(Encoding.UTF8.GetBytes(value.GetString()!), out var ticks) ? ticks : null;

    private static Digest? Hash(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && Digest.TryParse(value.GetString()!, out var digest) ? digest : null;

    private static AuditOutcome[]? OutcomesOf(JsonElement root)
    {
        if (!root.TryGetProperty("outcomes", out var value) || value.ValueKind != JsonValueKind.Array)
            return null;
        var outcomes = new SortedSet<AuditOutcome>();
        foreach (var one in value.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.String || !Enum.TryParse<AuditOutcome>(one.GetString(), out var outcome) || outcome.ToString() != one.GetString())
                return null;
            outcomes.Add(outcome);
        }

        return [.. outcomes];
    }
}
