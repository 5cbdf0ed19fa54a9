namespace ImmutableAudit.Events.Import;

/// <summary>
/// Feeds an inflater that takes more than it needs, and finds where the compressed data really ended. The inflater asks
/// for a block only when it has used up the one before; so the end lies in the last block that it got, and there, or
/// right behind it, stand the CRC and the length of what came out, which are known by then.
/// </summary>
internal sealed class GunzipFeed(Stream stored) : ReadOnlyStream
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _given;
    private int _at;
    private int _end;

    /// <summary>Bytes that were taken of what is stored.</summary>
    public long Taken { get; private set; }

    /// <summary>Says that a member's data begin here.</summary>
    public void Mark() => _given = _at;

    public async ValueTask<int> ByteAsync(CancellationToken cancellationToken)
    {
        if (_at == _end && !await FillAsync(cancellationToken).ConfigureAwait(false))
            return -1;
        return _buffer[_at++];
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == _end && !await FillAsync(cancellationToken).ConfigureAwait(false))
            return 0;
        var count = Math.Min(buffer.Length, _end - _at);
        _buffer.AsSpan(_at, count).CopyTo(buffer.Span);
        _given = _at;
        _at += count;
        return count;
    }

    /// <summary>Goes on right behind these bytes, which begin in the block that was given last or follow it at once.</summary>
    public async ValueTask<bool> SkipPastAsync(byte[] wanted, CancellationToken cancellationToken)
    {
        if (_end - _at < wanted.Length)
        {
            // The block, and so much behind it as the bytes may reach.
            _buffer.AsSpan(_given, _end - _given).CopyTo(_buffer);
            (_at, _end, _given) = (_at - _given, _end - _given, 0);
            if (_end + wanted.Length > _buffer.Length)
                return false;
            var read = await stored.ReadAtLeastAsync(_buffer.AsMemory(_end, wanted.Length), wanted.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            _end += read;
            Taken += read;
        }

        var found = _buffer.AsSpan(_given, _end - _given).IndexOf(wanted);
        if (found < 0 || found > _at - _given)
            return false;
        _at = _given + found + wanted.Length;
        return true;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        // Not to the buffer's end, so that the bytes behind a block always fit.
        var read = await stored.ReadAsync(_buffer.AsMemory(0, _buffer.Length / 2), cancellationToken).ConfigureAwait(false);
        (_given, _at, _end) = (0, 0, read);
        Taken += read;
        return read > 0;
    }
}
