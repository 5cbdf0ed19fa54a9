using System.Buffers;
using System.Text.Unicode;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Chain;

/// <summary>
/// Names the record that was hit in an object that is already known to be bad. Nothing here decides what is valid;
/// it only turns "this object is damaged" into "record 17 is".
/// </summary>
internal static class SegmentDiagnosis
{
    /// <summary>Which record a broken link is to be put down to.</summary>
    /// <remarks>
    /// If record i was altered, only i + 1's link to it breaks. If a record's own link was altered, its hash changes
    /// too, so that the link behind it breaks as well; the culprit is then the one in the middle. Behind the last record
    /// there is only the root: if it comes out right with the link put right, the link is what was altered.
    /// </remarks>
    public static SegmentDefect PlaceBrokenLink(
        SegmentDefect link, ReadOnlySpan<byte> text, int[] starts, Digest[] leaves, Seal seal, RecordScanner scanner)
    {
        var at = (int)(link.Sequence!.Value - seal.First);
        var nextBreaksToo = at + 2 < seal.Count
            && scanner.Scan(text[starts[at + 2]..(starts[at + 3] - 1)], out var after) is null && after.Previous != leaves[at + 1];
        return nextBreaksToo || (at + 2 == seal.Count && FoldsWithLinkPutRight(text[starts[at + 1]..(starts[at + 2] - 1)], leaves.AsSpan(0, at + 1), seal))
            ? new SegmentDefect(DefectKind.Link, link.Sequence + 1, $"record {link.Sequence + 1} was altered: it no longer fits the record before it nor what is behind it")
            : new SegmentDefect(DefectKind.Link, link.Sequence, $"record {link.Sequence} was altered: record {link.Sequence + 1} names another hash for it");
    }

    private static bool FoldsWithLinkPutRight(ReadOnlySpan<byte> lastLine, ReadOnlySpan<Digest> before, Seal seal)
    {
        var line = lastLine.ToArray();
        before[^1].WriteHex(line.AsSpan(line.AsSpan().IndexOf("\"prev\":\""u8) + 8));
        using var hasher = new MerkleHasher();
        var range = seal.Frontier.Clone();
        foreach (var leaf in before)
            range.Append(leaf, hasher);
        range.Append(hasher.Leaf(line), hasher);
        return range.Root(hasher) == seal.Checkpoint.Root;
    }

    /// <summary>Looks into an object whose compressed form is damaged for the first record that shows it.</summary>
    public static SegmentDefect Explain(ReadOnlyMemory<byte> stored, long first, string broken)
    {
        // Deflate makes at most 1,032 bytes of one.
        var length = (int)Math.Min(LogFormat.MaxSegmentBytes + 1, stored.Length * 1032L);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var filled = GzipMember.DecompressLeniently(stored, buffer.AsSpan(0, length));
            return Explain(buffer.AsSpan(0, filled), first, $"the object is damaged: {broken}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static SegmentDefect Explain(ReadOnlySpan<byte> text, long first, string framing)
    {
        using var hasher = new MerkleHasher();
        var scanner = new RecordScanner();
        Digest? previous = null;
        for (var sequence = first; ; sequence++)
        {
            var end = text.IndexOf((byte)'\n');
            if (text.StartsWith("{\"seal\""u8) && end >= 0)
                return new SegmentDefect(DefectKind.Framing, null, framing + "; all its records still link, so the damage is in the seal or behind it");
            if (end < 0 || !Utf8.IsValid(text[..end]) || scanner.Scan(text[..end], out var fields) is not null || fields.Sequence != sequence)
                return new SegmentDefect(DefectKind.Framing, sequence, framing + $"; record {sequence} is the first that can't be read");
            var leaf = hasher.Leaf(text[..end]);
            text = text[(end + 1)..];
            if (previous is { } before && fields.Previous != before)
            {
                var hit = NamesAnother(text, leaf, scanner) ? sequence : sequence - 1;
                return new SegmentDefect(DefectKind.Framing, hit, framing + $"; record {hit} is the first whose content doesn't match the hash that the record behind it names");
            }

            previous = leaf;
        }
    }

    private static bool NamesAnother(ReadOnlySpan<byte> text, Digest leaf, RecordScanner scanner)
    {
        var end = text.IndexOf((byte)'\n');
        return end >= 0 && Utf8.IsValid(text[..end]) && scanner.Scan(text[..end], out var fields) is null && fields.Previous != leaf;
    }

    /// <summary>The first record whose line isn't valid UTF-8; null if that is the seal's line.</summary>
    public static long? FirstBadLine(ReadOnlySpan<byte> text, long first)
    {
        for (var sequence = first; !text.IsEmpty; sequence++)
        {
            var end = text.IndexOf((byte)'\n');
            if (end < 0 || text.StartsWith("{\"seal\""u8))
                return null;
            if (!Utf8.IsValid(text[..end]))
                return sequence;
            text = text[(end + 1)..];
        }

        return null;
    }

    /// <summary>Where lines were removed or put in: the first place that doesn't hold the record that belongs there.</summary>
    public static long FirstOutOfPlace(ReadOnlySpan<byte> text, Seal seal, RecordScanner scanner, MerkleHasher hasher)
    {
        var sequence = seal.First;
        Digest? previous = null;
        for (; !text.IsEmpty && sequence < seal.First + seal.Count; sequence++)
        {
            var line = text[..text.IndexOf((byte)'\n')];
            if (scanner.Scan(line, out var fields) is not null || fields.Sequence != sequence || (previous is { } leaf && fields.Previous != leaf))
                return sequence;
            previous = hasher.Leaf(line);
            text = text[(line.Length + 1)..];
        }

        return sequence;
    }
}
