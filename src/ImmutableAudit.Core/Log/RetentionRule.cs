using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>What is to be done with one version's lock.</summary>
/// <param name="Outcome">What to report if nothing is sent; <see cref="SegmentLockOutcome.WouldDo"/> if something is to be.</param>
/// <param name="Put">The lock to ask for, where the change is one of retention.</param>
/// <param name="Note">What is worth telling.</param>
/// <param name="Error">Why not; null unless it is an error.</param>
internal sealed record LockDecision(SegmentLockOutcome Outcome, RetentionUntil? Put = null, string? Note = null, AuditException? Error = null)
{
    public static LockDecision Fail(SegmentLockOutcome outcome, AuditException error) => new(outcome, null, error.Message, error);
}

/// <summary>
/// The rule for changing retention: a lock only ever gets longer or stronger. Not every server enforces that (some
/// let a lock be shortened), so it is decided here and not left to them; and what can't be seen isn't touched.
/// </summary>
internal static class RetentionRule
{
    /// <param name="what">The version, for messages.</param>
    /// <param name="seen">Its lock as it is.</param>
    /// <param name="until">The moment asked for.</param>
    /// <param name="asked">The mode asked for; null to keep what is there.</param>
    /// <param name="promised">The mode for a version without a lock where none was asked for.</param>
    public static LockDecision Decide(string what, RetentionSeen seen, DateTimeOffset until, RetentionMode? asked, RetentionMode? promised)
    {
        if (seen.Knowledge == RetentionKnowledge.NotLocked)
            return DecideUnlocked(what, until, asked ?? promised);
        if (seen.Knowledge != RetentionKnowledge.Locked || seen.Mode is not { } mode || seen.Until is not { } now)
        {
            return LockDecision.Fail(SegmentLockOutcome.NotSeen, new AuditException(AuditErrors.LockNotSeen,
                $"The lock of {what} can't be seen, so it wasn't touched: a change might weaken it. {seen.Reason}", what));
        }

        if (mode == RetentionMode.Compliance && asked == RetentionMode.Governance)
        {
            return LockDecision.Fail(SegmentLockOutcome.Refused, new AuditException(AuditErrors.WouldWeaken,
                $"{what} is locked in Compliance mode, and Governance would be weaker. Leave -Mode out to keep each segment's own mode.", what));
        }

        var stronger = (asked ?? mode) != mode;
        if (!stronger && now >= until)
            return new LockDecision(now == until ? SegmentLockOutcome.AlreadySo : SegmentLockOutcome.KeptLonger);
        // Asking for Compliance until an earlier moment would give up the rest of the Governance lock.
        return now > until
            ? new LockDecision(SegmentLockOutcome.WouldDo, new RetentionUntil(asked!.Value, now), "Its lock reached further than asked and isn't shortened.")
            : new LockDecision(SegmentLockOutcome.WouldDo, new RetentionUntil(asked ?? mode, until));
    }

    private static LockDecision DecideUnlocked(string what, DateTimeOffset until, RetentionMode? mode) => mode is { } given
        ? new LockDecision(SegmentLockOutcome.WouldDo, new RetentionUntil(given, until))
        : LockDecision.Fail(SegmentLockOutcome.Refused, new AuditException(AuditErrors.RetentionInvalid,
            $"{what} isn't locked, and the log promises no mode: say with -Mode which it should be.", what));
}
