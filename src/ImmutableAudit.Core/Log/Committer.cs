using ImmutableAudit.Chain;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// Commits batches: number, link, seal, freeze; put; list; let the first valid version decide; read the lock back;
/// relink what another's segment displaced. One commit at a time.
/// </summary>
internal sealed class Committer : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);
    private readonly IObjectStore _store;
    private readonly ISealKey _key;
    private readonly WriterOptions _options;
    private readonly ISpool? _spool;
    private readonly string _origin;
    private readonly SegmentBuilder _builder;
    private readonly PositionReader _positions;
    private readonly HeadFinder _heads;
    private bool _ignoresIfMatch;

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
        _heads = new HeadFinder(store);
    }

    /// <summary>The log's end as last seen: the pin.</summary>
    public LogHead Head { get; private set; }

    public HeadFinder Heads => _heads;

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

    private async Task<CommitResult> CommitAsync(EventBatch batch, LogHead? lookFrom, CancellationToken cancellationToken)
    {
        var pending = new PendingEvents(batch);
        var committed = new List<CommittedSegment>();
        AuditException? failure = null;
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
            position = await DecideAsync(before, frozen, cancellationToken).ConfigureAwait(false);
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
        var position = await DecideAsync(Head, frozen, cancellationToken).ConfigureAwait(false);
        var lost = !Holds(position, frozen);
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

        var recorded = new DateTimeOffset(segment.FirstRecordedTicks, TimeSpan.Zero);
        return new CommittedSegment(head.Last!.Key, head.Last, segment.First, recorded, segment.Ids, only, segment.Leaves!, state, seen);
    }

    /// <summary>Puts and lists until the version list shows what holds the position.</summary>
    private async Task<Position> DecideAsync(LogHead head, FrozenSegment frozen, CancellationToken cancellationToken)
    {
        var started = _options.Time.GetTimestamp();
        var condition = PutCondition.Absent;
        var delay = FirstDelay;
        var inDoubt = false;
        var unseen = false;
        string? refusedETag = null;
        AuditException? trouble = null;
        for (var attempt = 1; ; attempt++)
        {
            var tried = condition;
            var (answer, refusal) = await PutAsync(frozen, condition).ConfigureAwait(false);
            inDoubt |= answer.Outcome != PutOutcome.ConditionFailed && refusal is null;
            trouble = refusal ?? trouble;
            // Even a condition that failed may have failed because of us, where the request was doubled on its way; and a
            // directory may refuse after it gave the name, where it couldn't be flushed.
            unseen |= refusal is null || !_store.KeepsVersions;
            var (position, listed) = await ListAsync(head, frozen, answer, inDoubt, unseen).ConfigureAwait(false);
            trouble = listed ?? trouble;
            unseen &= position is null;
            if (position?.Next is not null)
            {
                // There, and not yet durable.
                return refusal is not null && !_store.KeepsVersions && Holds(position, frozen) ? throw GivenUp(true, refusal) : position;
            }

            if (position is not null)
            {
                if (!_store.KeepsVersions && position.Rejected.Count > 0)
                    throw new AuditException(AuditErrors.NextSegmentInvalid, $"'{frozen.Key}' in '{_store.Location}' isn't a valid segment ({position.Rejected[0].Defect.Message}), so the log can't go on and nothing more was written. Run Test-AuditChain; whoever put it there could delete, too.", frozen.Key);
                if (refusal is not null)
                    throw GivenUp(inDoubt, refusal);
                condition = NextCondition(position.Newest, condition, answer, ref refusedETag);
            }

            // A slow store mustn't end it before the right condition was found: garbage here takes two, rarely four.
            var late = _options.Time.GetElapsedTime(started) > _options.GiveUpAfter && (attempt >= 4 || condition == tried);
            if (late || cancellationToken.IsCancellationRequested)
                throw GivenUp(inDoubt || unseen, trouble);
            await Task.Delay(delay * (0.5 + _options.Jitter()), _options.Time, CancellationToken.None).ConfigureAwait(false);
            delay = delay * 2 > LongestDelay ? LongestDelay : delay * 2;
        }
    }

    private static bool Holds(Position position, FrozenSegment frozen) => position.Segment!.Ids.AsSpan().SequenceEqual(frozen.Segment.Ids);

    private async Task<(PutAnswer Answer, AuditException? Refusal)> PutAsync(FrozenSegment frozen, PutCondition condition)
    {
        try
        {
            // Never cancelled: an abandoned PUT may arrive all the same, and then nobody would know.
            return (await _store.PutAsync(frozen.Key, frozen.Stored, condition, null, CancellationToken.None).ConfigureAwait(false), null);
        }
        catch (AuditException e)
        {
            return (new PutAnswer(PutOutcome.ConditionFailed), e);
        }
    }

    private async Task<(Position? Position, AuditException? Trouble)> ListAsync(
        LogHead head, FrozenSegment frozen, PutAnswer answer, bool inDoubt, bool unseen)
    {
        List<StoredVersion>? versions = null;
        try
        {
            versions = await PositionReader.ListAsync(_store, frozen.Key, CancellationToken.None).ConfigureAwait(false);
            var own = answer.Outcome == PutOutcome.Stored && (answer.VersionId is not null || !_store.KeepsVersions)
                ? new OwnVersion(answer.VersionId, frozen)
                : null;
            return (await _positions.TryDecideAsync(head, versions, SegmentParts.Leaves, CancellationToken.None, own).ConfigureAwait(false), null);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.ObjectUnreadable)
        {
            var mayBeOurs = unseen && versions?.Any(version => version.Size == frozen.Stored.Length) != false;
            throw GivenUp(inDoubt || mayBeOurs, e);
        }
        catch (AuditException e)
        {
            return (null, e);
        }
    }

    /// <summary>
    /// Absent where the newest entry is nothing or a delete marker; where it is garbage, its ETag; nothing only where
    /// this endpoint refused that ETag twice while the list still shows it newest, which means that it doesn't honour it.
    /// </summary>
    private PutCondition NextCondition(StoredVersion? newest, PutCondition last, PutAnswer answer, ref string? refusedETag)
    {
        if (newest is null || newest.IsDeleteMarker)
            return PutCondition.Absent;
        if (_ignoresIfMatch)
            return PutCondition.None;
        if (last.IfMatch == newest.ETag && answer.Outcome == PutOutcome.ConditionFailed)
        {
            if (refusedETag == newest.ETag)
            {
                _ignoresIfMatch = true;
                return PutCondition.None;
            }

            refusedETag = newest.ETag;
        }

        return PutCondition.Matching(newest.ETag);
    }

    private AuditException GivenUp(bool inDoubt, AuditException? cause) => inDoubt
        ? new AuditException(
            AuditErrors.CommitUnknown,
            $"Nobody knows whether the events are in '{_store.Location}': the store was asked and didn't say. "
            + (_spool is null ? "Look for their ids before you send them again; with a spool the next start would settle it. " : "The spool keeps them, and the next start settles it: don't send them again. ")
            + $"Last: {cause?.Message ?? "no answer"}",
            _store.Location, cause)
        : cause ?? new AuditException(AuditErrors.CommitFailed, $"Nothing was written to '{_store.Location}': the store went on refusing.", _store.Location);

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
            throw new AuditException(AuditErrors.KeyNotInForce, $"The key '{_key.Description}' may not seal the log at '{_store.Location}'. Give the key that the log was made with; Get-AuditLog shows its id.", _key.Description);
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
