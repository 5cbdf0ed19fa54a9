using System.Globalization;
using System.Text;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Chain;

/// <summary>
/// The last line of a segment: where it stands, the tree before it, and the signed checkpoint of the tree after it.
/// It holds nothing that the segment's records don't prove, and there is one way only to write it.
/// </summary>
internal sealed class Seal
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
    private VerifierKey? _verifiedBy;

    private Seal(long first, int count, CompactRange frontier, string note, Checkpoint checkpoint, NoteSignature signature)
    {
        First = first;
        Count = count;
        Frontier = frontier;
        Note = note;
        Checkpoint = checkpoint;
        Signature = signature;
    }

    public long First { get; }

    public int Count { get; }

    /// <summary>The compact range of [0, first): of the records before this segment.</summary>
    public CompactRange Frontier { get; }

    /// <summary>The signed checkpoint as a note.</summary>
    public string Note { get; }

    public Checkpoint Checkpoint { get; }

    public NoteSignature Signature { get; }

    /// <summary>Whether the key signed the checkpoint. Remembers a yes, so that asking twice costs once.</summary>
    public bool IsVerifiedBy(VerifierKey key)
    {
        if (_verifiedBy is { } known && known.Equals(key))
            return true;
        var good = key.Name == Signature.Name && key.KeyId == Signature.KeyId
            && key.Verify(StrictUtf8.GetBytes(Checkpoint.ToText()), Signature.Signature.Span);
        if (good)
            _verifiedBy = key;
        return good;
    }

    /// <summary>The line with its line feed.</summary>
    public static byte[] Write(long first, int count, ReadOnlySpan<Digest> frontier, string note)
    {
        var line = new StringBuilder(512);
        line.Append(CultureInfo.InvariantCulture, $"{{\"seal\":1,\"first\":{first},\"count\":{count},\"frontier\":[");
        for (var i = 0; i < frontier.Length; i++)
            line.Append(i == 0 ? "\"" : ",\"").Append(frontier[i].ToBase64()).Append('"');
        line.Append("],\"checkpoint\":\"");
        foreach (var c in note)
        {
            _ = c switch
            {
                '"' => line.Append("\\\""),
                '\\' => line.Append("\\\\"),
                '\n' => line.Append("\\n"),
                _ => line.Append(c),
            };
        }

        return StrictUtf8.GetBytes(line.Append("\"}\n").ToString());
    }

    /// <summary>Reads a seal's line without its line feed; null where it isn't written in the one way. Verifies no signature.</summary>
    public static Seal? TryParse(ReadOnlySpan<byte> line)
    {
        var rest = line;
        if (line.Length > LogFormat.MaxRecordBytes || !Take(ref rest, "{\"seal\":1,\"first\":"u8) || !TakeNumber(ref rest, out var first)
            || !Take(ref rest, ",\"count\":"u8) || !TakeNumber(ref rest, out var count) || count is < 1 or > LogFormat.MaxSegmentRecords
            || !Take(ref rest, ",\"frontier\":["u8))
            return null;

        const int hashText = 44;
        var subtrees = new List<Digest>();
        Span<byte> hash = stackalloc byte[Digest.Size];
        while (rest.Length > hashText + 2 && rest[0] == '"' && rest[hashText + 1] == '"')
        {
            if (subtrees.Count == 63 || !CanonicalBase64.TryDecode(rest.Slice(1, hashText), hash))
                return null;
            subtrees.Add(new Digest(hash));
            rest = rest[(hashText + 2)..];
            if (rest[0] == ',')
                rest = rest[1..];
        }

        if (CompactRange.TryCreate(first, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(subtrees)) is not { } frontier
            || !Take(ref rest, "],\"checkpoint\":\""u8) || !rest.EndsWith("\"}"u8))
            return null;

        string note;
        try
        {
            note = StrictUtf8.GetString(rest[..^2]).Replace("\\n", "\n", StringComparison.Ordinal);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }

        // A note of ours holds no quotation mark and no backslash: an origin can't.
        if (note.AsSpan().IndexOfAny('"', '\\') >= 0 || SignedNote.TryParse(note) is not { Signatures.Count: 1 } parsed
            || Checkpoint.TryParse(parsed.Text) is not { } checkpoint)
            return null;
        var signature = parsed.Signatures[0];
        if (signature.Name != checkpoint.Origin || !EcdsaSignature.IsCanonical(signature.Signature.Span))
            return null;

        // Whatever was read loosely above is caught here: there is one way only to write a seal.
        var again = Write(first, (int)count, frontier.ToArray(), note);
        return again.AsSpan(0, again.Length - 1).SequenceEqual(line)
            ? new Seal(first, (int)count, frontier, note, checkpoint, signature)
            : null;
    }

    private static bool Take(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> text)
    {
        if (!rest.StartsWith(text))
            return false;
        rest = rest[text.Length..];
        return true;
    }

    private static bool TakeNumber(ref ReadOnlySpan<byte> rest, out long value)
    {
        value = 0;
        var digits = 0;
        while (digits < rest.Length && (uint)(rest[digits] - '0') <= 9)
        {
            if (digits == 18)
                return false;
            value = value * 10 + (rest[digits++] - '0');
        }

        rest = rest[digits..];
        return digits > 0;
    }
}
