using System.IO.Compression;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;

namespace ImmutableAudit.Log;

/// <summary>
/// Compresses a segment's text behind its spare first byte, and checks that what was compressed decompresses to that
/// very text. A large text is compressed in chunks while it is still growing, and checked while it is still being
/// compressed, each on another core; a small one in one go at the end.
/// </summary>
internal sealed class SegmentCompressor : IDisposable
{
    private const int Chunk = 256 * 1024;
    private readonly ByteBuffer _text;
    private readonly GrowingObject _stored = new();
    private GZipStream? _gzip;
    private Task? _compressing;
    private Task<bool>? _checking;
    private int _handed;

    public SegmentCompressor(ByteBuffer text) => _text = text;

    /// <summary>Begins a new segment. The bytes of the one before are overwritten.</summary>
    public void Begin()
    {
        Dispose();
        _stored.Clear();
        _gzip = new GZipStream(_stored, CompressionLevel.Fastest, leaveOpen: true);
        _compressing = null;
        _checking = null;
        _handed = 1;
    }

    /// <summary>Told that the text has grown by a line.</summary>
    public void Advance()
    {
        // The last line feed is held back: it is lent to the next leaf's hash.
        var ready = _text.Length - 1;
        if (ready - _handed >= Chunk)
            HandOver(ready);
    }

    /// <summary>Compresses the rest.</summary>
    /// <returns>The object's bytes, or null where they don't decompress to the text.</returns>
    public async ValueTask<ReadOnlyMemory<byte>?> FinishAsync()
    {
        if (_compressing is null)
        {
            _gzip!.Write(_text.Written[_handed..]);
        }
        else
        {
            HandOver(_text.Length);
            await _compressing.ConfigureAwait(false);
        }

        // Into memory: the asynchronous way would take a thread of the pool for each commit.
        _gzip!.Dispose();
        var stored = _stored.Complete();
        // The base library names the machine's system and level in the header; the format has one header.
        GzipMember.Header.CopyTo(stored.Span);
        var good = _checking is null
            ? GzipMember.Holds(stored, _text.Written[1..])
            : await _checking.ConfigureAwait(false) && GzipMember.Frames(stored.Span, _text.Written[1..]);
        return good ? stored : null;
    }

    public void Dispose() => _gzip?.Dispose();

    private void HandOver(int end)
    {
        var chunk = _text.Memory[_handed..end];
        _handed = end;
        var before = _compressing;
        _compressing = Task.Run(async () =>
        {
            if (before is not null)
                await before.ConfigureAwait(false);
            _gzip!.Write(chunk.Span);
        });
        _checking ??= Task.Run(CheckAsync);
    }

    private async Task<bool> CheckAsync()
    {
        var body = _stored.OpenBody();
        var piece = new byte[32 * 1024];
        var at = 1;
        try
        {
            await using var deflate = new DeflateStream(body, CompressionMode.Decompress, leaveOpen: true);
            int read;
            while ((read = await deflate.ReadAsync(piece).ConfigureAwait(false)) > 0)
            {
                // The text only grows, and what was compressed stands still.
                if (at + read > _text.Length || !_text.Slice(at, read).SequenceEqual(piece.AsSpan(0, read)))
                    return false;
                at += read;
            }
        }
        catch (InvalidDataException)
        {
            return false;
        }

        return at == _text.Length && body.EndedExactly;
    }
}
