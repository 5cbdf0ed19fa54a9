using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Summaries;

/// <summary>
/// Puts the summaries that a writer's commits complete, behind the writer's back: no commit waits for it, and none fails by
/// it. It takes the records from the commits, and reads segments for what it lacks: those before the writer's first commit
/// in its part, those of other writers, and those that it let go because there were too many.
/// </summary>
internal sealed class SummaryFollower(IObjectStore store, ISealKey key) : IAsyncDisposable
{
    // So many segments wait at most; what one can be found by takes up to some hundred KiB.
    private const int MostWaiting = 64;

    // So many positions before its own it makes up for parts that nobody put. What is older, Update-AuditIndex does.
    private const long LookBack = 4096;

    private readonly Lock _gate = new();
    private readonly Queue<SegmentTerms> _waiting = new();
    private readonly DerivedPutter _putter = new(store);
    private readonly BlockParts _block = new(store);
    private LogHead _end = LogHead.Empty;
    private long _first = -1;
    private long _last;
    private Task _work = Task.CompletedTask;
    private PartBuilder? _builder;
    private AuditException? _trouble;
    private bool _disposed;

    /// <summary>What has come of it so far.</summary>
    public SummaryProgress Progress => new(_putter.Written, _putter.Present, (_trouble ?? _putter.Trouble)?.Message);

    /// <summary>Takes a segment of this writer's that counts. Returns at once.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="bytes">Its bytes as stored.</param>
    /// <param name="terms">What its records can be found by; this now belongs here.</param>
    public void Take(ParsedSegment segment, long bytes, SegmentTerms terms)
    {
        lock (_gate)
        {
            if (_disposed || _putter.HasEnded || _waiting.Count == MostWaiting)
                return;
            terms.Become(segment.First, bytes, segment.StoredDigest, segment.FirstRecordedTicks);
            _waiting.Enqueue(terms);
        }
    }

    /// <summary>Goes on, now that a commit is done. Returns at once.</summary>
    /// <param name="first">The commit's first record.</param>
    /// <param name="end">The log behind it.</param>
    public void Follow(long first, LogHead end)
    {
        lock (_gate)
        {
            if (_disposed || _putter.HasEnded)
                return;
            _end = end;
            if (_first < 0)
                _first = first;
            _last = end.State.Size;

            // Nothing at all is done before there is a whole part.
            if (_work.IsCompleted && PartBuilder.HasEnd(_builder?.PartStart ?? _first, _last))
                _work = Task.Run(WorkAsync, CancellationToken.None);
        }
    }

    /// <summary>Waits until the summaries of what was committed are put, or can't be.</summary>
    public async ValueTask FinishAsync()
    {
        Task work;
        lock (_gate)
        {
            if (_disposed)
                return;
            work = _work;
        }

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
    }

    private async Task WorkAsync()
    {
        try
        {
            while (Next(out var waiting, out var upTo, out var end) && !_putter.HasEnded)
            {
                _builder ??= new PartBuilder(await BeginAsync(end).ConfigureAwait(false));
                var before = _builder.Next;
                await ReadAsync(waiting?.First ?? upTo, end).ConfigureAwait(false);
                // Never twice in the same place.
                if (waiting is null && _builder.Next == before)
                    Restart();
                if (waiting is not null && waiting.First == _builder.Next)
                    await TakeAsync(waiting, end).ConfigureAwait(false);
            }
        }
        catch (AuditException e)
        {
            // The log itself couldn't be read; the next commit tries again from there.
            lock (_gate)
                _trouble ??= e;
            Restart();
        }
    }

    private void Restart()
    {
        lock (_gate)
        {
            _waiting.Clear();
            _builder = null;
            _first = _last;
        }
    }

    private bool Next(out SegmentTerms? waiting, out long upTo, out LogHead end)
    {
        lock (_gate)
        {
            (upTo, end) = (_last, _end);
            if (_waiting.TryDequeue(out waiting))
                return true;

            if (PartBuilder.HasEnd(_builder?.PartStart ?? _first, upTo) && (_builder?.Next ?? _first) < upTo)
                return true;
            _work = Task.CompletedTask;
            return false;
        }
    }

    // Behind the parts of this block that are there, as far as their names say. What follows a false name is made up for.
    private async ValueTask<long> BeginAsync(LogHead end)
    {
        var block = SummaryId.BlockStart(_first);
        var (chain, at) = await SummaryObjects.ChainAsync(store, block, end.State.Size, CancellationToken.None).ConfigureAwait(false);
        if (chain.Count > 0 && (await SummaryObjects.ReadAsync(store, chain[^1], end.State, CancellationToken.None).ConfigureAwait(false)).Summary is null)
            at = block;
        return _first - at > LookBack ? _first : at;
    }

    private async Task ReadAsync(long to, LogHead end)
    {
        if (_builder!.Next >= to)
            return;
        await foreach (var (segment, version) in SegmentReader.ReadAsync(store, end, _builder.Next, to - 1, CancellationToken.None).ConfigureAwait(false))
        {
            if (segment.First == _builder.Next)
                await TakeAsync(SegmentTerms.Of(segment, version.Size), end).ConfigureAwait(false);
        }
    }

    private async ValueTask TakeAsync(SegmentTerms segment, LogHead end)
    {
        if (_builder!.Append(segment) is not { } part)
            return;
        await PutAsync(part, end).ConfigureAwait(false);
        _block.Add(part);
        if (part.Id.End % SummaryId.BlockSize != 0)
            return;
        if (await _block.CompleteAsync(part.Id.End, end.State, CancellationToken.None).ConfigureAwait(false) is { } block)
        {
            await PutAsync(block, end).ConfigureAwait(false);
        }
        else
        {
            var name = new SummaryId(SummaryId.Block, part.Id.End - SummaryId.BlockSize, part.Id.End).Key;
            lock (_gate)
                _trouble ??= new AuditException(AuditErrors.ObjectUnreadable, $"'{name}' wasn't written, since parts of it are missing or wrong. Update-AuditIndex writes them.", name);
        }
    }

    private ValueTask PutAsync(Summary summary, LogHead end) =>
        _putter.PutAsync(summary.Id.Key, () => summary.SealAsync(end.State.Origin, key, CancellationToken.None), CancellationToken.None);
}
