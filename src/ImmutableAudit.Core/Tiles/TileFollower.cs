using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>
/// Puts the tiles that a writer's commits complete, behind the writer's back: no commit waits for it, and none fails by
/// it. It takes the leaves from the commits, and reads segments for what it lacks: those before the writer's first
/// commit in its tile, those of other writers, and those that it let go because the store is slower than the commits.
/// </summary>
internal sealed class TileFollower(IObjectStore store) : IAsyncDisposable
{
    // 32 MiB of leaves wait at most: to read a segment again costs more than to keep what is known of it.
    private const int MostWaiting = 1 << 20;

    // So many tiles before its own it looks back for such that nobody put.
    private const int LookBack = 64;

    private readonly Lock _gate = new();
    private readonly Queue<TileLeaves> _waiting = new();
    private readonly DerivedPutter _putter = new(store);
    private readonly CancellationTokenSource _ending = new();
    private readonly MerkleHasher _hasher = new();
    private LogHead _end = LogHead.Empty;
    private long _first = -1;
    private long _last;
    private int _held;
    private Task _work = Task.CompletedTask;
    private TileBuilder? _builder;
    private AuditException? _trouble;
    private bool _disposed;

    /// <summary>What has come of it so far.</summary>
    public TileProgress Progress => new(_putter.Written, _putter.Present, (_trouble ?? _putter.Trouble)?.Message);

    /// <summary>Takes what a commit added. Returns at once.</summary>
    /// <param name="segments">The commit's segments.</param>
    /// <param name="end">The log behind them, or further.</param>
    public void Follow(IReadOnlyList<CommittedSegment> segments, LogHead end)
    {
        lock (_gate)
        {
            if (_disposed || _putter.HasEnded || segments.Count == 0)
                return;
            _end = end;
            if (_first < 0)
                _first = segments[0].Leaves.First;
            foreach (var segment in segments)
            {
                _last = Math.Max(_last, segment.Leaves.End);
                if (_held + segment.Leaves.Leaves.Length > MostWaiting)
                    continue;
                _waiting.Enqueue(segment.Leaves);
                _held += segment.Leaves.Leaves.Length;
            }

            // Nothing at all is done before there is a whole tile.
            if (_work.IsCompleted && Begun() >> TilePath.FullWidthBits < _last >> TilePath.FullWidthBits)
                _work = Task.Run(WorkAsync, CancellationToken.None);
        }
    }

    /// <summary>Waits until the tiles of what was committed are put, or can't be. Looking further back ends.</summary>
    public async ValueTask FinishAsync()
    {
        Task work;
        lock (_gate)
        {
            if (_disposed)
                return;
            work = _work;
        }

        await _ending.CancelAsync().ConfigureAwait(false);
        await work.ConfigureAwait(false);
        await _putter.FinishAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        await FinishAsync().ConfigureAwait(false);
        lock (_gate)
            _disposed = true;
        _putter.Dispose();
        _hasher.Dispose();
        _ending.Dispose();
    }

    // Where the work goes on, or the first leaf it will be given.
    private long Begun() => _builder?.Size ?? _first;

    private async Task WorkAsync()
    {
        try
        {
            while (Next(out var leaves, out var upTo, out var end) && !_putter.HasEnded)
            {
                _builder ??= await BeginAsync(leaves, end).ConfigureAwait(false);
                var to = leaves?.First ?? upTo;
                if (_builder.Size < to)
                    await ReadAsync(to, end).ConfigureAwait(false);
                if (leaves is not null)
                    await TakeAsync(leaves).ConfigureAwait(false);
            }
        }
        catch (AuditException e)
        {
            // The log itself couldn't be read; the next commit tries again from there.
            lock (_gate)
            {
                _trouble ??= e;
                _waiting.Clear();
                _held = 0;
                _builder = null;
                _first = _last;
            }
        }
    }

    private bool Next(out TileLeaves? leaves, out long upTo, out LogHead end)
    {
        lock (_gate)
        {
            (upTo, end) = (_last >> TilePath.FullWidthBits << TilePath.FullWidthBits, _end);
            if (_waiting.TryDequeue(out leaves))
                _held -= leaves.Leaves.Length;
            else if (Begun() >= upTo)
                _work = Task.CompletedTask;
            else
                return true;
            return leaves is not null;
        }
    }

    private async Task<TileBuilder> BeginAsync(TileLeaves? leaves, LogHead end)
    {
        var tile = _first >> TilePath.FullWidthBits;
        try
        {
            for (var back = 0; back < LookBack && tile > 0 && !await IsThereAsync(tile - 1).ConfigureAwait(false); back++)
                tile--;
        }
        catch (OperationCanceledException)
        {
            // The writer ends: it has its own tiles to finish, and no time for others'.
            tile = _first >> TilePath.FullWidthBits;
        }

        var start = tile << TilePath.FullWidthBits;
        return leaves is not null && leaves.First == start
            ? new TileBuilder(leaves.Before)
            : new TileBuilder(await TileSegments.RangeAtAsync(store, end, start, _hasher, CancellationToken.None).ConfigureAwait(false));
    }

    private async ValueTask<bool> IsThereAsync(long index)
    {
        var read = await TileObjects.ReadAsync(store, new TileId(0, index), _ending.Token).ConfigureAwait(false);
        return read.Status != ReadStatus.Gone;
    }

    private async Task ReadAsync(long to, LogHead end)
    {
        await foreach (var leaves in TileSegments.ReadAsync(store, end, _builder!.Size, to - 1, CancellationToken.None).ConfigureAwait(false))
            await TakeAsync(leaves).ConfigureAwait(false);
    }

    private async Task TakeAsync(TileLeaves leaves)
    {
        if (leaves.End <= _builder!.Size)
            return;
        foreach (var tile in _builder.Append(leaves, _hasher))
        {
            if (await WholeAsync(tile).ConfigureAwait(false) is { } whole)
                await _putter.PutAsync(whole, CancellationToken.None).ConfigureAwait(false);
        }
    }

    // The hashes of a higher level from before this writer's time are in the tiles below.
    private async ValueTask<BuiltTile?> WholeAsync(BuiltTile tile)
    {
        if (tile.Known == 0)
            return tile;
        var whole = await TileSegments.CompleteAsync(store, tile, _hasher, CancellationToken.None).ConfigureAwait(false);
        if (whole is null)
        {
            lock (_gate)
                _trouble ??= new AuditException(AuditErrors.ObjectUnreadable, $"'{tile.Id.Key}' wasn't written, since tiles below it are missing or wrong. Update-AuditIndex writes them.", tile.Id.Key);
        }

        return whole;
    }
}
