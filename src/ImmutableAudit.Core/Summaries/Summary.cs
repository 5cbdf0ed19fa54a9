using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Summaries;

/// <summary>
/// What a range of records can be found by. Of a part the first entry is the whole, and behind it there is one for each segment
/// where it has several; of a block the entries are the first ones of its parts.
/// </summary>
internal sealed class Summary
{
    private const string NoteTitle = "immutableaudit/index/v1";

    private Summary(SummaryId id, SummaryEntry[] entries, byte[] body)
    {
        (Id, Entries, Body) = (id, entries, body);
        Hash = new Digest(SHA256.HashData(body));
    }

    public SummaryId Id { get; }

    public SummaryEntry[] Entries { get; }

    /// <summary>The entries as text: what the signature is over, by its hash.</summary>
    public byte[] Body { get; }

    public Digest Hash { get; }

    /// <summary>The key that signed it, where it was read.</summary>
    public uint KeyId { get; private init; }

    /// <summary>The segments of a part, one entry each.</summary>
    public ReadOnlySpan<SummaryEntry> Segments => Entries.Length == 1 ? Entries : Entries.AsSpan(1);

    /// <summary>A part over segments that follow each other.</summary>
    public static Summary OfSegments(IReadOnlyList<SegmentTerms> segments)
    {
        var whole = segments.Count == 1 ? segments[0] : SegmentTerms.Join(segments);
        SummaryEntry[] entries = segments.Count == 1 ? [whole.ToEntry()] : [whole.ToEntry(), .. segments.Select(segment => segment.ToEntry())];
        return OfEntries(new SummaryId(SummaryId.Part, whole.First, whole.End), entries);
    }

    /// <summary>The entry that a block has of a part.</summary>
    public SummaryEntry ForBlock() => Entries[0] with { Part = Hash };

    /// <summary>The block over parts; null where they don't cover it one behind the other.</summary>
    public static Summary? OfParts(IReadOnlyList<SummaryEntry> parts) =>
        parts.Count > 0 && parts[0].First % SummaryId.BlockSize == 0 && Covers(parts.ToArray(), parts[0].First, parts[0].First + SummaryId.BlockSize)
            ? OfEntries(new SummaryId(SummaryId.Block, parts[0].First, parts[0].First + SummaryId.BlockSize), [.. parts])
            : null;

    /// <summary>The object's bytes: one gzip member of the note's line and the body.</summary>
    public async ValueTask<byte[]> SealAsync(string origin, ISealKey key, CancellationToken cancellationToken)
    {
        var note = await SignedNote.SignAsync(NoteText(origin, Id, Hash), origin, key, cancellationToken).ConfigureAwait(false);
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Optimal, leaveOpen: true))
        {
            using (var json = new Utf8JsonWriter(gzip))
            {
                json.WriteStartObject();
                json.WriteNumber("index", 1);
                json.WriteString("note", note);
                json.WriteEndObject();
            }

            gzip.WriteByte((byte)'\n');
            gzip.Write(Body);
        }

        var bytes = stored.ToArray();
        GzipMember.Header.CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads an object as what its name says.</summary>
    /// <param name="id">The name.</param>
    /// <param name="stored">The bytes: anybody's.</param>
    /// <param name="origin">The log's.</param>
    /// <param name="keys">The keys that the log knows at its end.</param>
    /// <param name="trouble">Why it isn't to be believed, where null is returned.</param>
    public static Summary? TryOpen(SummaryId id, ReadOnlyMemory<byte> stored, string origin, KeyRing keys, out string trouble)
    {
        trouble = "isn't one gzip member with the format's header and a possible length";
        if (GzipMember.ClaimedLength(stored.Span) is not (>= 0 and var length))
            return null;
        var text = new byte[length];
        trouble = "is damaged";
        if (GzipMember.Decompress(stored, text) is not null)
            return null;
        var split = Array.IndexOf(text, (byte)'\n');
        if (split < 0 || NoteOf(text.AsMemory(0, split)) is not { } note)
            return null;
        var body = text[(split + 1)..];
        if (Untrusted(note, NoteText(origin, id, new Digest(SHA256.HashData(body))), id, origin, keys) is { } why)
        {
            trouble = why;
            return null;
        }

        trouble = "is signed and doesn't have the form that it should have";
        return Parse(id, body, note.Signatures[0].KeyId);
    }

    /// <summary>A summary of entries that are known already.</summary>
    internal static Summary OfEntries(SummaryId id, SummaryEntry[] entries)
    {
        using var body = new MemoryStream();
        foreach (var entry in entries)
            entry.Write(body);
        return new Summary(id, entries, body.ToArray());
    }

    private static string NoteText(string origin, SummaryId id, Digest body) =>
        string.Create(CultureInfo.InvariantCulture, $"{NoteTitle}\n{origin}\n{id.Level}\n{id.First}\n{id.End}\n{body}\n");

    private static SignedNote? NoteOf(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 2 });
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("index", out var version) && version.ValueKind == JsonValueKind.Number
                && version.TryGetInt32(out var number) && number == 1 && json.RootElement.TryGetProperty("note", out var note) && note.ValueKind == JsonValueKind.String
                ? SignedNote.TryParse(note.GetString()!)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or text that isn't Unicode; told by null.
            return null;
        }
    }

    // A key that was retired in good order is believed about what was there by then; a compromised one about nothing.
    private static string? Untrusted(SignedNote note, string expected, SummaryId id, string origin, KeyRing keys)
    {
        if (note.Text != expected)
            return "is signed for something else, or was altered";
        if (note.Signatures.Count != 1)
            return "doesn't have exactly one signature";
        var signature = note.Signatures[0];
        if (signature.Name != origin || keys.Find(signature.KeyId) is not { } entry || !entry.Role.HasFlag(KeyRole.Seal))
            return $"is signed by key {signature.KeyId:x8}, which never sealed this log";
        if (entry.CompromisedSince != long.MaxValue)
            return $"is signed by key {signature.KeyId:x8}, which is told to be compromised";
        if (entry.RetiredAt < id.End)
            return $"is signed by key {signature.KeyId:x8}, which was out of force by then";
        return entry.Key.Verify(Encoding.UTF8.GetBytes(expected), signature.Signature.Span) ? null : "has a false signature";
    }

    private static Summary? Parse(SummaryId id, byte[] body, uint keyId)
    {
        if (body.Length == 0 || body[^1] != '\n')
            return null;
        var entries = new List<SummaryEntry>();
        for (var at = 0; at < body.Length;)
        {
            var end = Array.IndexOf(body, (byte)'\n', at);
            if (SummaryEntry.TryRead(body.AsMemory(at, end - at)) is not { } entry)
                return null;
            entries.Add(entry);
            at = end + 1;
        }

        var all = entries.ToArray();
        var isWell = id.Level == SummaryId.Block
            ? Covers(all, id.First, id.End) && Array.TrueForAll(all, entry => entry.Part is not null)
            : Covers(all.AsSpan(0, 1), id.First, id.End) && (all.Length == 1
                ? all[0].Stored is not null
                : all[0].Segments == all.Length - 1 && Covers(all.AsSpan(1), id.First, id.End) && all.Skip(1).All(entry => entry.Stored is not null));
        return isWell ? new Summary(id, all, body) { KeyId = keyId } : null;
    }

    private static bool Covers(ReadOnlySpan<SummaryEntry> entries, long first, long end)
    {
        foreach (var entry in entries)
        {
            if (entry.First != first)
                return false;
            first = entry.End;
        }

        return first == end;
    }
}
