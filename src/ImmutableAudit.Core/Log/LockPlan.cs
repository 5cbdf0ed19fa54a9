using System.Runtime.CompilerServices;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// A change to the locks of a log's segments: first looked at, then made. A lock protects an object, so a range of
/// records stands for the whole segments that hold them.
/// </summary>
public sealed class LockPlan
{
    // Enough to hide the way to the store; more would only ask it for patience.
    private const int AtOnce = 16;
    private readonly LockChange _change;
    private readonly List<(CountingSegment Segment, SegmentLockResult Result)> _segments;

    private LockPlan(AuditLog log, LockChange change, List<(CountingSegment, SegmentLockResult)> segments, AuditException? broken)
    {
        Log = log;
        _change = change;
        _segments = segments;
        Broken = broken;
    }

    /// <summary>The log as it was opened. Segments that are written later aren't part of the plan.</summary>
    public AuditLog Log { get; }

    /// <summary>Why the range couldn't be followed to its end; null if it could. What was reached is in the plan.</summary>
    public AuditException? Broken { get; }

    /// <summary>Each segment as it is, in the log's order, and what would be done.</summary>
    public IEnumerable<SegmentLockResult> Segments => _segments.Select(segment => segment.Result);

    /// <summary>How many segments hold the range.</summary>
    public int Count => _segments.Count;

    /// <summary>How many of them would be changed.</summary>
    public int Changes => _segments.Count(segment => segment.Result.Lock.Outcome == SegmentLockOutcome.WouldDo);

    /// <summary>The first record of the first segment; −1 if there is none.</summary>
    public long FirstSequence => Count == 0 ? -1 : _segments[0].Segment.First;

    /// <summary>The last record of the last segment; −1 if there is none.</summary>
    public long LastSequence => Count == 0 ? -1 : _segments[^1].Segment.Last;

    /// <summary>Looks what it takes to lock segments at least so long. Changes nothing.</summary>
    /// <param name="store">Where the log is.</param>
    /// <param name="change">How long, and in which mode.</param>
    /// <param name="first">The first record.</param>
    /// <param name="last">The last record, included; beyond the end means to the end.</param>
    /// <param name="progress">Told how many records have been passed; null for nobody.</param>
    /// <param name="cancellationToken">Ends looking.</param>
    /// <exception cref="AuditException"><c>StoreUnsuitable</c>, <c>RetentionInvalid</c>, <c>RangeInvalid</c>, and what opening a log throws.</exception>
    public static async Task<LockPlan> ForRetentionAsync(
        IObjectStore store, RetentionChange change, long first, long last, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(change);
        change.Check();
        var lockable = Lockable(store);
        if (change.Until is { } until)
            lockable.CheckUntil(until);
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        return await MakeAsync(log, lockable, new RetentionLockChange(lockable, change, log.Genesis.Retention?.Mode), first, last, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks what it takes to put a legal hold on segments, or to take it off. Changes nothing.</summary>
    /// <param name="store">Where the log is.</param>
    /// <param name="on">Whether the hold should be on.</param>
    /// <param name="first">The first record.</param>
    /// <param name="last">The last record, included; beyond the end means to the end.</param>
    /// <param name="progress">Told how many records have been passed; null for nobody.</param>
    /// <param name="cancellationToken">Ends looking.</param>
    /// <exception cref="AuditException"><c>StoreUnsuitable</c>, <c>RangeInvalid</c>, and what opening a log throws.</exception>
    public static async Task<LockPlan> ForLegalHoldAsync(
        IObjectStore store, bool on, long first, long last, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        var lockable = Lockable(store);
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        return await MakeAsync(log, lockable, new LegalHoldChange(lockable, on), first, last, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Makes the changes, several at once, and gives every segment of the plan in the log's order. A segment that fails
    /// doesn't stop the others. Cancelling begins no more, and waits for those that are under way.
    /// </summary>
    /// <param name="cancellationToken">Ends it between segments.</param>
    public IAsyncEnumerable<SegmentLockResult> ApplyAsync(CancellationToken cancellationToken = default) => InOrderAsync(
        _segments.ToAsyncEnumerable(),
        entry => entry.Result.Lock.Outcome == SegmentLockOutcome.WouldDo ? _change.ApplyAsync(entry.Segment) : Task.FromResult(entry.Result),
        cancellationToken);

    private static async Task<LockPlan> MakeAsync(
        AuditLog log, ILockableStore store, LockChange change, long first, long last, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (first < 0 || last < first)
            throw new AuditException(AuditErrors.RangeInvalid, $"Records {first} to {last} can't be: numbers begin at 0, and the first comes before the last.", first);
        if (first >= log.Size)
            throw log.Doubt ?? new AuditException(AuditErrors.RangeInvalid, $"There is no record {first}: the log ends with {log.Size - 1}.", first);

        var walk = new CountingWalk(store, log, progress);
        var segments = new List<(CountingSegment, SegmentLockResult)>();
        var looked = InOrderAsync(
            walk.ReadAsync(first, Math.Min(last, log.Size - 1), cancellationToken),
            async segment => (segment, await change.LookAsync(segment, cancellationToken).ConfigureAwait(false)),
            cancellationToken);
        await foreach (var segment in looked.ConfigureAwait(false))
            segments.Add(segment);
        return new LockPlan(log, change, segments, walk.Broken);
    }

    private static ILockableStore Lockable(IObjectStore store) => store as ILockableStore ?? throw new AuditException(
        AuditErrors.StoreUnsuitable,
        $"'{store.Location}' has no locks: only logs in a bucket with Object Lock do. A directory can be copied to media that can't be rewritten, or the log kept in a bucket.",
        store.Location);

    private static async IAsyncEnumerable<TResult> InOrderAsync<TItem, TResult>(
        IAsyncEnumerable<TItem> items, Func<TItem, Task<TResult>> work, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var running = new Queue<Task<TResult>>();
        try
        {
            await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (running.Count == AtOnce)
                    yield return await running.Dequeue().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                running.Enqueue(work(item));
            }

            while (running.Count > 0)
                yield return await running.Dequeue().ConfigureAwait(false);
        }
        finally
        {
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
