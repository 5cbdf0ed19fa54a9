using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// Sends a frozen segment to its position until the version list shows what holds it: put; list, whatever was answered;
/// let the first valid version decide; or give up, and say whether the events may be in the log.
/// </summary>
internal sealed class PositionWriter(IObjectStore store, PositionReader positions, WriterOptions options, bool hasSpool)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    // So often the condition is kept to; then somebody is putting garbage faster than the list can be read.
    private const int ConditionalAttempts = 4;
    private bool _ignoresIfMatch;

    // Whether this store refused a put without a condition after it had let us put with one.
    private bool _demandsCondition;

    /// <summary>Puts and lists until the version list shows what holds the position.</summary>
    /// <param name="head">The log before the position.</param>
    /// <param name="frozen">What is sent there.</param>
    /// <param name="cancellationToken">Stops between attempts.</param>
    /// <exception cref="AuditException">
    /// <c>CommitUnknown</c> where the events may be in the log; anything else means that they aren't and won't be.
    /// </exception>
    public async Task<Position> DecideAsync(LogHead head, FrozenSegment frozen, CancellationToken cancellationToken)
    {
        var started = options.Time.GetTimestamp();
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
            if (refusal?.ErrorId == AuditErrors.AccessDenied && condition == PutCondition.None && store.KeepsVersions)
            {
                // A bucket's policy can refuse puts without a condition, as ours does; then garbage has to bring one, too,
                // and whoever looks again has his turn.
                _demandsCondition = true;
                (trouble, refusal) = (refusal, null);
            }

            inDoubt |= answer.Outcome != PutOutcome.ConditionFailed && refusal is null;
            trouble = refusal ?? trouble;
            // Even a condition that failed may have failed because of us, where the request was doubled on its way; and a
            // directory may refuse after it gave the name, where it couldn't be flushed.
            unseen |= refusal is null || !store.KeepsVersions;
            var (position, listed) = await ListAsync(head, frozen, answer, inDoubt, unseen).ConfigureAwait(false);
            trouble = listed ?? trouble;
            unseen &= position is null;
            if (position?.Next is not null)
            {
                // There, and not yet durable.
                return refusal is not null && !store.KeepsVersions && Holds(position, frozen) ? throw GivenUp(true, refusal) : position;
            }

            if (position is not null)
            {
                if (!store.KeepsVersions && position.Rejected.Count > 0)
                    throw GivenUp(inDoubt, new AuditException(AuditErrors.NextSegmentInvalid, $"'{frozen.Key}' in '{store.Location}' isn't a valid segment ({position.Rejected[0].Defect.Message}), so the log can't go on and nothing more was written. Run Test-AuditChain; whoever put it there could delete, too.", frozen.Key));
                if (refusal is not null)
                    throw GivenUp(inDoubt, refusal);
                condition = attempt >= ConditionalAttempts && answer.Outcome == PutOutcome.ConditionFailed && !_demandsCondition
                    ? PutCondition.None
                    : NextCondition(position.Newest, condition, answer, ref refusedETag);
            }

            // A slow store mustn't end it before the right condition was found: garbage here takes two attempts, rarely five.
            var late = options.Time.GetElapsedTime(started) > options.GiveUpAfter && (attempt > ConditionalAttempts || condition == tried);
            if (late || cancellationToken.IsCancellationRequested)
                throw GivenUp(inDoubt || unseen, trouble);
            await Task.Delay(delay * (0.5 + options.Jitter()), options.Time, CancellationToken.None).ConfigureAwait(false);
            delay = delay * 2 > LongestDelay ? LongestDelay : delay * 2;
        }
    }

    /// <summary>Whether the segment that counts is ours, whichever attempt brought it.</summary>
    public static bool Holds(Position position, FrozenSegment frozen) => position.Segment!.Ids.AsSpan().SequenceEqual(frozen.Segment.Ids);

    private async Task<(PutAnswer Answer, AuditException? Refusal)> PutAsync(FrozenSegment frozen, PutCondition condition)
    {
        try
        {
            // Never cancelled: an abandoned PUT may arrive all the same, and then nobody would know.
            return (await store.PutAsync(frozen.Key, frozen.Stored, condition, null, CancellationToken.None).ConfigureAwait(false), null);
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
            versions = await PositionReader.ListAsync(store, frozen.Key, CancellationToken.None).ConfigureAwait(false);
            // Where versions aren't kept after all ("null"), another's bytes may have come in the place of ours.
            var own = answer.Outcome == PutOutcome.Stored && (answer.VersionId is { Length: > 0 } and not "null" || !store.KeepsVersions)
                ? new OwnVersion(answer.VersionId, frozen)
                : null;
            return (await positions.TryDecideAsync(head, versions, SegmentParts.Leaves, CancellationToken.None, own).ConfigureAwait(false), null);
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
    /// (Where there is something new each time, no condition ever holds, and the caller goes on without one: the first
    /// valid version counts in any case, a condition only spares versions.)
    /// </summary>
    private PutCondition NextCondition(StoredVersion? newest, PutCondition last, PutAnswer answer, ref string? refusedETag)
    {
        if (newest is null || newest.IsDeleteMarker)
            return PutCondition.Absent;
        if (_ignoresIfMatch && !_demandsCondition)
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
            $"Nobody knows whether the events are in '{store.Location}': the store was asked and didn't say. "
            + (hasSpool ? "The spool keeps them, and the next start settles it: don't send them again. " : "Look for their ids before you send them again; with a spool the next start would settle it. ")
            + $"Last: {cause?.Message ?? "no answer"}",
            store.Location, cause)
        : cause ?? new AuditException(AuditErrors.CommitFailed, $"Nothing was written to '{store.Location}': the store went on refusing.", store.Location);
}
