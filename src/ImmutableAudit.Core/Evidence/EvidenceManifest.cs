using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Evidence;

/// <summary>What the exporter says of a package. Nothing shows that it is true.</summary>
/// <param name="Location">Where the log lies.</param>
/// <param name="Made">When the package was made, UTC.</param>
/// <param name="MadeBy">The program and its version.</param>
/// <param name="Note">Who asked, a case's number; null for nothing.</param>
/// <param name="Selection">How the records were selected, in words.</param>
/// <param name="Unknown">What couldn't be seen or was left out.</param>
public sealed record EvidenceStatement(string Location, DateTimeOffset Made, string MadeBy, string? Note, string Selection, IReadOnlyList<string> Unknown);

/// <summary>The list of a package's files, and the exporter's statement.</summary>
/// <param name="Origin">The log's origin.</param>
/// <param name="Records">How many records there are.</param>
/// <param name="Statement">The exporter's word.</param>
/// <param name="Files">Every file but this one, in the order of their names.</param>
internal sealed record EvidenceManifest(string Origin, int Records, EvidenceStatement Statement, IReadOnlyList<PackedFile> Files)
{
    public const int Format = 1;
    private static readonly JsonWriterOptions Writing = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public byte[] ToJson() => Json(json =>
    {
        json.WriteNumber("format", Format);
        json.WriteString("origin", Origin);
        json.WriteNumber("records", Records);
        json.WriteStartObject("exporter");
        json.WriteString("location", Statement.Location);
        json.WriteString("made", LogTime.ToText(Statement.Made.UtcTicks));
        json.WriteString("by", Statement.MadeBy);
        json.WriteString("note", Statement.Note);
        json.WriteString("selection", Statement.Selection);
        json.WriteStartArray("unknown");
        foreach (var unknown in Statement.Unknown)
            json.WriteStringValue(unknown);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("files");
        foreach (var file in Files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("size", file.Size);
            json.WriteString("sha256", file.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Reads a manifest; null where it isn't one of this format.</summary>
    public static EvidenceManifest? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            var root = document.RootElement;
            if (root.GetProperty("format").GetInt32() != Format)
                return null;
            var exporter = root.GetProperty("exporter");
            var statement = new EvidenceStatement(
                Text(exporter, "location"), exporter.GetProperty("made").GetDateTimeOffset(), Text(exporter, "by"), exporter.GetProperty("note").GetString(),
                Text(exporter, "selection"), exporter.GetProperty("unknown").EnumerateArray().Select(one => one.GetString() ?? "").ToArray());
            var files = root.GetProperty("files").EnumerateArray().Select(file => new PackedFile(Text(file, "name"), file.GetProperty("size").GetInt64(), Text(file, "sha256"))).ToArray();
            return new EvidenceManifest(Text(root, "origin"), root.GetProperty("records").GetInt32(), statement, files);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes one JSON object the way that all of a package's are: indented, each line ended by a line feed.</summary>
    public static byte[] Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Text(JsonElement from, string name) => from.GetProperty(name).GetString() ?? throw new FormatException();
}
