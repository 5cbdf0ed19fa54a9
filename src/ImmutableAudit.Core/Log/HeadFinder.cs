using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// Finds where a log ends. With a pin it walks forward from there, position by position. Without one it takes the
/// newest object that proves itself and agrees with the segment before it, then walks forward from that. (A stolen key
/// can mislead who has no pin; a verifier, who reads everything, finds it.)
/// </summary>
internal sealed class HeadFinder(IObjectStore store) : IDisposable
{
    private const int CandidatePage = 20;
    private readonly PositionReader _positions = new(store);
    private readonly SegmentParser _parser = new();
    private readonly List<(long First, string Key)> _beyond = [];

    /// <summary>
    /// What lies behind the end that was found and yet doesn't follow from it, newest first: segments sealed for this
    /// log, and in a directory, where one name holds one file, whatever bears a segment's name. Then something was
    /// damaged or removed, and the log was longer.
    /// </summary>
    public IReadOnlyList<string> Beyond => [.. _beyond.Select(found => found.Key)];

    /// <summary>The log's first segment.</summary>
    /// <exception cref="AuditException"><c>AuditLogNotFound</c>, <c>NotAnAuditLog</c>, <c>ObjectUnreadable</c>.</exception>
    public async ValueTask<LogHead> GenesisAsync(CancellationToken cancellationToken)
    {
        var position = await _positions.ReadAsync(LogHead.Empty, SegmentParts.None, cancellationToken).ConfigureAwait(false);
        if (position.Next is not null)
            return position.Next;
        if (position.Rejected.Count > 0)
            throw new AuditException(AuditErrors.NotALog, $"'{store.Location}' has something where a log begins, and it isn't a genesis: {position.Rejected[0].Defect.Message}. If there was a log, Test-AuditChain tells more.", store.Location);
        await foreach (var version in store.ListAsync(SegmentName.Prefix, null, 1, cancellationToken).ConfigureAwait(false))
            throw new AuditException(AuditErrors.NotALog, $"'{store.Location}' has segments ('{version.Key}') but no genesis: its beginning was removed, or it was never a log. Test-AuditChain tells more.", store.Location);
        throw new AuditException(AuditErrors.LogNotFound, $"There is no log at '{store.Location}'. New-AuditLog makes one.", store.Location);
    }

    /// <summary>Where the log ends now.</summary>
    /// <param name="pin">Where it ended when last seen; null for a cold start.</param>
    /// <param name="passed">Told of each segment that is passed on the way from the pin.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async ValueTask<LogHead> FindAsync(LogHead? pin, Action<ParsedSegment, LogHead>? passed, CancellationToken cancellationToken)
    {
        var head = pin ?? await ColdAsync(cancellationToken).ConfigureAwait(false);
        while (!head.State.IsClosed)
        {
            var position = await _positions.ReadAsync(head, SegmentParts.Leaves, cancellationToken).ConfigureAwait(false);
            if (position.Next is null)
                break;
            head = position.Next;
            passed?.Invoke(position.Segment!, head);
        }

        _beyond.RemoveAll(found => found.First < head.State.Size);
        return head;
    }

    /// <summary>The log before a position where a segment begins; null where none does.</summary>
    public async ValueTask<LogHead?> BeforeAsync(long position, CancellationToken cancellationToken)
    {
        if (position == 0)
            return LogHead.Empty;
        var genesis = await GenesisAsync(cancellationToken).ConfigureAwait(false);
        if (genesis.State.Size == position)
            return genesis;
        await foreach (var (first, versions) in CandidatesAsync(SegmentName.Before(position - 1), cancellationToken).ConfigureAwait(false))
        {
            var (head, _) = await AcceptAloneAsync(genesis, first, versions, cancellationToken).ConfigureAwait(false);
            if (head?.State.Size == position)
                return head;
            if (head is not null)
                return null;
        }

        return null;
    }

    /// <summary>Whether the segment that counts behind <paramref name="before"/> holds a record.</summary>
    public async ValueTask<bool> HoldsAsync(LogHead before, long sequence, CancellationToken cancellationToken)
    {
        var position = await _positions.ReadAsync(before, SegmentParts.None, cancellationToken).ConfigureAwait(false);
        return position.Segment is { } segment && segment.First <= sequence && sequence < segment.End;
    }

    public void Dispose()
    {
        _positions.Dispose();
        _parser.Dispose();
    }

    private async ValueTask<LogHead> ColdAsync(CancellationToken cancellationToken)
    {
        var genesis = await GenesisAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var (first, versions) in CandidatesAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (first <= genesis.State.LastFirst)
                break;
            var (head, isSealed) = await AcceptAloneAsync(genesis, first, versions, cancellationToken).ConfigureAwait(false);
            if (head is not null)
                return head;
            if (isSealed || !store.KeepsVersions)
                _beyond.Add((first, versions[0].Key));
        }

        return genesis;
    }

    /// <summary>The log behind the first version of a key that proves itself and agrees with the segment before it; or whether at least one is sealed for this log.</summary>
    private async ValueTask<(LogHead? Head, bool IsSealed)> AcceptAloneAsync(LogHead genesis, long first, List<StoredVersion> versions, CancellationToken cancellationToken)
    {
        var isSealed = false;
        for (var i = versions.Count - 1; i >= 0; i--)
        {
            if (versions[i].IsDeleteMarker)
                continue;
            var segment = await FetchAsync(versions[i], first, cancellationToken).ConfigureAwait(false);
            if (segment is null)
                continue;
            if (first < genesis.State.Size)
                return (null, isSealed);
            // Where the way back to the keys has a hole, the genesis's tell at least whose it is.
            var keys = await KeysBeforeAsync(genesis, segment, cancellationToken).ConfigureAwait(false);
            if (ChainState.CheckSeal(segment, genesis.State.Genesis!, keys ?? KeyRing.Of(genesis.State.Genesis!)) is not null)
                continue;
            isSealed = true;
            if (keys is null || !await AgreesWithPredecessorAsync(genesis, segment, cancellationToken).ConfigureAwait(false))
                continue;
            var before = new ChainState
            {
                Size = first,
                LastLeaf = segment.Previous,
                LastSegment = segment.PreviousSegment,
                KeysAt = segment.Keys,
                Frontier = segment.Seal.Frontier,
                Genesis = genesis.State.Genesis,
                GenesisSegment = genesis.State.GenesisSegment,
                Keys = keys,
            };
            if (before.Accept(segment, out _) is { } state)
                return (new LogHead(state, versions[i]), true);
        }

        return (null, isSealed);
    }

    /// <summary>Whether some version of the segment before it ends where this one begins and is what this one says it is.</summary>
    private async ValueTask<bool> AgreesWithPredecessorAsync(LogHead genesis, ParsedSegment segment, CancellationToken cancellationToken)
    {
        if (segment.First == genesis.State.Size)
            return Fits(segment, genesis.State.LastLeaf, genesis.State.LastSegment, genesis.State.Frontier);
        await foreach (var (first, versions) in CandidatesAsync(SegmentName.Before(segment.First - 1), cancellationToken).ConfigureAwait(false))
        {
            // A segment holds at most so many records: what begins earlier can't reach this one.
            if (segment.First - first > LogFormat.MaxSegmentRecords)
                break;
            for (var i = versions.Count - 1; i >= 0; i--)
            {
                if (!versions[i].IsDeleteMarker
                    && await FetchAsync(versions[i], first, cancellationToken).ConfigureAwait(false) is { } before
                    && before.End == segment.First && Fits(segment, before.LastLeaf, before.StoredDigest, before.EndFrontier))
                    return true;
            }
        }

        return false;
    }

    private static bool Fits(ParsedSegment segment, Merkle.Digest leaf, Merkle.Digest digest, Merkle.CompactRange frontier) =>
        segment.Previous == leaf && segment.PreviousSegment == digest && segment.Seal.Frontier.SameAs(frontier);

    /// <summary>The keys in force before a segment: the genesis's, changed by the key records that its <c>keys</c> leads back to.</summary>
    private async ValueTask<KeyRing?> KeysBeforeAsync(LogHead genesis, ParsedSegment segment, CancellationToken cancellationToken)
    {
        var trail = new Stack<ParsedSegment>();
        // The first segment has no keys before it, and may hold key records beside the genesis.
        for (var at = segment.Keys; at > 0;)
        {
            if (await ContainingAsync(at, cancellationToken).ConfigureAwait(false) is not { } holder || holder.Keys >= at)
                return null;
            trail.Push(holder);
            at = holder.Keys;
        }

        var keys = KeyRing.Of(genesis.State.Genesis!);
        long keysAt = 0;
        foreach (var holder in trail)
        {
            var admins = keys.Admins.ToList();
            foreach (var reserved in holder.Reserved)
            {
                if (reserved.Sequence == 0)
                    continue;
                if (AdminRecord.TryParse(reserved.Sequence, reserved.Action, reserved.Data) is not { } record
                    || !record.IsSignedBy(admins, genesis.State.Origin, keysAt) || keys.After(record) is not { } changed)
                    return null;
                keys = changed;
                if (record.IsKeyRecord)
                    keysAt = record.Sequence;
            }
        }

        return keysAt == segment.Keys ? keys : null;
    }

    private async ValueTask<ParsedSegment?> ContainingAsync(long sequence, CancellationToken cancellationToken)
    {
        await foreach (var (first, versions) in CandidatesAsync(SegmentName.Before(sequence), cancellationToken).ConfigureAwait(false))
        {
            if (sequence - first >= LogFormat.MaxSegmentRecords)
                break;
            for (var i = versions.Count - 1; i >= 0; i--)
            {
                if (!versions[i].IsDeleteMarker && await FetchAsync(versions[i], first, cancellationToken).ConfigureAwait(false) is { } segment
                    && segment.End > sequence)
                    return segment;
            }
        }

        return null;
    }

    private async ValueTask<ParsedSegment?> FetchAsync(StoredVersion version, long first, CancellationToken cancellationToken)
    {
        var (status, segment, defect) = await SegmentFetch.FetchAsync(store, _parser, version, first, SegmentParts.None, cancellationToken).ConfigureAwait(false);
        return status == FetchStatus.Unknown
            ? throw new AuditException(AuditErrors.ObjectUnreadable, $"Version {version.VersionId ?? "(only one)"} of '{version.Key}' can't be read, so where the log ends isn't known: {defect!.Message}", version.Key)
            : segment;
    }

    // The segments' keys with all their versions, newest position first.
    private async IAsyncEnumerable<(long First, List<StoredVersion> Versions)> CandidatesAsync(
        string? startAfter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StoredVersion>? versions = null;
        long first = 0;
        await foreach (var version in store.ListAsync(SegmentName.Prefix, startAfter, CandidatePage, cancellationToken).ConfigureAwait(false))
        {
            if (versions is not null && versions[0].Key != version.Key)
            {
                yield return (first, versions);
                versions = null;
            }

            if (versions is not null)
                versions.Add(version);
            else if (SegmentName.TryParse(version.Key, out first))
                versions = [version];
        }

        if (versions is not null)
            yield return (first, versions);
    }
}
