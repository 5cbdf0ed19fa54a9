using System.Collections.Concurrent;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Tiles;

/// <summary>A directory that counts what is asked of it, and can refuse puts.</summary>
internal sealed class CountingStore(IObjectStore inner) : IObjectStore
{
    private int _lists;

    public ConcurrentQueue<string> Reads { get; } = new();

    public ConcurrentQueue<string> Puts { get; } = new();

    /// <summary>Awaited before each put; may throw.</summary>
    public Func<string, Task> Putting { get; set; } = _ => Task.CompletedTask;

    public int Requests => Reads.Count + Puts.Count + _lists;

    public int SegmentReads => Reads.Count(key => key.StartsWith("segments/", StringComparison.Ordinal));

    public int TileReads => Reads.Count(key => key.StartsWith("tile/", StringComparison.Ordinal));

    public string Location => inner.Location;

    public bool KeepsVersions => inner.KeepsVersions;

    public TimeSpan? ClockOffset => inner.ClockOffset;

    public void Reset()
    {
        Reads.Clear();
        Puts.Clear();
        _lists = 0;
    }

    public async ValueTask<PutAnswer> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        Puts.Enqueue(key);
        await Putting(key);
        return await inner.PutAsync(key, content, condition, lockUntil, cancellationToken);
    }

    public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lists);
        return inner.ListAsync(prefix, startAfter, pageSize, cancellationToken);
    }

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lists);
        return inner.ListDescendingAsync(prefix, startAfter, cancellationToken);
    }

    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken)
    {
        Reads.Enqueue(version.Key);
        return inner.ReadAsync(version, maxBytes, cancellationToken);
    }

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) => inner.ReadRetentionAsync(version, cancellationToken);

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) => inner.ReadDefaultRetentionAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
