using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Verification;

/// <summary>
/// Joins segments that were each looked at alone into the one chain, in order, and tells whatever doesn't join.
/// Where records are missing or damaged it goes on behind them from what the next sealed segment says, so that one
/// hole doesn't hide the next.
/// </summary>
internal sealed class ChainJoiner(IObjectStore store, FindingList findings, KnownHistory known, bool nothingKnown, ShadowList? shadows = null) : IDisposable
{
    private readonly SegmentParser _parser = new();
    private readonly IdIndex _ids = new();
    private readonly List<(Slot Slot, SegmentDefect Defect, StoredVersion Version)> _undecided = [];
    private readonly ShadowList _shadows = shadows ?? new();
    private readonly SealerHistory _sealers = new();
    private bool _saidThatGenesisIsInvalid;
    private bool _sawSegments;

    // The newest position of which it isn't known what counts there.
    private long _unknownAt = -1;

    /// <summary>Takes each segment that was joined, with its leaves, to check the tiles by; null where none are checked.</summary>
    public TileCheck? Tiles { get; set; }

    /// <summary>What timestamps are held against; null where nobody looks at them.</summary>
    public TimestampChecks? Stamps { get; init; }

    /// <summary>The records whose times are wanted; null for none.</summary>
    public TimeBrackets? Brackets { get; init; }

    /// <summary>Takes what each segment that was joined can be found by; null where summaries aren't checked.</summary>
    public SummaryCheck? Summaries { get; set; }

    /// <summary>The log as far as it is joined.</summary>
    public LogHead Head { get; private set; } = LogHead.Empty;

    public VerifierKey? GenesisSealer { get; private set; }

    public long Records { get; private set; }

    public long Segments { get; private set; }

    public long StoredBytes { get; private set; }

    public bool PromisesRetention { get; private set; }

    public Digest Root => Head.State.Frontier.Root(_parser.Hasher);

    /// <summary>Looks at position 0.</summary>
    /// <exception cref="AuditException"><c>AuditLogNotFound</c> where there isn't a single object.</exception>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        using var positions = new PositionReader(store);
        Position position;
        try
        {
            position = await positions.ReadAsync(LogHead.Empty, SegmentParts.None, cancellationToken).ConfigureAwait(false);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.ObjectUnreadable)
        {
            // Told again, with its place, when the listing comes to it.
            return;
        }

        if (position.Next is { } next)
        {
            TakeGenesis(next.State.Genesis!, position.Segment!);
            return;
        }

        var any = position.Versions.Count > 0;
        if (!any)
        {
            await foreach (var version in store.ListAsync(SegmentName.Prefix, null, 1, cancellationToken).ConfigureAwait(false))
            {
                any = true;
                break;
            }
        }

        if (!any && nothingKnown)
            throw new AuditException(AuditErrors.LogNotFound, $"There is no log at '{store.Location}'.", store.Location);
        var why = position.Rejected.Count > 0 ? position.Rejected[0].Defect.Message : "it isn't there";
        _saidThatGenesisIsInvalid = true;
        findings.Add(FindingKind.GenesisInvalid, FindingSeverity.Failure, $"The log's first segment isn't valid: {why}. Without it no key is known, and nothing that follows can be trusted.", 0, null, SegmentName.Format(0));
    }

    /// <summary>Whether a valid first segment was seen.</summary>
    public bool IsBegun => GenesisSealer is not null;

    /// <summary>Goes on behind what was verified before.</summary>
    public void ResumeAt(LogHead head)
    {
        Head = head;
        Stamps?.ResumeAt(head);
        PromisesRetention |= head.State.Genesis?.Retention is not null;
        _sawSegments = true;
    }

    /// <summary>Takes the next key in the order of positions.</summary>
    public async Task TakeAsync(Slot slot, CancellationToken cancellationToken)
    {
        if (slot.First < 0)
        {
            findings.Add(FindingKind.StrangeObject, FindingSeverity.Warning, $"'{slot.Key}' isn't a segment's name; it doesn't count.", null, null, slot.Key);
            return;
        }

        _sawSegments |= slot.Oldest is not null;
        if (slot.Oldest is not { } oldest)
        {
            if (slot.First == Head.State.Size && slot.Versions.Count > 0)
                findings.Add(FindingKind.DeleteMarker, FindingSeverity.Warning, $"A delete marker lies on '{slot.Key}', with nothing below it; it doesn't block the log.", slot.First, null, slot.Key, slot.Versions[0].VersionId);
            return;
        }

        if (Head.State.Genesis is null && slot.First > 0)
            return; // Said once: without a genesis there is nothing to judge by.
        var held = await HoldAsync(slot, Head, cancellationToken).ConfigureAwait(false);
        if (held is null)
            await WithoutPlaceAsync(slot, oldest, cancellationToken).ConfigureAwait(false);
        else
            await JoinAsync(slot, held, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What can be said only once everything was seen.</summary>
    public void Finish(DateTimeOffset now, TrustedTimes times)
    {
        ReportRest();
        if (Head.State.Genesis is not null || !_sawSegments)
            known.CheckEnd(Head.State.Size, findings);
        var found = _ids.Finish(
            (sequence, before) => findings.Add(FindingKind.RepeatedId, FindingSeverity.Warning, $"Record {sequence} has the id of record {before}: the same event was sent twice; nothing was tampered with.", sequence),
            _shadows.Ids);
        _shadows.Report(found, findings);
        if (Head.State is { Genesis: { } genesis, Keys: { } keys })
            _sealers.Report(keys, genesis.ToleranceSeconds, times, findings);
        // A file's time is whatever its owner sets; what the last record says of itself is signed.
        var newest = store.KeepsVersions ? Head.Last?.LastModified : new DateTimeOffset(Head.State.LastRecordedTicks, TimeSpan.Zero);
        if (Head.State.Genesis?.HeartbeatSeconds is { } heartbeat && !Head.State.IsClosed && Head.Last is { } last
            && (now - newest!.Value).TotalSeconds > heartbeat)
            findings.Add(FindingKind.HeartbeatMissed, FindingSeverity.Failure, $"The newest segment is from {newest:u}, and the log promises one every {heartbeat:N0} s: writers stopped, or the newest segments are hidden.", Head.State.Size - 1, null, last.Key, last.VersionId);
    }

    /// <summary>Behind the last joined segment nothing counts: garbage on an S3 key, the end's own damage in a directory.</summary>
    public void ReportRest()
    {
        // What proves itself and is sealed by a key that isn't known is told in one: it may be all that follows a lost key record.
        var strangers = new List<ParsedSegment>();
        foreach (var (slot, defect, version) in _undecided)
        {
            if (slot.Segment is { } stranger && !ReferenceEquals(slot, _undecided[0].Slot))
                strangers.Add(stranger);
            else if (!store.KeepsVersions)
                findings.Add(FindingKind.SegmentInvalid, FindingSeverity.Failure, $"'{slot.Key}' isn't a valid segment: {defect.Message}. The newest segment was altered, or a foreign file put there.", defect.Sequence ?? slot.First, null, slot.Key);
            else
                findings.Add(FindingKind.GarbageOnNextKey, FindingSeverity.Warning, $"'{slot.Key}' holds something that isn't a valid segment ({defect.Message}); it doesn't count and doesn't block the log. If a receipt or checkpoint covers record {slot.First}, give it: then this is damage.", slot.First, null, slot.Key, version.VersionId);
        }

        if (strangers.Count > 0)
        {
            findings.Add(
                store.KeepsVersions ? FindingKind.GarbageOnNextKey : FindingKind.SegmentInvalid,
                store.KeepsVersions ? FindingSeverity.Warning : FindingSeverity.Failure,
                $"{strangers.Count:N0} segments from '{SegmentName.Format(strangers[0].First)}' on are sound in themselves and don't count: no key that this log knows up to here sealed them for it. Either a record that added their key is missing or damaged before them, or they are foreign.",
                strangers[0].First, strangers[^1].End - 1, SegmentName.Format(strangers[0].First));
        }
    }

    public void Dispose()
    {
        _parser.Dispose();
        _ids.Dispose();
    }

    /// <summary>The first valid version of a key after a given log; null where none is.</summary>
    private async Task<Held?> HoldAsync(Slot slot, LogHead head, CancellationToken cancellationToken)
    {
        for (var i = slot.Versions.Count - 1; i >= 0; i--)
        {
            var version = slot.Versions[i];
            if (version.IsDeleteMarker)
                continue;
            var (status, segment, defect) = ReferenceEquals(version, slot.Oldest)
                ? (slot.Status, slot.Segment, slot.Defect)
                : await SegmentFetch.FetchAsync(store, _parser, version, slot.First, PartsFor(slot.First), cancellationToken).ConfigureAwait(false);
            if (status == FetchStatus.Unknown)
            {
                _unknownAt = slot.First;
                findings.Add(FindingKind.Unreadable, FindingSeverity.Unknown, $"Version {version.VersionId ?? "(only one)"} of '{slot.Key}' can't be read, so nobody can say whether it counts: {defect!.Message}", slot.First, null, slot.Key, version.VersionId);
                return null;
            }

            if (segment is not null && head.State.Accept(segment, out _) is { } state)
                return new Held(i, version, segment, new LogHead(state, version));
        }

        return null;
    }

    private async Task JoinAsync(Slot slot, Held held, CancellationToken cancellationToken)
    {
        var before = Head;
        Head = held.Next;
        // Also here: the first look at it may have failed for the moment.
        if (held.Segment.First == 0)
            TakeGenesis(Head.State.Genesis!, held.Segment);
        SettleUndecided();
        Records += held.Segment.Count;
        Segments++;
        StoredBytes += held.Version.Size;
        _ids.Add(held.Segment.Ids, held.Segment.First);
        Stamps?.Pass(held.Segment, Head);
        Brackets?.Pass(before, held.Segment, held.Version, store.KeepsVersions);
        known.Check(held.Segment, held.Version.VersionId, _parser.Hasher, findings);
        if (Tiles is not null)
            await Tiles.TakeAsync(held.Segment, cancellationToken).ConfigureAwait(false);
        if (Summaries is not null)
        {
            var terms = ReferenceEquals(held.Segment, slot.Segment) && slot.Terms is not null ? slot.Terms : SegmentTerms.Of(held.Segment, held.Version.Size);
            await Summaries.TakeAsync(terms, before.State.Genesis is null ? Head.State : before.State, cancellationToken).ConfigureAwait(false);
        }

        TimeChecks.Check(before, held.Segment, held.Version, store.KeepsVersions, Head.State.Genesis!.ToleranceSeconds, findings);
        RetentionSeen? seen = null;
        if (PromisesRetention && store.KeepsVersions)
        {
            seen = ReferenceEquals(held.Version, slot.Oldest) && slot.Retention is not null
                ? slot.Retention
                : await store.ReadRetentionAsync(held.Version, cancellationToken).ConfigureAwait(false);
            CheckLock(held, seen);
        }

        _sealers.Add(held.Segment, held.Version, seen);

        await LookAroundAsync(slot, held, before, cancellationToken).ConfigureAwait(false);
    }

    private void TakeGenesis(Genesis genesis, ParsedSegment segment)
    {
        PromisesRetention = genesis.Retention is not null;
        GenesisSealer = genesis.Keys.Select(key => key.Key).First(key => key.KeyId == segment.Seal.Signature.KeyId);
    }

    private void CheckLock(Held held, RetentionSeen seen)
    {
        var promised = Head.State.Genesis!.Retention!;
        switch (LockCheck.Compare(Head.State.Genesis, held.Version, seen))
        {
            case LockState.Less:
                var what = seen.Knowledge == RetentionKnowledge.Locked ? $"{seen.Mode} until {seen.Until:u}" : "not locked";
                findings.Add(FindingKind.RetentionLess, FindingSeverity.Failure, $"'{held.Version.Key}' is {what}; the log promises {promised.Mode} for {promised.Days:N0} days from {held.Version.LastModified:u}.", held.Segment.First, held.Segment.End - 1, held.Version.Key, held.Version.VersionId);
                break;
            case LockState.Unknown:
                findings.Add(FindingKind.RetentionUnknown, FindingSeverity.Unknown, $"How '{held.Version.Key}' is locked couldn't be seen: {seen.Reason}", held.Segment.First, held.Segment.End - 1, held.Version.Key, held.Version.VersionId);
                break;
        }
    }

    /// <summary>What lies over and under the version that counts.</summary>
    private async Task LookAroundAsync(Slot slot, Held held, LogHead before, CancellationToken cancellationToken)
    {
        if (slot.Versions.Count == 1)
            return;
        for (var i = 0; i < slot.Versions.Count; i++)
        {
            var version = slot.Versions[i];
            if (i == held.Index)
                continue;
            if (version.IsDeleteMarker)
            {
                if (i < held.Index)
                    findings.Add(FindingKind.DeleteMarker, FindingSeverity.Warning, $"A delete marker hides '{slot.Key}' from plain readers. The records are there and verified.", held.Segment.First, held.Segment.End - 1, slot.Key, version.VersionId);
                continue;
            }

            var (status, segment, defect) = await SegmentFetch.FetchAsync(store, _parser, version, slot.First, SegmentParts.None, cancellationToken).ConfigureAwait(false);
            if (status == FetchStatus.Gone || (segment is not null && segment.StoredDigest == held.Segment.StoredDigest))
                continue;
            if (status == FetchStatus.Unknown)
                findings.Add(FindingKind.Unreadable, FindingSeverity.Unknown, $"Version {version.VersionId} of '{slot.Key}' can't be read. It doesn't decide what counts, but what it is isn't known: {defect!.Message}", slot.First, null, slot.Key, version.VersionId);
            else if (segment is null || before.State.Accept(segment, out defect) is not { } other)
                findings.Add(FindingKind.ShadowVersion, FindingSeverity.Warning, $"Version {version.VersionId} of '{slot.Key}' isn't the segment that counts and doesn't fit there ({defect!.Message}). The records are there and verified.", slot.First, null, slot.Key, version.VersionId);
            else
                _shadows.Add(slot.Key, version, segment, new LogHead(other, version));
        }
    }

    /// <summary>A key that isn't the next position's, or whose versions don't fit there.</summary>
    private async Task WithoutPlaceAsync(Slot slot, StoredVersion oldest, CancellationToken cancellationToken)
    {
        if (_unknownAt == slot.First)
            return; // Told already as unreadable.
        if (slot.First == 0 && _saidThatGenesisIsInvalid)
            return;
        var sealedByUs = slot.Segment is { } self && Head.State.Genesis is { } genesis && ChainState.CheckSeal(self, genesis, Head.State.Keys!) is null;
        if (slot.First < Head.State.Size)
        {
            if (sealedByUs)
                findings.Add(FindingKind.MisplacedSegment, FindingSeverity.Failure, $"'{slot.Key}' is validly sealed and stands inside another segment: somebody with the key forked the log.", slot.First, null, slot.Key, oldest.VersionId);
            else
                findings.Add(FindingKind.StrangeObject, FindingSeverity.Warning, $"'{slot.Key}' stands where no segment begins; it doesn't count.", null, null, slot.Key, oldest.VersionId);
            return;
        }

        if (_shadows.Continued(slot.Segment) is { } fork)
        {
            findings.Add(FindingKind.Forked, FindingSeverity.Failure, $"The log is forked at record {fork.First}: version {fork.Version.VersionId} of '{fork.Key}' isn't the one that counts there, and '{slot.Key}' goes on from it.", fork.First, null, fork.Key, fork.Version.VersionId);
            Head = fork.Head;
            if (await HoldAsync(slot, Head, cancellationToken).ConfigureAwait(false) is { } held)
                await JoinAsync(slot, held, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (!sealedByUs || slot.First == Head.State.Size)
        {
            _undecided.Add((slot, DefectOf(slot), oldest));
            if (!sealedByUs)
                return;
        }

        await ResumeAsync(slot, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Goes on behind a hole from what a sealed segment says of the log before it.</summary>
    private async Task ResumeAsync(Slot slot, CancellationToken cancellationToken)
    {
        var segment = slot.Segment!;
        var claimed = Head.State with
        {
            Size = segment.First,
            LastLeaf = segment.Previous,
            LastSegment = segment.PreviousSegment,
            KeysAt = segment.Keys,
            Frontier = segment.Seal.Frontier,
        };
        if (await HoldAsync(slot, new LogHead(claimed, null), cancellationToken).ConfigureAwait(false) is not { } held)
            return;
        var from = Head.State.Size;
        if (segment.First == from)
        {
            // It is where it belongs and says something else of the log before it.
            _undecided.RemoveAt(_undecided.Count - 1);
            if (segment.PreviousSegment != Head.State.LastSegment && segment.Previous == Head.State.LastLeaf && segment.Seal.Frontier.SameAs(Head.State.Frontier) && Head.Last is { } last)
                findings.Add(FindingKind.SegmentInvalid, FindingSeverity.Failure, $"'{last.Key}' holds the right records in other bytes than those that '{slot.Key}' names: it was compressed anew, or damaged.", Head.State.LastFirst, from - 1, last.Key, last.VersionId);
            else
                findings.Add(FindingKind.SegmentInvalid, FindingSeverity.Failure, $"'{slot.Key}' is validly sealed and doesn't follow the records before it ({DefectOf(slot).Message}): what is before it was changed, or the log was forked and signed again.", from == 0 ? 0 : from - 1, null, slot.Key, held.Version.VersionId);
        }
        else if (_unknownAt != from && !_undecided.Any(undecided => undecided.Slot.First == from))
        {
            findings.Add(FindingKind.RecordsMissing, FindingSeverity.Failure, $"Records {from} to {segment.First - 1} are missing: '{SegmentName.Format(from)}' isn't there.", from, segment.First - 1, SegmentName.Format(from));
        }

        Head = new LogHead(claimed, null);
        await JoinAsync(slot, held, cancellationToken).ConfigureAwait(false);
    }

    // A sealed segment behind them shows that these positions were taken: what lies there was altered. Only where it
    // isn't known what the hole begins with, it isn't known either whether what lies in it stands on a position.
    private void SettleUndecided()
    {
        foreach (var (slot, defect, version) in _undecided)
        {
            var severity = _unknownAt >= 0 && _unknownAt < slot.First ? FindingSeverity.Unknown : FindingSeverity.Failure;
            findings.Add(FindingKind.SegmentInvalid, severity, $"'{slot.Key}' isn't a valid segment: {defect.Message}.", defect.Sequence ?? slot.First, null, slot.Key, version.VersionId);
        }

        _undecided.Clear();
        _unknownAt = -1;
    }

    private SegmentDefect DefectOf(Slot slot)
    {
        if (slot.Segment is not { } segment)
            return slot.Defect ?? new SegmentDefect(DefectKind.Framing, null, "it vanished while it was read");
        Head.State.Accept(segment, out var defect);
        return defect ?? new SegmentDefect(DefectKind.Misfit, segment.First, "it doesn't follow here");
    }

    private SegmentParts PartsFor(long first) =>
        (Tiles is not null || known.ConcernsSegmentAt(first) ? SegmentParts.Leaves : SegmentParts.None) | (Summaries is not null ? SegmentParts.Text : SegmentParts.None);

    private sealed record Held(int Index, StoredVersion Version, ParsedSegment Segment, LogHead Next);
}
