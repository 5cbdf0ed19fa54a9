using ImmutableAudit.Chain;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Log;

/// <summary>
/// Commits batches: number, link, seal, freeze; send until the position is decided; read the lock back; relink what
/// another's segment displaced. One commit at a time.
/// </summary>
internal sealed class Committer : IDisposable
{
    private readonly IObjectStore _store;
    private readonly ISealKey _key;
    private readonly WriterOptions _options;
    private readonly ISpool? _spool;
    private readonly string _origin;
    private readonly SegmentBuilder _builder;
    private readonly PositionReader _positions;
    private readonly PositionWriter _writer;
    private readonly HeadFinder _heads;

    private EventBatch? _batch;

    // How many of the pending events, from the first on, may have been sent or may be in the spool.
    private int _atStake;

    // Whether the spool holds events of which an earlier commit said that nobody knows.
    private bool _unsettled;

    // Whether the spool holds nothing but what is in the log and was reported. It stays there until the next segment
    // takes its place or the writer is closed: a caller who is killed before he has noted what he was told is told again.
    private bool _reported;

    /// <summary>Makes a committer for a log that ends at <paramref name="head"/>, or for a log that doesn't exist yet.</summary>
    public Committer(IObjectStore store, ISealKey key, WriterOptions options, ISpool? spool, LogHead head, string origin)
    {
        _store = store;
        _key = key;
        _options = options;
        _spool = spool;
        _origin = origin;
        Head = head;
        _builder = new SegmentBuilder(key);
        _positions = new PositionReader(store);
        _writer = new PositionWriter(store, _positions, options, spool is not null);
        _heads = new HeadFinder(store);
    }

    /// <summary>The log's end as last seen: the pin.</summary>
    public LogHead Head { get; private set; }

    public HeadFinder Heads => _heads;

    /// <summary>Told of each segment that holds exactly a commit's events, with its stored bytes' number and what it can be found by, once it counts.</summary>
    public Action<ParsedSegment, long, SegmentTerms>? Counted { get; set; }

    /// <summary>Commits a batch, in as many segments as it takes. Never throws for what may have been written: see the result.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="cancellationToken">Stops before the next segment is sent. What is under way is settled first.</param>
    public async Task<CommitResult> CommitAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        CommitResult? settled = null;
        if (_unsettled)
        {
            // The spool has room for one segment: what is in it comes first, or it would be lost from sight.
            try
            {
                settled = await SpoolRecovery.RunAsync(_store, _spool!, this, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is AuditException or OperationCanceledException)
            {
                var failure = new AuditException(AuditErrors.CommitFailed, $"These {batch.Count:N0} events weren't sent and aren't in '{_store.Location}': those that the spool holds come first, and it still isn't known what became of them. Last: {e.Message}", _store.Location, e);
                return new CommitResult(_store.Location, _origin, [], batch.Count, [], failure);
            }

            _unsettled = false;
        }

        var result = await CommitAsync(batch, null, cancellationToken).ConfigureAwait(false);
        result.Settled = settled;
        return result;
    }

    /// <summary>Commits what of a batch isn't in the log behind <paramref name="from"/> yet. Until all of it is, the spool keeps the rest.</summary>
    public Task<CommitResult> CommitFromAsync(LogHead from, EventBatch batch, CancellationToken cancellationToken) =>
        CommitAsync(batch, from, cancellationToken);

    /// <summary>Commits the genesis. Where another's counts at position 0, it is never sent again elsewhere.</summary>
    public async Task<CommitResult> CommitGenesisAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var pending = new PendingEvents(batch);
        var committed = new List<CommittedSegment>();
        AuditException? failure = null;
        try
        {
            await CommitOneAsync(pending, committed, false, cancellationToken).ConfigureAwait(false);
        }
        catch (AuditException e)
        {
            failure = e;
        }

        return Result(batch.Count, pending, committed, failure);
    }

    /// <summary>Commits a change of keys, signed for the place among the key records that it gets.</summary>
    /// <exception cref="AuditException">What keeps the log from taking it. Nothing was written then.</exception>
    public async Task<CommitResult> CommitKeyChangeAsync(KeyChange change, ISealKey admin, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            Head = await _heads.FindAsync(Head, null, cancellationToken).ConfigureAwait(false);
            CheckWritable();
            if (change.Obstacle(Head.State, admin) is { } obstacle)
                throw obstacle;
            var place = Head.State.KeysAt;
            var batch = new EventBatch(_options.Time, 1);
            batch.Add(await change.ToEventAsync(Head.State, admin, cancellationToken).ConfigureAwait(false), reservedAllowed: true);
            var result = await CommitAsync(batch, null, cancellationToken).ConfigureAwait(false);
            // Somebody else changed the keys first: then what was signed is for a place that is taken.
            var isLate = result.Failure?.ErrorId == AuditErrors.InternalInvalid && Head.State.KeysAt != place;
            if (!isLate || attempt == 3)
                return result;
        }
    }

    private async Task<CommitResult> CommitAsync(EventBatch batch, LogHead? lookFrom, CancellationToken cancellationToken)
    {
        var pending = new PendingEvents(batch);
        var committed = new List<CommittedSegment>();
        AuditException? failure = null;
        _batch = batch;
        _atStake = 0;
        try
        {
            if (lookFrom is not null)
                await CatchUpAsync(lookFrom, pending, committed, cancellationToken).ConfigureAwait(false);
            while (pending.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await CommitOneAsync(pending, committed, lookFrom is not null, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e)
        {
            failure = new AuditException(AuditErrors.CommitFailed, $"Stopped on request: {pending.Count:N0} events weren't sent and aren't in the log.", _store.Location, e);
        }
        catch (AuditException e)
        {
            failure = e;
        }

        // The caller is told that they aren't in the log, so nobody may send them later.
        if (failure is not null && failure.ErrorId != AuditErrors.CommitUnknown && lookFrom is null && TryDrop() is { } kept)
            failure = new AuditException(AuditErrors.CommitUnknown, $"The events weren't written to '{_store.Location}' ({failure.Message}), and the spool couldn't be cleared of them ({kept.Message}), so the next start may send them: don't send them again.", _store.Location, failure);
        _unsettled |= failure?.ErrorId == AuditErrors.CommitUnknown && _spool is not null;
        _reported = failure is null;
        return Result(batch.Count, pending, committed, failure);
    }

    private CommitResult Result(int submitted, PendingEvents pending, List<CommittedSegment> committed, AuditException? failure)
    {
        var inDoubt = failure?.ErrorId == AuditErrors.CommitUnknown ? pending.Ids(_atStake) : [];
        return new CommitResult(_store.Location, _origin, committed, submitted, inDoubt, failure ?? NotLocked(committed));
    }

    /// <summary>Sends a segment that was frozen before until its position is decided, after a restart.</summary>
    public async Task<LogHead> SettleAsync(LogHead before, FrozenSegment frozen, CancellationToken cancellationToken)
    {
        // Looking first spares a version. In a directory the put is needed in any case: it flushes what is there.
        var position = _store.KeepsVersions ? await _positions.ReadAsync(before, SegmentParts.Leaves, cancellationToken).ConfigureAwait(false) : null;
        if (position?.Next is null)
            position = await _writer.DecideAsync(before, frozen, cancellationToken).ConfigureAwait(false);
        return Head = position.Next!;
    }

    public void Dispose()
    {
        // What can't be cleared is in the log, and the next start sees that.
        if (_reported)
            TryDrop();
        _builder.Dispose();
        _positions.Dispose();
        _heads.Dispose();
        _spool?.Dispose();
    }

    private async Task CommitOneAsync(PendingEvents pending, List<CommittedSegment> committed, bool keepRest, CancellationToken cancellationToken)
    {
        CheckWritable();
        var count = SegmentBuilder.Fitting(pending.Batch, pending.From, Head.State.Size);
        var frozen = await _builder.BuildAsync(Head.State, pending.Batch, pending.From, count, RecordedNow(), _origin, cancellationToken).ConfigureAwait(false);
        // While a segment that lost is being replaced, the spool may hold either of the two.
        _atStake = Math.Max(_atStake, count);
        _reported = false;
        _spool?.Keep(_origin, frozen, pending.Batch, keepRest ? pending.From + count : pending.Batch.Count);
        _atStake = count;
        var position = await _writer.DecideAsync(Head, frozen, cancellationToken).ConfigureAwait(false);
        var lost = !PositionWriter.Holds(position, frozen);
        Head = position.Next!;
        if (!lost)
            _atStake = 0;
        await TakeAsync(position.Segment!, Head, pending, committed, cancellationToken).ConfigureAwait(false);

        // Another's segment counts here. Go to the log's end before trying again.
        if (lost)
            await CatchUpAsync(Head, pending, committed, cancellationToken).ConfigureAwait(false);
    }

    private AuditException? TryDrop()
    {
        try
        {
            _spool?.Drop();
            return null;
        }
        catch (AuditException e)
        {
            return e;
        }
    }

    // Whatever of ours a segment on the way holds is committed, whichever attempt sent it.
    private async Task CatchUpAsync(LogHead from, PendingEvents pending, List<CommittedSegment> committed, CancellationToken cancellationToken)
    {
        var passed = new List<(ParsedSegment, LogHead, HashSet<UInt128>?)>();
        Head = await _heads.FindAsync(
            from,
            (segment, head) =>
            {
                if (pending.Take(segment.Ids, out var only))
                    passed.Add((segment, head, only));
            },
            cancellationToken).ConfigureAwait(false);
        foreach (var (segment, head, only) in passed)
            committed.Add(await AcknowledgeAsync(segment, head, only, cancellationToken).ConfigureAwait(false));
    }

    private async Task TakeAsync(
        ParsedSegment segment, LogHead head, PendingEvents pending, List<CommittedSegment> committed, CancellationToken cancellationToken)
    {
        if (pending.Take(segment.Ids, out var only))
            committed.Add(await AcknowledgeAsync(segment, head, only, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads the lock back, which belongs to the acknowledgement.</summary>
    private async Task<CommittedSegment> AcknowledgeAsync(ParsedSegment segment, LogHead head, HashSet<UInt128>? only, CancellationToken cancellationToken)
    {
        var (state, seen) = (LockState.NotPromised, (RetentionSeen?)null);
        try
        {
            (state, seen) = await LockCheck.ReadAsync(_store, head.State.Genesis!, head.Last!, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuditException or OperationCanceledException)
        {
            // The events are committed whatever became of this question.
            (state, seen) = (LockState.Unknown, new RetentionSeen(RetentionKnowledge.Unknown, Reason: e.Message));
        }

        if (Counted is not null && _batch?.TermsOf(segment.Ids) is { } terms)
            Counted(segment, head.Last!.Size, terms);
        var recorded = new DateTimeOffset(segment.FirstRecordedTicks, TimeSpan.Zero);
        return new CommittedSegment(head.Last!.Key, head.Last, segment.First, recorded, segment.Ids, only, new TileLeaves(segment), state, seen);
    }

    private AuditException? NotLocked(List<CommittedSegment> committed)
    {
        var weak = committed.FirstOrDefault(segment => segment.Lock == LockState.Less);
        return weak is null ? null : new AuditException(
            AuditErrors.NotLockedAsPromised,
            $"The events are in '{_store.Location}': don't send them again. But version {weak.Version.VersionId} of '{weak.Key}' isn't locked as the log promises "
            + $"(seen: {(weak.Retention is { Knowledge: RetentionKnowledge.Locked } seen ? $"{seen.Mode} until {seen.Until:u}" : "no lock")}). Somebody weakened the bucket's default retention; run Test-AuditChain.",
            weak.Key);
    }

    /// <summary>Whether this key may seal this log now, and whether the clocks agree.</summary>
    public void CheckWritable()
    {
        var state = Head.State;
        if (state.IsClosed)
            throw new AuditException(AuditErrors.LogClosed, $"The log at '{_store.Location}' was closed: nothing can follow.", _store.Location);
        if (state.Keys is { } keys && !keys.Sealers.Any(key => key.PublicKey.Span.SequenceEqual(_key.PublicKey.Span)))
            throw new AuditException(AuditErrors.KeyNotInForce, $"The key '{_key.Description}' may not seal the log at '{_store.Location}'. Give one that may: Get-AuditLog shows them as KeysInForce.", _key.Description);
        var tolerance = state.Genesis?.ToleranceSeconds ?? LogFormat.DefaultToleranceSeconds;
        if (_store.ClockOffset is { } offset && Math.Abs(offset.TotalSeconds) > tolerance)
            throw new AuditException(AuditErrors.ClockOff, $"This machine's clock is {offset.Duration().TotalSeconds:N0} s {(offset > TimeSpan.Zero ? "behind" : "ahead of")} the store's, and the log tolerates {tolerance} s: what it recorded would look back-dated. Set the clock.", _store.Location);
    }

    /// <summary>Never earlier than the record before, except where that one's clock was wrong: one broken clock must not stop a log for ever.</summary>
    private DateTime RecordedNow()
    {
        var now = _options.Time.GetUtcNow().UtcDateTime;
        var last = Head.State.LastRecordedTicks;
        if (_store.KeepsVersions && Head.Last is { } version
            && last > version.LastModified.UtcTicks + TimeSpan.FromSeconds(Head.State.Genesis!.ToleranceSeconds).Ticks)
            return now;
        return now.Ticks >= last ? now : new DateTime(last, DateTimeKind.Utc);
    }
}
