using System.Numerics;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Search;

/// <summary>
/// Shows that a segment is in a log by the tree: its records, the tree before it, and the roots of what follows fold to the
/// root at the log's end. Takes a number of hashes that grows with the logarithm of the log. Not for two threads at once.
/// </summary>
internal sealed class TreeCheck(IObjectStore store, LogHead end) : IDisposable
{
    // What was read is kept for the next segment, up to about 2 MB of tiles.
    private const int MostUses = 64;
    private readonly MerkleHasher _hasher = new();
    private SubtreeRoots _tiles = new(store, end, withTiles: true);
    private int _uses;

    public async ValueTask<bool> HoldsAsync(ParsedSegment segment, CancellationToken cancellationToken)
    {
        if (segment.End == end.State.Size)
            return segment.StoredDigest == end.State.LastSegment;
        var root = end.State.Frontier.Root(_hasher);
        var parts = PartsBehind(segment.End, end.State.Size);
        if (++_uses % MostUses == 0)
        {
            _tiles.Dispose();
            _tiles = new SubtreeRoots(store, end, withTiles: true);
        }

        if (await _tiles.HashAsync(parts, end.State.Size, cancellationToken).ConfigureAwait(false) is { } hashes && Fold(segment.EndFrontier, parts, hashes) == root)
            return true;
        using var segments = new SubtreeRoots(store, end, withTiles: false);
        return await segments.HashAsync(parts, end.State.Size, cancellationToken).ConfigureAwait(false) is { } others && Fold(segment.EndFrontier, parts, others) == root;
    }

    public void Dispose()
    {
        _tiles.Dispose();
        _hasher.Dispose();
    }

    /// <summary>The largest perfect subtrees from a leaf on, and last the tree's right edge.</summary>
    internal static List<LeafRange> PartsBehind(long from, long size)
    {
        var parts = new List<LeafRange>();
        while (from < size)
        {
            var width = from & -from;
            if (size - from < width)
            {
                parts.Add(new LeafRange(from, size));
                break;
            }

            parts.Add(new LeafRange(from, from + width));
            from += width;
        }

        return parts;
    }

    private Digest Fold(CompactRange before, List<LeafRange> parts, Digest[] hashes)
    {
        var stack = new Stack<(long Width, Digest Hash)>();
        var known = before.ToArray();
        var next = 0;
        for (var level = 62; level >= 0; level--)
        {
            if ((before.Size >> level & 1) != 0)
                stack.Push((1L << level, known[next++]));
        }

        for (var i = 0; i < parts.Count; i++)
        {
            var (width, hash) = (parts[i].To - parts[i].From, hashes[i]);
            // A right edge is narrower than what is left of it, however wide, and joins nothing before the end.
            while (BitOperations.IsPow2(width) && stack.TryPeek(out var left) && left.Width == width)
            {
                hash = _hasher.Node(stack.Pop().Hash, hash);
                width *= 2;
            }

            stack.Push((width, hash));
        }

        var root = stack.Pop().Hash;
        while (stack.TryPop(out var left))
            root = _hasher.Node(left.Hash, root);
        return root;
    }
}
