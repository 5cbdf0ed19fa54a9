using System.Runtime.CompilerServices;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>What tiles are made of where nobody has it at hand: from verified segments, and from the tiles below.</summary>
internal static class TileSegments
{
    private const int AtOnce = 8;

    /// <summary>The leaves of the segments that hold a range of records. Each is verified and linked to the one before.</summary>
    public static async IAsyncEnumerable<TileLeaves> ReadAsync(
        IObjectStore store, LogHead end, long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (segment, _) in SegmentReader.ReadAsync(store, end, first, last, cancellationToken).ConfigureAwait(false))
            yield return new TileLeaves(segment);
    }

    /// <summary>The compact range of [0, <paramref name="position"/>).</summary>
    public static async ValueTask<CompactRange> RangeAtAsync(IObjectStore store, LogHead end, long position, MerkleHasher hasher, CancellationToken cancellationToken)
    {
        if (position == 0)
            return new CompactRange();
        if (position == end.State.Size)
            return end.State.Frontier;
        await foreach (var leaves in ReadAsync(store, end, position - 1, position - 1, cancellationToken).ConfigureAwait(false))
        {
            var range = leaves.Before.Clone();
            while (range.Size < position)
                range.Append(leaves[(int)(range.Size - leaves.First)], hasher);
            return range;
        }

        throw new InvalidOperationException("A range of one record has a segment.");
    }

    /// <summary>A tile with its first hashes, taken from the tiles below; null where one of those is missing or doesn't fold to what is known.</summary>
    public static async ValueTask<BuiltTile?> CompleteAsync(IObjectStore store, BuiltTile tile, MerkleHasher hasher, CancellationToken cancellationToken)
    {
        var first = new Digest[tile.Known];
        for (var from = 0; from < tile.Known; from += AtOnce)
        {
            var reads = Enumerable.Range(from, Math.Min(AtOnce, tile.Known - from))
                .Select(i => TileObjects.ReadAsync(store, new TileId(tile.Id.Level - 1, (tile.Id.Index << TilePath.FullWidthBits) + i), cancellationToken).AsTask())
                .ToArray();
            foreach (var (i, read) in (await Task.WhenAll(reads).ConfigureAwait(false)).Index())
            {
                if (read.Hashes is not { } hashes)
                    return null;
                first[from + i] = TileBytes.Fold(hashes, hasher).Root(hasher);
            }
        }

        return tile.With(first, hasher);
    }
}
