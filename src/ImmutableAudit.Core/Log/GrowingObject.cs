using ImmutableAudit.Chain;

namespace ImmutableAudit.Log;

/// <summary>A gzip member that is being written by one thread and may be read by another at the same time.</summary>
internal sealed class GrowingObject : Stream
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _more = new(0);
    private byte[] _bytes = new byte[64 * 1024];
    private int _length;
    private bool _complete;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    public void Clear()
    {
        _length = 0;
        _complete = false;
        while (_more.Wait(0))
        {
            // Signals that nobody has waited for.
        }
    }

    /// <summary>Tells readers that nothing more comes.</summary>
    /// <returns>All that was written; it stays until the next <see cref="Clear"/>.</returns>
    public Memory<byte> Complete()
    {
        lock (_gate)
            _complete = true;
        _more.Release();
        return _bytes.AsMemory(0, _length);
    }

    /// <summary>The deflate stream inside, to be read while it grows.</summary>
    public Body OpenBody() => new(this);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            if (_bytes.Length - _length < buffer.Length)
                Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + buffer.Length));
            buffer.CopyTo(_bytes.AsSpan(_length));
            _length += buffer.Length;
        }

        _more.Release();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _more.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Reads what is between header and trailer, the last byte alone, as <see cref="GzipMember"/> explains.</summary>
    internal sealed class Body(GrowingObject source) : Stream
    {
        private int _at = GzipMember.HeaderLength;
        private bool _askedBeyond;

        /// <summary>Whether the reader stopped exactly where the trailer begins.</summary>
        public bool EndedExactly => !_askedBeyond && source._complete && _at == source._length - GzipMember.TrailerLength;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (true)
            {
                lock (source._gate)
                {
                    // One byte and the trailer stay behind until it is known which byte is the last.
                    var left = source._length - GzipMember.TrailerLength - _at;
                    if (left > 1 || (left == 1 && source._complete))
                    {
                        var count = Math.Min(buffer.Length, left > 1 ? left - 1 : 1);
                        source._bytes.AsSpan(_at, count).CopyTo(buffer.Span);
                        _at += count;
                        return count;
                    }

                    if (source._complete)
                    {
                        _askedBeyond = true;
                        return 0;
                    }
                }

                await source._more.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
