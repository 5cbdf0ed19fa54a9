using System.Buffers.Binary;
using System.IO.Compression;

namespace ImmutableAudit.Chain;

/// <summary>
/// One gzip member (RFC 1952) with one way to be framed: the fixed header <c>1f8b0800 00000000 00ff</c>, one deflate
/// stream, CRC and length, nothing behind. The base library's reader takes cut streams, second members and trailing
/// bytes, and other readers differ; here all of them are errors.
/// </summary>
internal static class GzipMember
{
    public const int HeaderLength = 10;
    public const int TrailerLength = 8;
    public static ReadOnlySpan<byte> Header => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

    /// <summary>The uncompressed length that the trailer claims; −1 where the framing can't be right.</summary>
    public static int ClaimedLength(ReadOnlySpan<byte> stored)
    {
        if (stored.Length < HeaderLength + TrailerLength + 2 || !stored.StartsWith(Header))
            return -1;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(stored[^4..]);
        return length > LogFormat.MaxSegmentBytes ? -1 : (int)length;
    }

    /// <summary>Decompresses into exactly <paramref name="destination"/>, whose length is the claimed one.</summary>
    /// <returns>Null where all is right; otherwise what isn't.</returns>
    public static string? Decompress(ReadOnlyMemory<byte> stored, Span<byte> destination)
    {
        if (Inflate(stored[HeaderLength..^TrailerLength], destination) is { } broken)
            return broken;
        return Crc32.Compute(destination) == BinaryPrimitives.ReadUInt32LittleEndian(stored.Span[^TrailerLength..])
            ? null
            : "its content doesn't have the CRC that its trailer says";
    }

    /// <summary>Decompresses one deflate stream that fills the body into exactly <paramref name="destination"/>.</summary>
    /// <returns>Null where all is right; otherwise what isn't.</returns>
    public static string? Inflate(ReadOnlyMemory<byte> body, Span<byte> destination)
    {
        var source = new BodyStream(body);
        try
        {
            using var deflate = new DeflateStream(source, CompressionMode.Decompress, leaveOpen: true);
            var filled = 0;
            int read;
            while (filled < destination.Length && (read = deflate.Read(destination[filled..])) > 0)
                filled += read;
            if (filled < destination.Length)
                return "it holds less than its trailer says";
            Span<byte> more = stackalloc byte[1];
            if (deflate.Read(more) != 0)
                return "it holds more than its trailer says";
        }
        catch (InvalidDataException)
        {
            return "its compressed data is damaged";
        }

        if (source.AskedBeyond)
            return "its compressed data is cut off";
        return source.LastByteTaken ? null : "something stands between its compressed data and its trailer";
    }

    /// <summary>Whether the object decompresses, by all the rules, to exactly this text. In small pieces, so without a second buffer of its size.</summary>
    public static bool Holds(ReadOnlyMemory<byte> stored, ReadOnlySpan<byte> text)
    {
        if (!Frames(stored.Span, text))
            return false;
        var source = new BodyStream(stored[HeaderLength..^TrailerLength]);
        var piece = System.Buffers.ArrayPool<byte>.Shared.Rent(32 * 1024);
        var rest = text;
        try
        {
            using var deflate = new DeflateStream(source, CompressionMode.Decompress, leaveOpen: true);
            int read;
            while ((read = deflate.Read(piece)) > 0)
            {
                if (!rest.StartsWith(piece.AsSpan(0, read)))
                    return false;
                rest = rest[read..];
            }
        }
        catch (InvalidDataException)
        {
            return false;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(piece);
        }

        return rest.IsEmpty && !source.AskedBeyond && source.LastByteTaken;
    }

    /// <summary>Whether header and trailer are those of a member that holds this text.</summary>
    public static bool Frames(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> text) =>
        ClaimedLength(stored) == text.Length && Crc32.Compute(text) == BinaryPrimitives.ReadUInt32LittleEndian(stored[^TrailerLength..]);

    /// <summary>
    /// Decompresses as much as can be had of a damaged object, for naming what was hit. Nothing of it is trusted.
    /// </summary>
    public static int DecompressLeniently(ReadOnlyMemory<byte> stored, Span<byte> destination)
    {
        if (stored.Length <= HeaderLength)
            return 0;
        var filled = 0;
        try
        {
            using var deflate = new DeflateStream(new BodyStream(stored[HeaderLength..]), CompressionMode.Decompress);
            int read;
            while (filled < destination.Length && (read = deflate.Read(destination[filled..])) > 0)
                filled += read;
        }
        catch (InvalidDataException)
        {
            // What came before the damage is what we wanted.
        }

        return filled;
    }

    /// <summary>
    /// Hands the last byte out alone. The deflate reader asks for more only while its stream hasn't ended, so this
    /// shows both a stream that ends too early (the last byte is never asked for) and one that is cut off (it asks
    /// for more after the last byte).
    /// </summary>
    private sealed class BodyStream(ReadOnlyMemory<byte> body) : Stream
    {
        private int _at;

        public bool AskedBeyond { get; private set; }

        public bool LastByteTaken => _at == body.Length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (_at == body.Length)
            {
                AskedBeyond = true;
                return 0;
            }

            var left = body.Length - _at;
            var count = Math.Min(buffer.Length, left > 1 ? left - 1 : 1);
            body.Span.Slice(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
