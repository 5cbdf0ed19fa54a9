using ImmutableAudit.Events.Import;

namespace ImmutableAudit.Import;

/// <summary>Tells how much was read.</summary>
internal sealed class CountingStream(Stream inner, Action<int> read) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        read(count);
        return count;
    }
}
