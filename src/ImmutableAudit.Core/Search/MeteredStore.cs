using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Search;

/// <summary>What a search fetched. Counted by several threads.</summary>
internal sealed class Meter
{
    private long _segments;
    private long _segmentBytes;
    private long _summaryBytes;
    private long _tileBytes;
    private long _requests;

    public long Segments => Interlocked.Read(ref _segments);

    public long SegmentBytes => Interlocked.Read(ref _segmentBytes);

    public long SummaryBytes => Interlocked.Read(ref _summaryBytes);

    public long TileBytes => Interlocked.Read(ref _tileBytes);

    public long Requests => Interlocked.Read(ref _requests);

    public void CountRequest() => Interlocked.Increment(ref _requests);

    public void CountObject(string key, long bytes)
    {
        if (key.StartsWith(SegmentName.Prefix, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _segments);
            Interlocked.Add(ref _segmentBytes, bytes);
        }
        else if (key.StartsWith(SummaryId.Prefix, StringComparison.Ordinal))
        {
            Interlocked.Add(ref _summaryBytes, bytes);
        }
        else if (key.StartsWith(TilePath.Prefix, StringComparison.Ordinal))
        {
            Interlocked.Add(ref _tileBytes, bytes);
        }
    }
}

/// <summary>A store as one search sees it: counts what is fetched, and lets so many fetches run at once.</summary>
internal sealed class MeteredStore(IObjectStore inner, Meter meter) : IObjectStore
{
    private const int AtOnce = 16;
    private readonly SemaphoreSlim _room = new(AtOnce);
    public string Location => inner.Location;

    public bool KeepsVersions => inner.KeepsVersions;

    public string? VersionsUnseen => inner.VersionsUnseen;

    public TimeSpan? ClockOffset => inner.ClockOffset;

    public ValueTask<PutAnswer> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A search writes nothing.");

    public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken)
    {
        meter.CountRequest();
        return inner.ListAsync(prefix, startAfter, pageSize, cancellationToken);
    }

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken)
    {
        meter.CountRequest();
        return inner.ListDescendingAsync(prefix, startAfter, cancellationToken);
    }

    public async ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            meter.CountRequest();
            var read = await inner.ReadAsync(version, maxBytes, cancellationToken).ConfigureAwait(false);
            meter.CountObject(version.Key, read.Content.Length);
            return read;
        }
        finally
        {
            _room.Release();
        }
    }

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) => inner.ReadRetentionAsync(version, cancellationToken);

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) => inner.ReadDefaultRetentionAsync(cancellationToken);

    /// <summary>Only its own: the store is the caller's.</summary>
    public ValueTask DisposeAsync()
    {
        _room.Dispose();
        return ValueTask.CompletedTask;
    }
}
