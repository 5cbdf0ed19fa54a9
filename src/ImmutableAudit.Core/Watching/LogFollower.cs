using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>
/// Follows a log: takes each new segment as a verifier does, hands out its records, and compares what is listed with what
/// it has seen. One call is one poll, with a bounded number of requests.
/// </summary>
internal sealed class LogFollower : IDisposable
{
    /// <summary>So many segments are taken in one poll; the rest waits for the next, which comes at once.</summary>
    public const int MostSegmentsAPoll = 64;

    private const int NewestPart = 1000;
    private const int MostStrange = 10_000;
    private readonly IObjectStore _store;
    private readonly AlertBook _alerts;
    private readonly Action<AuditRecord> _handedOut;
    private readonly SlotLister _lister;
    private readonly PastGuard _past;
    private readonly LostSegments _lost;
    private readonly HashSet<string> _strange = new(StringComparer.Ordinal);
    private readonly int _sweepSize;
    private long _from;
    private string? _cursor;
    private bool _retry;

    /// <param name="store">The log's store.</param>
    /// <param name="head">The log before the first segment that is to be taken.</param>
    /// <param name="from">The first record that is handed out.</param>
    /// <param name="options">How to watch.</param>
    /// <param name="alerts">Takes what is handed out.</param>
    /// <param name="handedOut">Told of each record behind it.</param>
    public LogFollower(IObjectStore store, LogHead head, long from, WatchOptions options, AlertBook alerts, Action<AuditRecord> handedOut)
    {
        (_store, _alerts, _handedOut, _from, Head) = (store, alerts, handedOut, from, head);
        _lister = new SlotLister(store);
        _lost = new LostSegments(store, alerts, options.Time);
        _past = new PastGuard(store, _lister, Seen, alerts, () => Head);
        _sweepSize = Math.Max(2 * NewestPart, options.SweepSize ?? (store.KeepsVersions ? 2 * NewestPart : 10 * NewestPart));
    }

    public SeenObjects Seen { get; } = new();

    /// <summary>The log as far as it was handed out.</summary>
    public LogHead Head { get; private set; }

    /// <summary>Whether there is more to take at once.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>Remembers what is there before the watch begins, without judging it.</summary>
    public async Task LearnAsync(CancellationToken cancellationToken)
    {
        var learned = new Stack<(long, ulong)>();
        for (string? after = null; ;)
        {
            var (slots, last) = await _lister.PartAsync(after, NewestPart, cancellationToken).ConfigureAwait(false);
            foreach (var slot in slots)
            {
                if (slot.First >= 0 && slot.First < Head.State.Size)
                    learned.Push((slot.First, SeenObjects.Print(slot, _store.KeepsVersions)));
                else if (slot.First < 0 && _strange.Count < MostStrange)
                    _strange.Add(slot.Key);
            }

            if (last is null)
                break;
            after = last;
        }

        // The oldest first: in order they needn't be moved.
        foreach (var (first, print) in learned)
            Seen.Set(first, print);
        if (Head.State.Size == 0)
            return;
        // The only two of which the bytes are known already.
        if (Seen.Find(0) is { } genesis)
            Seen.Set(0, genesis.Print, SeenObjects.Half(Head.State.GenesisSegment));
        if (Seen.Find(Head.State.LastFirst) is { } newest)
            Seen.Set(Head.State.LastFirst, newest.Print, SeenObjects.Half(Head.State.LastSegment));
    }

    /// <summary>Looks for what is new, and where a sweep is asked for at what was there before.</summary>
    public async Task PollAsync(bool sweep, CancellationToken cancellationToken)
    {
        IsBehind = false;
        if (sweep)
            await SweepAsync(cancellationToken).ConfigureAwait(false);
        else
            await WalkAsync(cancellationToken).ConfigureAwait(false);
        _lost.TellOld(Head);
    }

    public void Dispose() => _lister.Dispose();

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        // Where all fits into one sweep, all is seen in it; else the newest part each time, and the rest in turn.
        var newestPart = Seen.Count + NewestPart <= _sweepSize ? _sweepSize : NewestPart;
        var (slots, last) = await _lister.PartAsync(null, newestPart, cancellationToken).ConfigureAwait(false);
        // What changed is told before what is new is joined to it.
        await CompareAsync(slots, null, last, cancellationToken).ConfigureAwait(false);
        if (last is null || string.CompareOrdinal(last, SegmentName.Before(Math.Max(0, Head.State.Size - 1))) >= 0)
            await TakeAsync([.. slots.Where(slot => slot.First >= Head.State.Size).Reverse()], cancellationToken).ConfigureAwait(false);
        else
            await WalkAsync(cancellationToken).ConfigureAwait(false);

        if (last is not null)
        {
            var after = _cursor is not null && string.CompareOrdinal(_cursor, last) > 0 ? _cursor : last;
            (slots, last) = await _lister.PartAsync(after, _sweepSize - NewestPart, cancellationToken).ConfigureAwait(false);
            await CompareAsync(slots, after, last, cancellationToken).ConfigureAwait(false);
            _cursor = last;
        }

        if (!_store.KeepsVersions)
            Rebase(await _past.RereadAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Goes forward position by position: where the next segment's name is all that is asked for.</summary>
    private async Task WalkAsync(CancellationToken cancellationToken)
    {
        for (var taken = 0; taken < MostSegmentsAPoll; taken++)
        {
            var before = Head;
            var slot = await _lister.KeyAsync(Head.State.Size, cancellationToken).ConfigureAwait(false);
            if (slot.Versions.Count > 0)
                await TakeAsync([slot], cancellationToken).ConfigureAwait(false);
            if (ReferenceEquals(before, Head))
                return;
        }

        IsBehind = true;
    }

    private async Task CompareAsync(List<Slot> slots, string? after, string? upTo, CancellationToken cancellationToken)
    {
        foreach (var slot in slots.Where(slot => slot.First < 0))
        {
            if (_strange.Count == MostStrange)
                _alerts.Tell(AlertKind.StrangeObject, FindingSeverity.Warning, $"There are more than {MostStrange:N0} strange names under '{SegmentName.Prefix}'; further ones aren't told.", "strange names");
            else if (_strange.Add(slot.Key))
                _alerts.Tell(new ChainFinding(FindingKind.StrangeObject, FindingSeverity.Warning, null, null, slot.Key, null, $"'{slot.Key}' isn't a segment's name; it doesn't count."));
        }

        Rebase(await _past.CompareAsync(slots, after, upTo, cancellationToken).ConfigureAwait(false));
    }

    // Where the log was rolled back or written anew, it is followed from where it still agrees with what was seen.
    private void Rebase(LogHead? head)
    {
        if (head is not null && head.State.Size < Head.State.Size)
            Head = head;
    }

    /// <summary>Takes what is listed behind the end, oldest position first.</summary>
    private async Task TakeAsync(List<Slot> tail, CancellationToken cancellationToken)
    {
        if (!_retry && tail.All(slot => Seen.Find(slot.First)?.Print == SeenObjects.Print(slot, _store.KeepsVersions)))
            return;
        _retry = false;
        var findings = new FindingList();
        using var join = new ChainJoiner(_store, findings, new KnownHistory(new VerifyOptions()), nothingKnown: false, _lost.List);
        join.ResumeAt(Head);
        var tried = new HashSet<long>();
        var next = 0;
        while (next < tail.Count)
        {
            var slot = tail[next];
            // A listing of a directory may miss a name that came meanwhile, and not one that came later still.
            if (slot.First > join.Head.State.Size && tried.Add(join.Head.State.Size))
            {
                var missed = await _lister.KeyAsync(join.Head.State.Size, cancellationToken).ConfigureAwait(false);
                if (missed.Versions.Count > 0)
                    slot = missed;
            }

            if (slot == tail[next])
                next++;
            tried.Add(slot.First);
            var isDecided = await TakeAsync(join, findings, slot, cancellationToken).ConfigureAwait(false);
            if (!isDecided)
            {
                // What lies behind waits until it is known what counts here: nothing is passed over.
                _retry = true;
                return;
            }

            if (tried.Count >= MostSegmentsAPoll && next < tail.Count)
            {
                IsBehind = true;
                return;
            }
        }

        join.ReportRest();
        Tell(findings);
    }

    private async Task<bool> TakeAsync(ChainJoiner join, FindingList findings, Slot slot, CancellationToken cancellationToken)
    {
        var before = join.Head;
        slot = await _lister.ReadAsync(slot, SegmentParts.Leaves | SegmentParts.Text, cancellationToken).ConfigureAwait(false);
        await join.TakeAsync(slot, cancellationToken).ConfigureAwait(false);
        var found = Tell(findings);
        var print = SeenObjects.Print(slot, _store.KeepsVersions);
        if (ReferenceEquals(join.Head, before) || join.Head.Last is null)
        {
            if (found.Any(finding => finding.Kind == FindingKind.Unreadable && finding.ObjectKey == slot.Key))
                return false;
            Seen.Set(slot.First, print);
            return true;
        }

        var known = Seen.Find(slot.First)?.Digest ?? default;
        var digest = SeenObjects.Half(join.Head.State.LastSegment);
        if (known != digest)
        {
            if (known != default)
            {
                _past.TellReplaced(join.Head);
                // From now on this is what was seen there: that it stays so doesn't put anything right.
                _alerts.Forget(slot.Key);
            }

            await HandOutAsync(slot, join.Head, cancellationToken).ConfigureAwait(false);
        }

        if ((known == default || known == digest) && !found.Any(finding => finding.ObjectKey == slot.Key))
            _alerts.TellOver(slot.Key, $"'{slot.Key}' is read and verified now.");
        if (!found.Any(finding => finding.Kind == FindingKind.RetentionUnknown) && join.PromisesRetention && _store.KeepsVersions)
            _alerts.TellOver(nameof(FindingKind.RetentionUnknown), "How new segments are locked can be seen again.");
        Seen.Set(slot.First, print, digest);
        Head = join.Head;
        return true;
    }

    private async Task HandOutAsync(Slot slot, LogHead head, CancellationToken cancellationToken)
    {
        var segment = slot.Segment is { } read && read.StoredDigest == head.State.LastSegment
            ? read
            : await _lister.SegmentAsync(head.Last!, slot.First, cancellationToken).ConfigureAwait(false);
        if (segment is null || segment.StoredDigest != head.State.LastSegment)
            throw new AuditException(AuditErrors.ObjectUnreadable, $"'{slot.Key}' changed while it was read. It is read again.", slot.Key);
        _lost.Saw(segment);
        var skip = (int)Math.Clamp(_from - segment.First, 0, segment.Count);
        foreach (var record in RecordStream.Make(segment, head.Last!, skip, segment.Count - skip))
        {
            _alerts.Add(record);
            _handedOut(record);
        }

        // Once begun, everything is handed out: also what was written anew behind a point that the log was rolled back to.
        if (segment.End > _from)
            _from = 0;
    }

    private IReadOnlyList<ChainFinding> Tell(FindingList findings)
    {
        var found = findings.Drain();
        foreach (var finding in found)
            _alerts.Tell(finding);
        return found;
    }
}
