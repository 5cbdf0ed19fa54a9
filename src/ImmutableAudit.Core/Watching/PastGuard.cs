using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>
/// Compares what is listed of a log's older part with what was seen of it, and judges what changed as a verifier does:
/// by the log before it, by what lies behind it, and by the digest of what was there.
/// </summary>
internal sealed class PastGuard(IObjectStore store, SlotLister lister, SeenObjects seen, AlertBook alerts, Func<LogHead> head)
{
    // What is over this is judged in the next poll.
    private const int MostJudged = 256;
    private const int MostReread = 16;
    private const long MostRereadBytes = 8 * 1024 * 1024;
    private int _reread;

    /// <summary>Compares a part of the listing.</summary>
    /// <param name="slots">What is listed, newest position first.</param>
    /// <param name="after">The key behind which the part begins; null for the beginning.</param>
    /// <param name="upTo">The last key of the part; null for the end of the listing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The log to go on from where its end isn't the one that was seen; null where it is.</returns>
    public async Task<LogHead?> CompareAsync(List<Slot> slots, string? after, string? upTo, CancellationToken cancellationToken)
    {
        var end = head().State.Size;
        var changed = new List<Slot>();
        var missing = new List<long>();
        var (low, at) = seen.Between(after, upTo);
        foreach (var slot in slots.Where(slot => slot.First >= 0))
        {
            while (at >= low && seen.PositionAt(at) > slot.First)
                missing.Add(seen.PositionAt(at--));
            var isKnown = at >= low && seen.PositionAt(at) == slot.First;
            if (slot.First < end && !(isKnown && seen.At(at).Print == SeenObjects.Print(slot, store.KeepsVersions)))
                changed.Add(slot);
            if (isKnown)
                at--;
        }

        while (at >= low)
            missing.Add(seen.PositionAt(at--));

        var agreed = await GoneAsync([.. missing.Where(position => !seen.Find(position)!.Value.IsGone).Reverse()], end, cancellationToken).ConfigureAwait(false);
        // The oldest first, so that each is judged by what is before it.
        changed.Reverse();
        foreach (var slot in changed.Take(MostJudged))
            agreed = Earlier(agreed, await JudgeAsync(slot, cancellationToken).ConfigureAwait(false));
        return agreed is { } position && await BeforeAsync(position, cancellationToken).ConfigureAwait(false) is { } before ? before : null;
    }

    /// <summary>
    /// Reads a few older segments again, in turn: in a directory a file can be changed so that its size and time stay.
    /// </summary>
    public async Task<LogHead?> RereadAsync(CancellationToken cancellationToken)
    {
        long? agreed = null;
        long bytes = 0;
        for (var i = 0; i < Math.Min(MostReread, seen.Count) && bytes < MostRereadBytes; i++)
        {
            if (_reread >= seen.Count || seen.PositionAt(_reread) >= head().State.Size)
                _reread = 0;
            var position = seen.PositionAt(_reread++);
            // What is gone is told by the listing.
            if (position >= head().State.Size || await lister.KeyAsync(position, cancellationToken).ConfigureAwait(false) is not { Oldest: { } oldest } slot)
                continue;
            bytes += oldest.Size;
            agreed = Earlier(agreed, await JudgeAsync(slot, cancellationToken).ConfigureAwait(false));
        }

        return agreed is { } from ? await BeforeAsync(from, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Tells that a segment isn't the one that was seen, though it is validly sealed.</summary>
    public void TellReplaced(LogHead now) => alerts.Tell(
        FindingKind.HistoryChanged,
        $"'{SegmentName.Format(now.State.LastFirst)}' is validly sealed and isn't the segment that was there before: somebody with the key wrote records {now.State.LastFirst} to {now.State.Size - 1} anew.",
        now.State.LastFirst, now.State.Size - 1, SegmentName.Format(now.State.LastFirst), now.Last!.VersionId);

    private static long? Earlier(long? one, long? other) => one is null ? other : other is null ? one : Math.Min(one.Value, other.Value);

    /// <summary>Tells what isn't listed any more, neighbours in one; and from where on the end is gone.</summary>
    private async Task<long?> GoneAsync(List<long> positions, long end, CancellationToken cancellationToken)
    {
        var gone = new List<long>();
        foreach (var position in positions)
        {
            // A listing can miss what is there; a key that is asked for by itself can't be missed. Of many, those at both ends.
            if (gone.Count < MostJudged && (await lister.KeyAsync(position, cancellationToken).ConfigureAwait(false)).Versions.Count > 0)
                continue;
            gone.Add(position);
        }

        for (var i = 0; i < gone.Count;)
        {
            var first = gone[i];
            seen.Set(first, 0);
            long behind;
            for (i++; (behind = seen.Behind(first)) >= 0 && i < gone.Count && gone[i] == behind; i++)
                seen.Set(gone[i], 0);
            if (first >= end)
                continue; // It never counted.
            behind = seen.Behind(first);
            var key = SegmentName.Format(first);
            if (behind >= 0 && behind < end)
            {
                alerts.Tell(FindingKind.RecordsMissing, $"Records {first} to {behind - 1} were there and are gone: '{key}' was removed.", first, behind - 1, key, null);
                continue;
            }

            alerts.Tell(FindingKind.Truncated, $"The log was rolled back: records {first} to {end - 1} were there and are gone, from '{key}' on.", first, end - 1, key, null);
            return first;
        }

        return null;
    }

    /// <summary>Judges a key in the log's older part that isn't as it was seen.</summary>
    /// <returns>The position up to which the log's end is still what was seen; null where the whole of it is.</returns>
    private async Task<long?> JudgeAsync(Slot slot, CancellationToken cancellationToken)
    {
        var known = seen.Find(slot.First);
        var print = SeenObjects.Print(slot, store.KeepsVersions);
        slot = await lister.ReadAsync(slot, SegmentParts.None, cancellationToken).ConfigureAwait(false);
        if (!store.KeepsVersions && known is { IsRead: true } read && slot.Segment is { } same && SeenObjects.Half(same.StoredDigest) == read.Digest)
        {
            Sound(slot, print, read.Digest);
            return null;
        }

        var findings = new FindingList();
        using var join = new ChainJoiner(store, findings, new KnownHistory(new VerifyOptions()), nothingKnown: false);
        var before = await PlaceAsync(slot, known is not null, cancellationToken).ConfigureAwait(false);
        join.ResumeAt(before ?? head());
        await join.TakeAsync(slot, cancellationToken).ConfigureAwait(false);
        var isJoined = join.Head.Last is not null && join.Head.State.LastFirst == slot.First;
        var digest = isJoined ? SeenObjects.Half(join.Head.State.LastSegment) : default;
        var now = join.Head;
        if (before is not null && known is not { IsRead: true } && seen.Behind(slot.First) is >= 0 and var behind)
        {
            // Its bytes were never seen: what lies behind it says what they were.
            var next = await lister.ReadAsync(await lister.KeyAsync(isJoined ? now.State.Size : behind, cancellationToken).ConfigureAwait(false), SegmentParts.None, cancellationToken).ConfigureAwait(false);
            if (next.Versions.Count > 0)
                await join.TakeAsync(next, cancellationToken).ConfigureAwait(false);
        }

        if (before is not null && !isJoined && known is not { IsRead: true })
            join.ReportRest();
        var found = findings.Drain();
        foreach (var finding in found)
            alerts.Tell(finding);
        if (found.Any(finding => finding.Severity == FindingSeverity.Unknown && finding.Kind == FindingKind.Unreadable))
            return null; // Judged again in the next poll.

        if (known is { IsRead: true } was && was.Digest != digest)
        {
            if (isJoined)
                TellReplaced(now);
            else
                alerts.Tell(FindingKind.SegmentInvalid, $"'{slot.Key}' was altered: it held valid records, and now nothing there is valid{(slot.Defect is { } defect ? $" ({defect.Message})" : "")}.", slot.Defect?.Sequence ?? slot.First, null, slot.Key, slot.Oldest?.VersionId);
            seen.Set(slot.First, print);
            if (!isJoined || slot.First != head().State.LastFirst)
                return null;
            // Tried again as if it were new: what it says now comes as records.
            seen.Set(slot.First, 0);
            return slot.First;
        }

        if (isJoined && !found.Any(finding => finding.Severity == FindingSeverity.Failure))
            Sound(slot, print, digest);
        else
            seen.Set(slot.First, print);
        return null;
    }

    private void Sound(Slot slot, ulong print, UInt128 digest)
    {
        seen.Set(slot.First, print, digest);
        if (!store.KeepsVersions)
            alerts.TellOver(slot.Key, $"'{slot.Key}' holds again what it held.");
    }

    /// <summary>The log before a key where a segment was; null where none begins.</summary>
    private async Task<LogHead?> PlaceAsync(Slot slot, bool wasThere, CancellationToken cancellationToken)
    {
        if (await BeforeAsync(slot.First, cancellationToken).ConfigureAwait(false) is { } before)
            return before;
        if (!wasThere || slot.First == 0)
            return null;
        // What is before it is damaged, too, or it lies inside of that. Then it is judged by what it says itself, or by the end.
        var earlier = seen.Before(slot.First);
        if (earlier >= 0 && (await lister.ReadAsync(await lister.KeyAsync(earlier, cancellationToken).ConfigureAwait(false), SegmentParts.None, cancellationToken).ConfigureAwait(false)).Segment?.End > slot.First)
            return null;
        return slot.Segment is not { } segment
            ? new LogHead(head().State with { Size = slot.First }, null)
            : new LogHead(head().State with { Size = segment.First, LastLeaf = segment.Previous, LastSegment = segment.PreviousSegment, KeysAt = segment.Keys, Frontier = segment.Seal.Frontier }, null);
    }

    private async Task<LogHead?> BeforeAsync(long position, CancellationToken cancellationToken)
    {
        using var heads = new HeadFinder(store);
        try
        {
            var before = await heads.BeforeAsync(position, cancellationToken).ConfigureAwait(false);
            return before is null || position == 0 || before.State.Origin == head().State.Origin ? before : null;
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.LogNotFound or AuditErrors.NotALog)
        {
            // The first segment itself is gone or damaged; that is told when the sweep comes to it.
            return null;
        }
    }
}
