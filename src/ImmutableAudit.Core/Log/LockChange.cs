using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>A segment of the log and the version that counts for it.</summary>
internal readonly record struct CountingSegment(StoredVersion Version, long First, long Last);

/// <summary>One kind of change to locks: looks at a version, decides, asks for the change, and looks again.</summary>
internal abstract class LockChange(ILockableStore store)
{
    protected ILockableStore Store { get; } = store;

    /// <summary>What is and what would be done. Sends no change.</summary>
    public async Task<SegmentLockResult> LookAsync(CountingSegment segment, CancellationToken cancellationToken)
    {
        var (seen, decision) = await JudgeAsync(segment, cancellationToken).ConfigureAwait(false);
        return Result(segment, seen, decision);
    }

    /// <summary>
    /// Makes the change. What the plan saw may be old by now, so the version is looked at again before; and what the
    /// store answers isn't believed, so it is looked at after.
    /// </summary>
    public async Task<SegmentLockResult> ApplyAsync(CountingSegment segment)
    {
        // Begun is finished: a change that is under way can't be taken back, only left unseen.
        var (before, decision) = await JudgeAsync(segment, CancellationToken.None).ConfigureAwait(false);
        if (decision.Outcome != SegmentLockOutcome.WouldDo)
            return Result(segment, before, decision);

        AuditException? refusal = null;
        try
        {
            await PutAsync(segment.Version, decision, CancellationToken.None).ConfigureAwait(false);
        }
        catch (AuditException e)
        {
            refusal = e;
        }

        var (after, _) = await SeeAsync(segment.Version, CancellationToken.None).ConfigureAwait(false);
        return Result(segment, after, IsSo(decision, after)
            ? decision with { Outcome = SegmentLockOutcome.Done }
            : Failed(segment, decision, before, after, refusal));
    }

    /// <summary>Reads what the change is about.</summary>
    protected virtual ValueTask<RetentionSeen> ReadAsync(StoredVersion version, CancellationToken cancellationToken) =>
        Store.ReadRetentionAsync(version, cancellationToken);

    protected abstract LockDecision Decide(StoredVersion version, string what, RetentionSeen seen);

    protected abstract ValueTask PutAsync(StoredVersion version, LockDecision decision, CancellationToken cancellationToken);

    /// <summary>Whether the version is as it was asked to be.</summary>
    protected abstract bool IsSo(LockDecision decision, RetentionSeen seen);

    /// <summary>Whether what the change is about could be seen at all.</summary>
    protected abstract bool IsKnown(RetentionSeen seen);

    /// <summary>What a refusal may mean besides a missing permission; null if nothing.</summary>
    protected virtual string? WhyDenied(LockDecision decision, RetentionSeen before) => null;

    /// <summary>What would be done, for people.</summary>
    protected abstract string Wish(LockDecision decision);

    private string Name(CountingSegment segment) => $"'{segment.Version.Key}' (version {segment.Version.VersionId ?? "null"}) of {Store.Location}";

    private async Task<(RetentionSeen Seen, LockDecision Decision)> JudgeAsync(CountingSegment segment, CancellationToken cancellationToken)
    {
        var (seen, failure) = await SeeAsync(segment.Version, cancellationToken).ConfigureAwait(false);
        return (seen, failure is null ? Decide(segment.Version, Name(segment), seen) : LockDecision.Fail(SegmentLockOutcome.NotSeen, failure));
    }

    private async Task<(RetentionSeen Seen, AuditException? Failure)> SeeAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAsync(version, cancellationToken).ConfigureAwait(false), null);
        }
        catch (AuditException e)
        {
            return (new RetentionSeen(RetentionKnowledge.Unknown, Reason: e.Message), e);
        }
    }

    private LockDecision Failed(CountingSegment segment, LockDecision asked, RetentionSeen before, RetentionSeen after, AuditException? refusal)
    {
        if (refusal?.ErrorId == AuditErrors.AccessDenied && WhyDenied(asked, before) is { } why)
            refusal = new AuditException(refusal.ErrorId, $"{why} {refusal.Message}", refusal.Target, refusal);
        if (refusal is not null)
        {
            return LockDecision.Fail(refusal.ErrorId switch
            {
                AuditErrors.AccessDenied => SegmentLockOutcome.NotPermitted,
                AuditErrors.RetentionInvalid => SegmentLockOutcome.Refused,
                // No answer, and nothing to be seen: it may have been changed.
                AuditErrors.StoreUnreachable when !IsKnown(after) => SegmentLockOutcome.NotSeen,
                _ => SegmentLockOutcome.RefusedByEndpoint,
            }, refusal);
        }

        var what = Name(segment);
        return IsKnown(after)
            ? LockDecision.Fail(SegmentLockOutcome.RefusedByEndpoint, new AuditException(AuditErrors.LockNotChanged,
                $"The store took the change for {what} ({Wish(asked)}), and read back it isn't so. Don't rely on this endpoint's locks.", what))
            : LockDecision.Fail(SegmentLockOutcome.NotSeen, new AuditException(AuditErrors.LockNotSeen,
                $"The store took the change for {what} ({Wish(asked)}), and what came of it can't be seen. {after.Reason}", what));
    }

    private SegmentLockResult Result(CountingSegment segment, RetentionSeen seen, LockDecision decision)
    {
        var detail = decision.Outcome == SegmentLockOutcome.WouldDo
            ? decision.Note is null ? $"{Wish(decision)}." : $"{Wish(decision)}. {decision.Note}" : decision.Note;
        return new SegmentLockResult(
            new SegmentLock
            {
                Log = Store.Location,
                Segment = segment.Version.Key,
                VersionId = segment.Version.VersionId,
                FirstSequence = segment.First,
                LastSequence = segment.Last,
                Outcome = decision.Outcome,
                Mode = seen.Mode,
                Until = seen.Until,
                LegalHold = seen.LegalHold,
                Detail = detail,
            },
            decision.Error);
    }
}

/// <summary>Makes locks longer or stronger.</summary>
internal sealed class RetentionLockChange(ILockableStore store, RetentionChange change, RetentionMode? promised) : LockChange(store)
{
    protected override LockDecision Decide(StoredVersion version, string what, RetentionSeen seen)
    {
        var decision = RetentionRule.Decide(what, seen, change.UntilFor(version), change.Mode, promised);
        if (decision.Put is null)
            return decision;
        try
        {
            Store.CheckUntil(decision.Put.Until);
            return decision;
        }
        catch (AuditException e)
        {
            return LockDecision.Fail(SegmentLockOutcome.Refused, new AuditException(e.ErrorId, $"{what}: {e.Message}", what, e));
        }
    }

    protected override ValueTask PutAsync(StoredVersion version, LockDecision decision, CancellationToken cancellationToken) =>
        Store.PutRetentionAsync(version, decision.Put!, cancellationToken);

    // Somebody else may have made it stronger still meanwhile.
    protected override bool IsSo(LockDecision decision, RetentionSeen seen) =>
        seen.Knowledge == RetentionKnowledge.Locked && seen.Until >= decision.Put!.Until
        && (seen.Mode == RetentionMode.Compliance || seen.Mode == decision.Put.Mode);

    // Ceph takes every change of a mode for a bypass, also this one, which makes the lock stronger.
    protected override string? WhyDenied(LockDecision decision, RetentionSeen before) => before.Mode is { } mode && mode != decision.Put!.Mode
        ? "Some stores change a lock's mode only for who bypasses governance, and this is never asked for here. Leave -Mode out to make the lock longer in its own mode."
        : null;

    protected override bool IsKnown(RetentionSeen seen) => seen.Knowledge is RetentionKnowledge.Locked or RetentionKnowledge.NotLocked;

    protected override string Wish(LockDecision decision) => $"{decision.Put!.Mode} until {decision.Put.Until.UtcDateTime:u}";
}

/// <summary>Puts legal holds, or takes them off.</summary>
internal sealed class LegalHoldChange(ILockableStore store, bool on) : LockChange(store)
{
    // A version that never had a hold says nothing of it with its lock; then it is asked for by itself.
    protected override async ValueTask<RetentionSeen> ReadAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        var seen = await base.ReadAsync(version, cancellationToken).ConfigureAwait(false);
        if (seen.LegalHold is not null)
            return seen;
        var hold = await Store.ReadLegalHoldAsync(version, cancellationToken).ConfigureAwait(false);
        return seen with { LegalHold = hold.On, Reason = hold.Reason };
    }

    // Where the hold can't be seen it is asked for all the same: that can't do more than what was asked.
    protected override LockDecision Decide(StoredVersion version, string what, RetentionSeen seen) =>
        new(seen.LegalHold == on ? SegmentLockOutcome.AlreadySo : SegmentLockOutcome.WouldDo);

    protected override ValueTask PutAsync(StoredVersion version, LockDecision decision, CancellationToken cancellationToken) =>
        Store.PutLegalHoldAsync(version, on, cancellationToken);

    protected override bool IsSo(LockDecision decision, RetentionSeen seen) => seen.LegalHold == on;

    protected override bool IsKnown(RetentionSeen seen) => seen.LegalHold is not null;

    protected override string Wish(LockDecision decision) => on ? "Legal hold on" : "Legal hold off";
}
