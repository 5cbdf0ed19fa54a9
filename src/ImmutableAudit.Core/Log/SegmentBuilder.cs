using System.Buffers.Text;
using System.IO.Compression;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Log;

/// <summary>
/// Numbers, links, hashes, seals and compresses events into a segment, then reads it back by the rules of validity.
/// Keeps its buffers for the next; one writer's commits run one after the other.
/// </summary>
internal sealed class SegmentBuilder(ISealKey key) : IDisposable
{
    // Where a segment is larger than this, it is compressed on another core while the rest is still being hashed.
    private const int Chunk = 256 * 1024;

    // Room for the seal: 63 hashes, the origin twice, a signature.
    private const int SealReserve = 8 * 1024;

    private readonly MerkleHasher _hasher = new();
    private readonly SegmentParser _parser = new();
    private readonly ByteBuffer _text = new();

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
        var range = head.Frontier.Clone();
        using var compressor = new Compressor(_text);
        WriteRecords(head, batch, from, count, recorded, range, compressor);

        var checkpoint = new Checkpoint(origin, range.Size, range.Root(_hasher));
        var note = await SignedNote.SignAsync(checkpoint.ToText(), origin, key, cancellationToken).ConfigureAwait(false);
        _text.Append(Seal.Write(head.Size, count, head.Frontier.ToArray(), note));
        var stored = await compressor.FinishAsync().ConfigureAwait(false);

        if (_parser.Parse(stored, head.Size, SegmentParts.Leaves, out var defect) is not { } segment
            || head.Accept(segment, out defect) is not { } next)
            throw new AuditException(defect!.Kind == DefectKind.Signature ? AuditErrors.KeyNotInForce : AuditErrors.InternalInvalid, $"The segment that was built for position {head.Size} breaks the format and wasn't written: {defect.Message}.", head.Size);
        return new FrozenSegment(SegmentName.Format(head.Size), stored, segment, next);
    }

    public void Dispose()
    {
        _hasher.Dispose();
        _parser.Dispose();
    }

    private void WriteRecords(ChainState head, EventBatch batch, int from, int count, DateTime recorded, CompactRange range, Compressor compressor)
    {
        Span<byte> time = stackalloc byte[LogTime.Length];
        LogTime.Write(recorded, time);
        var previous = head.LastLeaf;
        for (var i = 0; i < count; i++)
        {
            var start = _text.Length;
            _text.Append("{\"seq\":"u8);
            AppendNumber(head.Size + i);
            _text.Append(",\"prev\":\""u8);
            previous.WriteHex(_text.Take(Digest.Size * 2));
            if (i == 0)
            {
                _text.Append("\",\"segment\":\""u8);
                head.LastSegment.WriteHex(_text.Take(Digest.Size * 2));
                if (head.Size > 0)
                {
                    _text.Append("\",\"keys\":"u8);
                    AppendNumber(head.KeysAt);
                    _text.Append(",\"recorded\":\""u8);
                }
                else
                {
                    _text.Append("\",\"recorded\":\""u8);
                }
            }
            else
            {
                _text.Append("\",\"recorded\":\""u8);
            }

            _text.Append(time);
            _text.Append((byte)'"');
            _text.Append(batch.Body(from + i));

            // The byte before the line is lent to the hash as the leaf's prefix and given back.
            var entry = _text.Slice(start - 1, _text.Length - start + 1);
            previous = _hasher.LeafInPlace(entry);
            entry[0] = (byte)'\n';
            range.Append(previous, _hasher);
            _text.Append((byte)'\n');
            compressor.Advance();
        }
    }

    private void AppendNumber(long value)
    {
        Utf8Formatter.TryFormat(value, _text.Reserve(20), out var written);
        _text.Length += written;
    }

    /// <summary>
    /// Compresses the text behind its spare byte, in chunks on another core once there is enough of it. The buffer may
    /// move while it grows, so a chunk is handed over as a copy of the reference taken when it was complete.
    /// </summary>
    private sealed class Compressor(ByteBuffer text) : IDisposable
    {
        private readonly MemoryStream _stored = new();
        private GZipStream? _gzip;
        private Task? _running;
        private int _handed = 1;

        public void Advance()
        {
            // One byte is held back: it may still be lent to the hash.
            if (text.Length - 1 - _handed < Chunk)
                return;
            HandOver(text.Length - 1);
        }

        public async ValueTask<byte[]> FinishAsync()
        {
            if (_running is null)
            {
                Gzip.Write(text.Written[_handed..]);
            }
            else
            {
                HandOver(text.Length);
                await _running.ConfigureAwait(false);
            }

            await Gzip.DisposeAsync().ConfigureAwait(false);
            var stored = _stored.ToArray();
            // The base library names the machine's system and level in the header; the format has one header.
            GzipMember.Header.CopyTo(stored);
            return stored;
        }

        public void Dispose()
        {
            _gzip?.Dispose();
            _stored.Dispose();
        }

        private GZipStream Gzip => _gzip ??= new GZipStream(_stored, CompressionLevel.Fastest, leaveOpen: true);

        private void HandOver(int end)
        {
            var chunk = text.Memory[_handed..end];
            _handed = end;
            var before = _running;
            _running = Task.Run(async () =>
            {
                if (before is not null)
                    await before.ConfigureAwait(false);
                Gzip.Write(chunk.Span);
            });
        }
    }
}
