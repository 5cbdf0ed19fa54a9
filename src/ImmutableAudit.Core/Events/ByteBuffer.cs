namespace ImmutableAudit.Events;

/// <summary>Bytes that grow at the end, in one array that is kept for the next use.</summary>
internal sealed class ByteBuffer(int capacity = 4096)
{
    private const int Small = 256 * 1024;
    private const long Large = 6 * 1024 * 1024;
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);

    /// <summary>How many bytes there are. May be lowered to forget the last ones.</summary>
    public int Length { get; set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public Span<byte> Slice(int start, int length) => _bytes.AsSpan(start, length);

    public void Append(byte value)
    {
        if (Length == _bytes.Length)
            Grow(1);
        _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>The next bytes, which count as written.</summary>
    public Span<byte> Take(int count)
    {
        var span = Reserve(count)[..count];
        Length += count;
        return span;
    }

    /// <summary>At least so many bytes behind the end, which don't count as written yet.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_bytes.Length - Length < count)
            Grow(count);
        return _bytes.AsSpan(Length);
    }

    private void Grow(int count)
    {
        // Doubling on and on leaves a trail of large arrays that the collector is slow to take away. What outgrows a
        // single event's size is a batch or a segment in the making, and those end near this size.
        var next = _bytes.Length < Small ? _bytes.Length * 2L : Math.Max(Large, _bytes.Length * 3L / 2);
        var bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, Math.Max((long)Length + count, next)));
        Written.CopyTo(bytes);
        _bytes = bytes;
    }
}
