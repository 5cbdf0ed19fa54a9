using System.Buffers.Binary;
using System.IO.Compression;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Decompresses gzip (RFC 1952), one member or many, and checks that each is whole: .NET's own reader takes a file that
/// was cut off for a shorter one. What decompresses to far more than logs ever do is refused.
/// </summary>
internal sealed class GunzipStream(Stream stored) : ReadOnlyStream
{
    // Deflate reaches 1,032. Logs seldom reach 30; a file of one line repeated stays below 300.
    private const int MostRatio = 500;
    private const long FreeBytes = 256 * 1024 * 1024;
    private readonly GunzipFeed _feed = new(stored);
    private DeflateStream? _member;
    private bool _any;
    private uint _crc;
    private uint _length;
    private long _total;

    /// <exception cref="InvalidDataException">It isn't whole, isn't gzip, or is a bomb.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (_member is null && !await BeginAsync(cancellationToken).ConfigureAwait(false))
                return 0;
            var read = await _member!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read > 0)
            {
                Count(buffer.Span[..read]);
                return read;
            }

            await EndAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _member?.Dispose();
        base.Dispose(disposing);
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        _crc = Crc32.Append(_crc, bytes);
        _length += (uint)bytes.Length;
        _total += bytes.Length;
        if (_total > FreeBytes && _total / MostRatio > _feed.Taken)
            throw new InvalidDataException($"it decompresses to more than {MostRatio} times its size, which no log does.");
    }

    // False at the end. Zeros behind a member are padding, as tar and tapes leave it.
    private async ValueTask<bool> BeginAsync(CancellationToken cancellationToken)
    {
        int first;
        while ((first = await _feed.ByteAsync(cancellationToken).ConfigureAwait(false)) == 0 && _any)
        {
        }

        if (first < 0)
            return _any ? false : throw Broken();
        if (first != 0x1F || await NextAsync().ConfigureAwait(false) != 0x8B || await NextAsync().ConfigureAwait(false) != 8)
            throw new InvalidDataException("something that isn't gzip stands in it.");
        var flags = await NextAsync().ConfigureAwait(false);
        for (var i = 0; i < 6; i++)
            await NextAsync().ConfigureAwait(false);
        if ((flags & 4) != 0)
        {
            for (var left = await NextAsync().ConfigureAwait(false) | await NextAsync().ConfigureAwait(false) << 8; left > 0; left--)
                await NextAsync().ConfigureAwait(false);
        }

        // A name, then a comment, each up to a zero.
        for (var texts = (flags >> 3 & 1) + (flags >> 4 & 1); texts > 0; texts--)
        {
            while (await NextAsync().ConfigureAwait(false) != 0)
            {
            }
        }

        for (var i = flags & 2; i > 0; i--)
            await NextAsync().ConfigureAwait(false);
        (_any, _crc, _length) = (true, 0, 0);
        _feed.Mark();
        _member = new DeflateStream(_feed, CompressionMode.Decompress, leaveOpen: true);
        return true;

        async ValueTask<int> NextAsync() => await _feed.ByteAsync(cancellationToken).ConfigureAwait(false) is var next and >= 0 ? next : throw Broken();
    }

    private async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        _member!.Dispose();
        _member = null;
        var trailer = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _crc);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(4), _length);
        if (!await _feed.SkipPastAsync(trailer, cancellationToken).ConfigureAwait(false))
            throw Broken();
    }

    private static InvalidDataException Broken() => new("its compressed content is cut off or damaged.");
}
