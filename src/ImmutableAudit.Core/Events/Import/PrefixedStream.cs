namespace ImmutableAudit.Events.Import;

/// <summary>Bytes that were read ahead, and the stream that they came from, as one stream.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    /// <summary>Reads until so many bytes are there, or the end.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> HeadAsync(Stream stream, int count, CancellationToken cancellationToken)
    {
        var head = new byte[count];
        return head.AsMemory(0, await stream.ReadAtLeastAsync(head, count, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_prefix.IsEmpty)
            return rest.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, _prefix.Length);
        _prefix[..count].CopyTo(buffer);
        _prefix = _prefix[count..];
        return ValueTask.FromResult(count);
    }
}
