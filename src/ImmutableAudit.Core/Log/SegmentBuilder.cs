using System.Buffers.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Log;

/// <summary>
/// Numbers, links, hashes, seals and compresses events into a segment, and checks it by the rules of validity.
/// Keeps its buffers for the next; one writer's commits run one after the other.
/// </summary>
internal sealed class SegmentBuilder : IDisposable
{
    // Room for the seal: 63 hashes, the origin twice, a signature.
    private const int SealReserve = 8 * 1024;

    private readonly MerkleHasher _hasher = new();
    private readonly RecordScanner _scanner = new();
    private readonly ByteBuffer _text = new();
    private readonly SegmentCompressor _compressor;
    private readonly ISealKey _key;
    private readonly List<ParsedSegment.ReservedRecord> _reserved = [];

    /// <param name="key">The key that seals.</param>
    public SegmentBuilder(ISealKey key)
    {
        _key = key;
        _compressor = new SegmentCompressor(_text);
    }

    /// <summary>How many of the batch's events from <paramref name="from"/> on fit into a segment at <paramref name="first"/>.</summary>
    public static int Fitting(EventBatch batch, int from, long first)
    {
        var most = (int)Math.Min(batch.Count - from, LogFormat.MaxSegmentRecords - first % LogFormat.MaxSegmentRecords);
        var bytes = SealReserve;
        for (var i = 0; i < most; i++)
        {
            bytes += batch.Body(from + i).Length + LogFormat.MaxHeadBytes + 1;
            if (bytes > LogFormat.MaxSegmentBytes)
                return i;
        }

        return most;
    }

    /// <summary>Builds the segment that follows <paramref name="head"/>.</summary>
    /// <param name="head">The chain before it.</param>
    /// <param name="batch">The events.</param>
    /// <param name="from">The first event to take.</param>
    /// <param name="count">How many.</param>
    /// <param name="recorded">The time that the records get.</param>
    /// <param name="origin">The log's origin: the genesis's, which isn't in the chain yet where this is the first segment.</param>
    /// <param name="cancellationToken">Cancels a remote signature.</param>
    /// <exception cref="AuditException"><c>InternalInvalid</c>; what a remote key throws.</exception>
    public async ValueTask<FrozenSegment> BuildAsync(
        ChainState head, EventBatch batch, int from, int count, DateTime recorded, string origin, CancellationToken cancellationToken)
    {
        _text.Length = 0;
        _text.Append((byte)'\n'); // The spare byte that the first leaf's prefix takes.
        _reserved.Clear();
        var range = head.Frontier.Clone();
        _compressor.Begin();
        var ids = new UInt128[count];
        var leaves = new Digest[count];
        var roots = new TileRoots(head.Size, count);
        WriteRecords(head, batch, from, recorded, range, roots, ids, leaves);

        var checkpoint = new Checkpoint(origin, range.Size, range.Root(_hasher));
        var note = await SignedNote.SignAsync(checkpoint.ToText(), origin, _key, cancellationToken).ConfigureAwait(false);
        var sealLine = Seal.Write(head.Size, count, head.Frontier.ToArray(), note);
        _text.Append(sealLine);
        if (await _compressor.FinishAsync().ConfigureAwait(false) is not { } stored)
            throw Invalid(head, "the compressed bytes don't decompress to what was written");
        return Check(head, stored, sealLine, range, roots, recorded, ids, leaves);
    }

    public void Dispose()
    {
        _hasher.Dispose();
        _compressor.Dispose();
    }

    // What was written is checked by the same rules that a verifier has. The hashes aren't computed a second time: the
    // text that was hashed was scanned line by line, and the stored bytes must decompress to exactly that text.
    private FrozenSegment Check(
        ChainState head, ReadOnlyMemory<byte> stored, byte[] sealLine, CompactRange range, TileRoots roots, DateTime recorded, UInt128[] ids, Digest[] leaves)
    {
        if (Seal.TryParse(sealLine.AsSpan(0, sealLine.Length - 1)) is not { } seal)
            throw Invalid(head, "the seal isn't written as the format has it");
        if (stored.Length > LogFormat.MaxStoredBytes)
            throw Invalid(head, "it is larger than a segment may be");
        var segment = new ParsedSegment
        {
            Seal = seal,
            StoredDigest = _hasher.Plain(stored.Span),
            Previous = head.LastLeaf,
            PreviousSegment = head.LastSegment,
            Keys = head.KeysAt,
            LastLeaf = leaves[^1],
            EndFrontier = range,
            FirstRecordedTicks = recorded.Ticks,
            LastRecordedTicks = recorded.Ticks,
            RecordedFallsAt = -1,
            Ids = ids,
            Leaves = leaves,
            TileRoots = roots.ToArray(),
            Reserved = [.. _reserved],
        };
        if (head.Accept(segment, out var defect) is not { } next)
            throw defect!.Kind == DefectKind.Signature ? new AuditException(AuditErrors.KeyNotInForce, $"The key can't seal this log: {defect.Message}.", head.Size) : Invalid(head, defect.Message);
        return new FrozenSegment(SegmentName.Format(head.Size), stored, segment, next);
    }

    private static AuditException Invalid(ChainState head, string why) =>
        new(AuditErrors.InternalInvalid, $"The segment that was built for position {head.Size} breaks the format and wasn't written: {why}. This is a bug of the program.", head.Size);

    private void WriteRecords(
        ChainState head, EventBatch batch, int from, DateTime recorded, CompactRange range, TileRoots roots, UInt128[] ids, Digest[] leaves)
    {
        Span<byte> time = stackalloc byte[LogTime.Length];
        LogTime.Write(recorded, time);
        var previous = head.LastLeaf;
        for (var i = 0; i < ids.Length; i++)
        {
            var start = _text.Length;
            WriteHead(head, i, previous, time);
            _text.Append(batch.Body(from + i));
            var line = _text.Slice(start, _text.Length - start);
            if (_scanner.Scan(line, out var fields) is { } rule)
                throw Invalid(head, $"event {i + 1} of the batch: {rule}");
            if (fields.HasSegment != (i == 0) || (fields.Keys >= 0) != (i == 0 && head.Size > 0) || fields.Id != batch.Id(from + i))
                throw Invalid(head, $"event {i + 1} of the batch holds a member of the log's own, or another id");
            if (fields.IsReserved)
                _reserved.Add(new ParsedSegment.ReservedRecord(fields.Sequence, JsonText.Unescape(line[fields.Action]), line[fields.Data].ToArray()));

            // The byte before the line is lent to the hash as the leaf's prefix and given back.
            var entry = _text.Slice(start - 1, line.Length + 1);
            previous = _hasher.LeafInPlace(entry);
            entry[0] = (byte)'\n';
            roots.Append(range, previous, _hasher);
            leaves[i] = previous;
            ids[i] = batch.Id(from + i);
            _text.Append((byte)'\n');
            _compressor.Advance();
        }

        if (!System.Text.Unicode.Utf8.IsValid(_text.Written))
            throw Invalid(head, "the text isn't valid UTF-8");
    }

    private void WriteHead(ChainState head, int index, in Digest previous, ReadOnlySpan<byte> time)
    {
        _text.Append("{\"seq\":"u8);
        AppendNumber(head.Size + index);
        _text.Append(",\"prev\":\""u8);
        previous.WriteHex(_text.Take(Digest.Size * 2));
        _text.Append((byte)'"');
        if (index == 0)
        {
            _text.Append(",\"segment\":\""u8);
            head.LastSegment.WriteHex(_text.Take(Digest.Size * 2));
            _text.Append((byte)'"');
            if (head.Size > 0)
            {
                _text.Append(",\"keys\":"u8);
                AppendNumber(head.KeysAt);
            }
        }

        _text.Append(",\"recorded\":\""u8);
        _text.Append(time);
        _text.Append((byte)'"');
    }

    private void AppendNumber(long value)
    {
        Utf8Formatter.TryFormat(value, _text.Reserve(20), out var written);
        _text.Length += written;
    }
}
