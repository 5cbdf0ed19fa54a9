using System.Runtime.CompilerServices;
using System.Text.Unicode;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Chain;

/// <summary>
/// Reads stored objects as segments. Keeps its buffers and hash objects from one to the next, so a worker that
/// verifies a log needs one; it isn't for two threads at once.
/// </summary>
internal sealed class SegmentParser : IDisposable
{
    private readonly RecordScanner _scanner = new();
    private readonly MerkleHasher _hasher = new();

    // One spare byte, then the text: each leaf's prefix takes the place of the line feed before its line.
    private byte[] _buffer = [];
    private Digest[] _leaves = [];
    private int[] _starts = [];
    private UInt128[] _ids = [];

    public MerkleHasher Hasher => _hasher;

    /// <summary>Reads one object.</summary>
    /// <param name="stored">Its bytes.</param>
    /// <param name="first">The sequence number that its key names.</param>
    /// <param name="keep">What to keep beyond what the chain needs.</param>
    /// <param name="defect">Why it isn't a segment, where null is returned.</param>
    public ParsedSegment? Parse(ReadOnlyMemory<byte> stored, long first, SegmentParts keep, out SegmentDefect? defect)
    {
        defect = null;
        if (stored.Length > LogFormat.MaxStoredBytes)
        {
            defect = new SegmentDefect(DefectKind.Framing, null, "the object is larger than a segment may be");
            return null;
        }

        var length = GzipMember.ClaimedLength(stored.Span);
        if (length < 0)
        {
            defect = new SegmentDefect(DefectKind.Framing, null, "the object isn't one gzip member with the format's header and a possible length");
            return null;
        }

        Reserve(ref _buffer, length + 1);
        var text = _buffer.AsSpan(1, length);
        if (GzipMember.Decompress(stored, text) is { } broken)
        {
            defect = SegmentDiagnosis.Explain(stored, first, broken);
            return null;
        }

        return ParseText(length, stored.Span, first, keep, ref defect);
    }

    public void Dispose() => _hasher.Dispose();

    private ParsedSegment? ParseText(int length, ReadOnlySpan<byte> stored, long first, SegmentParts keep, ref SegmentDefect? defect)
    {
        var text = _buffer.AsSpan(1, length);
        if (length == 0 || text[^1] != '\n')
            return Broken(DefectKind.Framing, null, "the text doesn't end in a line feed", out defect);
        if (!Utf8.IsValid(text))
            return Broken(DefectKind.Record, SegmentDiagnosis.FirstBadLine(text, first), "the text isn't valid UTF-8", out defect);

        var sealStart = text[..^1].LastIndexOf((byte)'\n') + 1;
        if (sealStart == 0)
            return Broken(DefectKind.Framing, null, "there are no records before the seal", out defect);
        if (Seal.TryParse(text[sealStart..^1]) is not { } seal)
            return Broken(DefectKind.Seal, null, "the last line isn't a seal as the format writes it", out defect);
        if (seal.First != first)
            return Broken(DefectKind.Seal, null, $"the seal is of a segment that begins at {seal.First}, the object's key says {first}", out defect);
        if (first / LogFormat.MaxSegmentRecords != (first + seal.Count - 1) / LogFormat.MaxSegmentRecords)
            return Broken(DefectKind.Seal, null, "the segment crosses a multiple of 16,384 records", out defect);
        if (first + seal.Count > LogFormat.MaxSequence)
            return Broken(DefectKind.Seal, null, "the segment ends where no position can follow", out defect);

        var count = SplitLines(text[..sealStart]);
        if (count != seal.Count)
            return Broken(DefectKind.Seal, SegmentDiagnosis.FirstOutOfPlace(text[..sealStart], seal, _scanner, _hasher), $"the seal counts {seal.Count} records, and there are {count}", out defect);
        return ParseRecords(text, stored, seal, keep, ref defect);
    }

    private ParsedSegment? ParseRecords(Span<byte> text, ReadOnlySpan<byte> stored, Seal seal, SegmentParts keep, ref SegmentDefect? defect)
    {
        Reserve(ref _leaves, seal.Count);
        Reserve(ref _ids, seal.Count);
        // Only the first record and one-offs need the whole of what was scanned.
        RecordFields firstFields = default;
        Unsafe.SkipInit(out RecordFields fields);
        List<ParsedSegment.ReservedRecord>? reserved = null;
        long previousRecorded = long.MinValue, recordedFallsAt = -1;
        SegmentDefect? badLink = null;
        var range = seal.Frontier.Clone();
        var roots = new TileRoots(seal.First, seal.Count);

        for (var i = 0; i < seal.Count; i++)
        {
            var sequence = seal.First + i;
            int start = _starts[i], end = _starts[i + 1] - 1;
            var line = text[start..end];
            if (_scanner.Scan(line, out fields) is { } rule)
                return Broken(DefectKind.Record, sequence, rule, out defect);
            if (fields.Sequence != sequence)
                return Broken(DefectKind.Record, sequence, $"the record at this place says that it is number {fields.Sequence}", out defect);
            if (fields.HasSegment != (i == 0) || (fields.Keys >= 0) != (i == 0 && sequence > 0))
                return Broken(DefectKind.Record, sequence, "segment and keys stand on the first record of a segment only, and must stand there", out defect);
            if (i == 0)
                firstFields = fields;
            else if (badLink is null && fields.Previous != _leaves[i - 1])
                badLink = new SegmentDefect(DefectKind.Link, sequence - 1, $"record {sequence} names another record before it than the one that is there");

            if (fields.RecordedTicks < previousRecorded && recordedFallsAt < 0)
                recordedFallsAt = sequence;
            previousRecorded = fields.RecordedTicks;
            _ids[i] = fields.Id;
            if (fields.IsReserved)
            {
                (reserved ??= []).Add(new ParsedSegment.ReservedRecord(
                    sequence, JsonText.Unescape(line[fields.Action]), line[fields.Data].ToArray()));
            }

            // The byte before the line is the spare one or the line feed before; nothing needs it any more.
            _leaves[i] = _hasher.LeafInPlace(_buffer.AsSpan(start, end - start + 1));
            roots.Append(range, _leaves[i], _hasher);
        }

        if (badLink is not null)
        {
            defect = SegmentDiagnosis.PlaceBrokenLink(badLink, text, _starts, _leaves, seal, _scanner);
            return null;
        }

        if (range.Size != seal.Checkpoint.Size || range.Root(_hasher) != seal.Checkpoint.Root)
            return Broken(DefectKind.Root, seal.First + seal.Count - 1, "the records are linked, and don't fold to the root that the seal signs: the last record was altered, or an earlier one and every link behind it, or the seal", out defect);

        return new ParsedSegment
        {
            Seal = seal,
            StoredDigest = _hasher.Plain(stored),
            Previous = firstFields.Previous,
            PreviousSegment = firstFields.Segment,
            Keys = firstFields.Keys,
            LastLeaf = _leaves[seal.Count - 1],
            EndFrontier = range,
            FirstRecordedTicks = firstFields.RecordedTicks,
            LastRecordedTicks = fields.RecordedTicks,
            RecordedFallsAt = recordedFallsAt,
            Ids = Copy<UInt128>(_ids.AsSpan(0, seal.Count)),
            Leaves = keep.HasFlag(SegmentParts.Leaves) ? _leaves.AsSpan(0, seal.Count).ToArray() : null,
            TileRoots = roots.ToArray(),
            Text = keep.HasFlag(SegmentParts.Text) ? text[.._starts[seal.Count]].ToArray() : null,
            LineStarts = keep.HasFlag(SegmentParts.Text) ? _starts.AsSpan(0, seal.Count + 1).ToArray() : null,
            Reserved = reserved ?? (IReadOnlyList<ParsedSegment.ReservedRecord>)[],
        };
    }

    // Fills _starts with where each line begins and one more for the end; stops counting where there are too many.
    private int SplitLines(ReadOnlySpan<byte> records)
    {
        Reserve(ref _starts, LogFormat.MaxSegmentRecords + 2);
        var count = 0;
        var at = 0;
        while (at < records.Length && count <= LogFormat.MaxSegmentRecords)
        {
            _starts[count++] = at;
            at += records[at..].IndexOf((byte)'\n') + 1;
        }

        _starts[count] = at;
        return count;
    }

    private static ParsedSegment? Broken(DefectKind kind, long? sequence, string message, out SegmentDefect? defect)
    {
        defect = new SegmentDefect(kind, sequence, message);
        return null;
    }

    // ToArray clears what it is about to overwrite.
    private static T[] Copy<T>(ReadOnlySpan<T> span)
    {
        var copy = GC.AllocateUninitializedArray<T>(span.Length);
        span.CopyTo(copy);
        return copy;
    }

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            array = GC.AllocateUninitializedArray<T>(length + length / 4);
    }
}

/// <summary>What to keep of a segment beyond what the chain needs.</summary>
[Flags]
internal enum SegmentParts
{
    None = 0,
    Leaves = 1,
    Text = 2,
}
