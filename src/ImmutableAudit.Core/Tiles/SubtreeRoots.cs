using System.Numerics;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>
/// Finds the roots of parts of a log's tree in few requests each: from a tile, or from the one segment that holds the
/// part's last leaf. What it gives is likely and not proven: whoever uses it folds it to a signed root.
/// </summary>
internal sealed class SubtreeRoots(IObjectStore store, LogHead end, bool withTiles) : IDisposable
{
    // Names that could hold a record and turn out not to, before the long way is better.
    private const int MostCandidates = 8;
    private readonly Dictionary<TileId, Digest[]?> _tiles = [];
    private readonly List<ParsedSegment> _segments = [];
    private readonly HashSet<TileId> _malformed = [];
    private readonly SegmentParser _parser = new();

    /// <summary>The tiles that something was taken from, with their hashes.</summary>
    public IEnumerable<(TileId Id, Digest[] Hashes)> TilesUsed => _tiles.Where(tile => tile.Value is not null).Select(tile => (tile.Key, tile.Value!));

    /// <summary>Tiles that can't be any, since they don't have 256 hashes.</summary>
    public IEnumerable<TileId> Malformed => _malformed;

    /// <summary>Takes a segment that was read already.</summary>
    public void Know(ParsedSegment segment) => _segments.Add(segment);

    /// <summary>The roots of the parts of a tree; null where one can't be found this way.</summary>
    /// <param name="parts">The parts: perfect subtrees, and the tree's right edges.</param>
    /// <param name="size">The tree's leaves.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async ValueTask<Digest[]?> HashAsync(List<LeafRange> parts, long size, CancellationToken cancellationToken)
    {
        var hashes = new Digest[parts.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            var root = parts[i].To == size && IsEdge(parts[i].From, size)
                ? await EdgeAsync(parts[i].From, size, cancellationToken).ConfigureAwait(false)
                : await PerfectAsync(parts[i].From, BitOperations.Log2((ulong)(parts[i].To - parts[i].From)), cancellationToken).ConfigureAwait(false);
            if (root is not { } found)
                return null;
            hashes[i] = found;
        }

        return hashes;
    }

    /// <summary>The root of the subtree under a tile; null where it can't be found this way.</summary>
    public ValueTask<Digest?> UnderAsync(TileId tile, CancellationToken cancellationToken) =>
        PerfectAsync(tile.First, (tile.Level + 1) * TilePath.FullWidthBits, cancellationToken);

    public void Dispose() => _parser.Dispose();

    // Whether a tree's compact range parts there: the rest is then made of the size's lowest bits.
    private static bool IsEdge(long from, long size) => from == 0 || (size & ((from & -from) - 1)) == size - from;

    // The right edge of a tree is the end of its compact range.
    private async ValueTask<Digest?> EdgeAsync(long from, long size, CancellationToken cancellationToken)
    {
        if (size == end.State.Size)
            return end.State.Frontier.RootFrom(from, _parser.Hasher);
        if (await HolderAsync(size - 1, cancellationToken).ConfigureAwait(false) is not { } segment)
            return null;
        return RangeAt(segment, size).RootFrom(from, _parser.Hasher);
    }

    private async ValueTask<Digest?> PerfectAsync(long from, int level, CancellationToken cancellationToken)
    {
        var last = from + (1L << level) - 1;
        if (Known(last) is { } known)
            return Root(known, last, level);
        if (withTiles && await FromTileAsync(from, level, cancellationToken).ConfigureAwait(false) is { } root)
            return root;
        return await HolderAsync(last, cancellationToken).ConfigureAwait(false) is { } segment ? Root(segment, last, level) : null;
    }

    private async ValueTask<Digest?> FromTileAsync(long from, int level, CancellationToken cancellationToken)
    {
        var (at, within) = Math.DivRem(level, TilePath.FullWidthBits);
        var hash = from >> (at * TilePath.FullWidthBits);
        var tile = new TileId(at, hash >> TilePath.FullWidthBits);
        if (at <= TileId.MaxLevel && tile.End <= end.State.Size)
        {
            var hashes = await TileAsync(tile, cancellationToken).ConfigureAwait(false);
            return hashes is null ? null : Root(hashes.AsSpan((int)(hash & (TilePath.FullWidth - 1)), 1 << within));
        }

        // The tile with this hash isn't full yet; the one below it is.
        return within == 0 && at > 0 && await TileAsync(new TileId(at - 1, hash), cancellationToken).ConfigureAwait(false) is { } below ? Root(below) : null;
    }

    private Digest Root(ReadOnlySpan<Digest> hashes) => TileBytes.Fold(hashes, _parser.Hasher).Root(_parser.Hasher);

    private async ValueTask<Digest[]?> TileAsync(TileId id, CancellationToken cancellationToken)
    {
        if (_tiles.TryGetValue(id, out var known))
            return known;
        var read = await TileObjects.ReadAsync(store, id, cancellationToken).ConfigureAwait(false);
        if (read.Hashes is null && read.Status is ReadStatus.Ok or ReadStatus.TooLarge)
            _malformed.Add(id);
        return _tiles[id] = read.Hashes;
    }

    // The range right before a leaf holds everything that the leaf completes.
    private Digest Root(ParsedSegment segment, long last, int level) =>
        RangeAt(segment, last).RootWith(segment.Leaves![(int)(last - segment.First)], level, _parser.Hasher);

    private CompactRange RangeAt(ParsedSegment segment, long position)
    {
        var range = segment.Seal.Frontier.Clone();
        while (range.Size < position)
            range.Append(segment.Leaves![(int)(range.Size - segment.First)], _parser.Hasher);
        return range;
    }

    private ParsedSegment? Known(long record) => _segments.Find(segment => segment.First <= record && record < segment.End);

    private async ValueTask<ParsedSegment?> HolderAsync(long record, CancellationToken cancellationToken)
    {
        if (Known(record) is { } known)
            return known;
        var candidates = 0;
        string? key = null;
        var versions = new List<StoredVersion>();
        await foreach (var version in store.ListAsync(SegmentName.Prefix, SegmentName.Before(record), 10, cancellationToken).ConfigureAwait(false))
        {
            if (version.Key != key && versions.Count > 0)
            {
                if (await AmongAsync(versions, record, cancellationToken).ConfigureAwait(false) is { } found)
                    return found;
                versions.Clear();
                if (++candidates == MostCandidates)
                    return null;
            }

            key = version.Key;
            if (!version.IsDeleteMarker)
                versions.Add(version);
        }

        return await AmongAsync(versions, record, cancellationToken).ConfigureAwait(false);
    }

    // The oldest version first, as for all reading.
    private async ValueTask<ParsedSegment?> AmongAsync(List<StoredVersion> versions, long record, CancellationToken cancellationToken)
    {
        for (var i = versions.Count - 1; i >= 0; i--)
        {
            if (!SegmentName.TryParse(versions[i].Key, out var first))
                continue;
            var (_, segment, _) = await SegmentFetch.FetchAsync(store, _parser, versions[i], first, SegmentParts.Leaves, cancellationToken).ConfigureAwait(false);
            if (segment is null || segment.First > record || record >= segment.End
                || end.State.Keys!.Find(segment.Seal.Signature.KeyId) is not { } key || !segment.Seal.IsVerifiedBy(key.Key))
                continue;
            _segments.Add(segment);
            return segment;
        }

        return null;
    }
}
