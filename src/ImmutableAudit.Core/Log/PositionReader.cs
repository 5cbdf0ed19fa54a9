using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// Finds out what holds a position: of the versions of exactly its key, in the order of the version list, the first
/// valid one. Nothing else decides: not the answer to a PUT, not which version is newest, not any time.
/// </summary>
internal sealed class PositionReader(IObjectStore store) : IDisposable
{
    private const int MaxListings = 16;
    private readonly SegmentParser _parser = new();

    // Versions never change, so one that was found invalid after this log needn't be fetched again while we wait here.
    private readonly Dictionary<string, SegmentDefect> _invalid = new(StringComparer.Ordinal);
    private ChainState? _invalidAfter;

    /// <summary>Lists every version of one key, newest first as the store has them, over all pages.</summary>
    public static async ValueTask<List<StoredVersion>> ListAsync(IObjectStore store, string key, CancellationToken cancellationToken)
    {
        var versions = new List<StoredVersion>();
        await foreach (var version in store.ListAsync(key, null, 10, cancellationToken).ConfigureAwait(false))
        {
            // Keys that are longer sort behind.
            if (version.Key != key)
                break;
            versions.Add(version);
        }

        return versions;
    }

    /// <summary>What holds the position behind <paramref name="head"/>.</summary>
    /// <exception cref="AuditException"><c>ObjectUnreadable</c>: a version that may be the one can't be read.</exception>
    public async ValueTask<Position> ReadAsync(LogHead head, SegmentParts keep, CancellationToken cancellationToken)
    {
        var key = SegmentName.Format(head.State.Size);
        for (var listing = 0; ; listing++)
        {
            var versions = await ListAsync(store, key, cancellationToken).ConfigureAwait(false);
            if (await TryDecideAsync(head, versions, keep, cancellationToken).ConfigureAwait(false) is { } position)
                return position;
            if (listing == MaxListings)
                throw new AuditException(AuditErrors.ObjectUnreadable, $"Versions of '{key}' vanish faster than they can be read. Find out who deletes them.", key);
        }
    }

    /// <summary>Decides from a listing; null where a version has vanished meanwhile and it takes another listing.</summary>
    public async ValueTask<Position?> TryDecideAsync(
        LogHead head, List<StoredVersion> versions, SegmentParts keep, CancellationToken cancellationToken, OwnVersion? own = null)
    {
        if (!ReferenceEquals(_invalidAfter, head.State))
        {
            _invalid.Clear();
            _invalidAfter = head.State;
        }

        var rejected = new List<RejectedVersion>();
        for (var i = versions.Count - 1; i >= 0; i--)
        {
            var version = versions[i];
            if (version.IsDeleteMarker)
                continue;
            if (own is not null && version.VersionId == own.VersionId)
                return new Position(versions, i, own.Frozen.Segment, new LogHead(own.Frozen.Next, version), rejected);
            var (gone, segment, next, defect) = await JudgeAsync(head, version, keep, cancellationToken).ConfigureAwait(false);
            if (gone)
                return null;
            if (next is not null)
                return new Position(versions, i, segment, new LogHead(next, version), rejected);
            rejected.Add(new RejectedVersion(version, defect!));
        }

        return new Position(versions, -1, null, null, rejected);
    }

    public void Dispose() => _parser.Dispose();

    private async ValueTask<(bool Gone, ParsedSegment? Segment, ChainState? Next, SegmentDefect? Defect)> JudgeAsync(
        LogHead head, StoredVersion version, SegmentParts keep, CancellationToken cancellationToken)
    {
        var remembered = version.VersionId is { Length: > 0 } id && id != "null" ? id : null;
        if (remembered is not null && _invalid.TryGetValue(remembered, out var known))
            return (false, null, null, known);
        var (status, segment, defect) = await SegmentFetch.FetchAsync(store, _parser, version, head.State.Size, keep, cancellationToken).ConfigureAwait(false);
        if (status == FetchStatus.Gone)
            return (true, null, null, null);
        if (status == FetchStatus.Unknown)
            throw Unreadable(version, defect!.Message);
        var next = segment is null ? null : head.State.Accept(segment, out defect);
        if (next is null && remembered is not null)
            _invalid[remembered] = defect!;
        return (false, segment, next, defect);
    }

    private static AuditException Unreadable(StoredVersion version, string why) => new(
        AuditErrors.ObjectUnreadable,
        $"Version {version.VersionId ?? "(only one)"} of '{version.Key}' can't be read, so nobody can say whether it counts: {why}", version.Key);
}

/// <summary>A version that the store said our own PUT made, so that its bytes are known to be ours and valid.</summary>
internal sealed record OwnVersion(string? VersionId, FrozenSegment Frozen);

/// <summary>What holds a position.</summary>
/// <param name="Versions">All versions and delete markers of its key, newest first.</param>
/// <param name="CountingIndex">Which of them counts; −1 if none does.</param>
/// <param name="Segment">The segment that counts.</param>
/// <param name="Next">The log behind it.</param>
/// <param name="Rejected">Versions older than the one that counts (or all), with why they don't count.</param>
internal sealed record Position(
    List<StoredVersion> Versions, int CountingIndex, ParsedSegment? Segment, LogHead? Next, List<RejectedVersion> Rejected)
{
    public StoredVersion? Newest => Versions.Count > 0 ? Versions[0] : null;
}

/// <summary>A version that doesn't count, and why.</summary>
internal sealed record RejectedVersion(StoredVersion Version, SegmentDefect Defect);
