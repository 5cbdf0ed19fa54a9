using System.Diagnostics;
using System.Runtime.CompilerServices;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Search;

/// <summary>
/// A search through a log as it was when it was opened. Every record is verified before it is handed out: its segment folds to
/// the root that it signs, and is shown to be in the log by the tree or by the segment behind it. No is said only by a summary that a key of the log
/// signed, or by the records themselves. What is held in memory is the matches of a few blocks of 16,384 records.
/// </summary>
public sealed class AuditSearch
{
    private const int MostAhead = 4;
    private const int MostIgnoredListed = 100;
    private readonly IObjectStore _store;
    private readonly LogHead _end;
    private readonly SearchQuery _query;
    private readonly RecordFilter _filter;
    private readonly Lock _gate = new();
    private readonly List<string> _ignored = [];
    private readonly Stopwatch _clock = new();
    private long _ignoredCount;
    private readonly Meter _meter = new();
    private bool _begun;
    private long _matches;
    private long _read;
    private long _uncovered;
    private long _leftOut;
    private long _bytesLeftOut;
    private long _used;
    private bool _complete;

    internal AuditSearch(IObjectStore store, LogHead end, SearchQuery query)
    {
        (_store, _end, _query) = (store, end, query);
        _filter = new RecordFilter(query);
    }

    /// <summary>What was read so far; the whole once the records have ended.</summary>
    public SearchReport Report
    {
        get
        {
            lock (_gate)
            {
                return new SearchReport
                {
                    Log = _store.Location,
                    RecordsInLog = _end.State.Size,
                    RecordsRead = _read,
                    RecordsLeftOut = _leftOut,
                    RecordsUncovered = _uncovered,
                    Matches = _matches,
                    SegmentsFetched = _meter.Segments,
                    SegmentBytes = _meter.SegmentBytes,
                    SummariesUsed = _used,
                    SummaryBytes = _meter.SummaryBytes,
                    TileBytes = _meter.TileBytes,
                    Requests = _meter.Requests,
                    BytesLeftOut = _bytesLeftOut,
                    Ignored = _ignored.ToArray(),
                    SummariesIgnored = _ignoredCount,
                    IsComplete = _complete,
                    Duration = _clock.Elapsed,
                };
            }
        }
    }

    /// <summary>Searches. Once only.</summary>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="AuditException"><c>RecordNotVerified</c>, <c>ObjectUnreadable</c>, and what the store throws.</exception>
    public async IAsyncEnumerable<AuditRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_begun)
            throw new InvalidOperationException("A search is read once.");
        _begun = true;
        _clock.Start();
        await using var metered = new MeteredStore(_store, _meter);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var searcher = new BlockSearcher(metered, _end, _filter, Ignore);
        var running = new Queue<Task<BlockResult>>();
        try
        {
            var blocks = (await BlocksAsync(metered, stop.Token).ConfigureAwait(false)).GetEnumerator();
            // Who wants a few of the newest mustn't wait for more.
            var ahead = _query.Most is null ? MostAhead : 1;
            while (!IsFull)
            {
                while (running.Count < ahead && blocks.MoveNext())
                {
                    var block = blocks.Current;
                    running.Enqueue(Task.Run(() => block(searcher, stop.Token), stop.Token));
                }

                if (!running.TryPeek(out var next))
                    break;
                var result = await next.ConfigureAwait(false);
                _ = running.Dequeue();
                ahead = Math.Min(ahead * 2, MostAhead);
                Count(result);
                for (var i = 0; i < result.Hits.Count && !IsFull; i++)
                {
                    _matches++;
                    yield return result.Hits[_query.OldestFirst ? result.Hits.Count - 1 - i : i].ToRecord(_end.State.Origin);
                }
            }

            _complete = !IsFull;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (var task in running)
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _clock.Stop();
        }
    }

    private bool IsFull => _query.Most is { } most && _matches >= most;

    private void Count(BlockResult result)
    {
        lock (_gate)
        {
            _read += result.Read;
            _uncovered += result.Uncovered;
            _leftOut += result.Plan.RecordsLeftOut;
            _bytesLeftOut += result.Plan.BytesLeftOut;
            _used += result.Plan.Used;
        }
    }

    private void Ignore(string what)
    {
        lock (_gate)
        {
            _ignoredCount++;
            if (_ignored.Count < MostIgnoredListed)
                _ignored.Add(what);
        }
    }

    private async Task<IEnumerable<Func<BlockSearcher, CancellationToken, Task<BlockResult>>>> BlocksAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        var size = _end.State.Size;
        var planner = new BlockPlanner(store, _end.State, _filter, Ignore);
        var whole = new HashSet<long>();
        await foreach (var id in SummaryObjects.ListAsync(store, SummaryId.Block, 0, size, cancellationToken).ConfigureAwait(false))
            whole.Add(id.First);
        var hasParts = false;
        await foreach (var id in SummaryObjects.ListAsync(store, SummaryId.Part, 0, size, cancellationToken).ConfigureAwait(false))
        {
            hasParts = true;
            break;
        }

        var count = (size + SummaryId.BlockSize - 1) / SummaryId.BlockSize;
        return Numbers(count, _query.OldestFirst).Select(number =>
        {
            var (from, to) = (number * SummaryId.BlockSize, Math.Min((number + 1) * SummaryId.BlockSize, size));
            return new Func<BlockSearcher, CancellationToken, Task<BlockResult>>(async (searcher, token) =>
            {
                var plan = await planner.PlanAsync(from, to, to - from == SummaryId.BlockSize && whole.Contains(from), hasParts, token).ConfigureAwait(false);
                return await searcher.SearchAsync(from, to, plan, token).ConfigureAwait(false);
            });
        });
    }

    private static IEnumerable<long> Numbers(long count, bool ascending)
    {
        for (long i = 0; i < count; i++)
            yield return ascending ? i : count - 1 - i;
    }
}
