using System.Numerics;

namespace ImmutableAudit.Merkle;

/// <summary>
/// The roots of the perfect subtrees that make up the tree over [0, <see cref="Size"/>), left to right: one for each
/// set bit of the size. It is all that is needed to go on appending and to compute the root (RFC 6962 §2.1).
/// </summary>
public sealed class CompactRange
{
    // The subtree with 2^level leaves, present where the size has that bit.
    private readonly Digest[] _levels;

    /// <summary>An empty tree.</summary>
    public CompactRange() => _levels = new Digest[63];

    private CompactRange(CompactRange other)
    {
        _levels = (Digest[])other._levels.Clone();
        Size = other.Size;
    }

    /// <summary>How many leaves.</summary>
    public long Size { get; private set; }

    /// <summary>How many subtrees: the set bits of the size.</summary>
    public int Count => BitOperations.PopCount((ulong)Size);

    /// <summary>Takes up a range that was written before.</summary>
    /// <param name="size">The leaves covered.</param>
    /// <param name="subtrees">The subtrees' roots, left to right.</param>
    /// <returns>Null where their number doesn't fit the size.</returns>
    public static CompactRange? TryCreate(long size, ReadOnlySpan<Digest> subtrees)
    {
        if (size < 0 || BitOperations.PopCount((ulong)size) != subtrees.Length)
            return null;
        var range = new CompactRange { Size = size };
        var next = subtrees.Length;
        for (var level = 0; size >> level != 0; level++)
        {
            if ((size >> level & 1) != 0)
                range._levels[level] = subtrees[--next];
        }

        return range;
    }

    /// <summary>An independent copy.</summary>
    public CompactRange Clone() => new(this);

    /// <summary>Adds one leaf.</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="hasher">The hash to use.</param>
    public void Append(Digest leaf, MerkleHasher hasher)
    {
        ArgumentNullException.ThrowIfNull(hasher);
        var level = 0;
        for (; (Size >> level & 1) != 0; level++)
            leaf = hasher.Node(_levels[level], leaf);
        _levels[level] = leaf;
        Size++;
    }

    /// <summary>Adds the leaf that completes a full tile's subtree, and gives the root of that subtree, which the range itself may hold no longer.</summary>
    /// <param name="leaf">The leaf's hash; its number has all bits of a tile's width set.</param>
    /// <param name="hasher">The hash to use.</param>
    internal Digest AppendCompletingTile(Digest leaf, MerkleHasher hasher)
    {
        var root = RootWith(leaf, TilePath.FullWidthBits, hasher);
        var hash = root;
        var level = TilePath.FullWidthBits;
        for (; (Size >> level & 1) != 0; level++)
            hash = hasher.Node(_levels[level], hash);
        _levels[level] = hash;
        Size++;
        return root;
    }

    /// <summary>The root of the perfect subtree with 2^level leaves that the next leaf would complete.</summary>
    /// <param name="leaf">That leaf's hash; its number has the lowest bits set, as many as the level.</param>
    /// <param name="level">The level.</param>
    /// <param name="hasher">The hash to use.</param>
    internal Digest RootWith(Digest leaf, int level, MerkleHasher hasher)
    {
        for (var below = 0; below < level; below++)
            leaf = hasher.Node(_levels[below], leaf);
        return leaf;
    }

    /// <summary>The part of the range that lies in the tile begun at a level, as a range over that level's hashes.</summary>
    /// <param name="level">The level of the tile.</param>
    internal CompactRange InTile(int level)
    {
        var shift = level * TilePath.FullWidthBits;
        var part = new CompactRange { Size = (Size >> shift) & (TilePath.FullWidth - 1) };
        for (var bit = 0; bit < TilePath.FullWidthBits; bit++)
        {
            if ((part.Size >> bit & 1) != 0)
                part._levels[bit] = _levels[shift + bit];
        }

        return part;
    }

    /// <summary>The tree's root: the subtrees folded right to left.</summary>
    /// <param name="hasher">The hash to use.</param>
    public Digest Root(MerkleHasher hasher)
    {
        ArgumentNullException.ThrowIfNull(hasher);
        if (Size == 0)
            return MerkleHasher.EmptyRoot;
        var level = BitOperations.TrailingZeroCount(Size);
        var root = _levels[level];
        for (level++; Size >> level != 0; level++)
        {
            if ((Size >> level & 1) != 0)
                root = hasher.Node(_levels[level], root);
        }

        return root;
    }

    /// <summary>The root of the tree's right edge: of the leaves [from, size), where the range parts.</summary>
    /// <param name="from">0, or where one of the subtrees but the first begins.</param>
    /// <param name="hasher">The hash to use.</param>
    internal Digest RootFrom(long from, MerkleHasher hasher)
    {
        var roots = ToArray();
        var at = roots.Length - 1;
        var root = roots[at];
        for (var left = Size & (Size - 1); left > from; left &= left - 1)
            root = hasher.Node(roots[--at], root);
        return root;
    }

    /// <summary>The subtrees' roots, left to right.</summary>
    public Digest[] ToArray()
    {
        var subtrees = new Digest[Count];
        CopyTo(subtrees);
        return subtrees;
    }

    /// <summary>Writes the subtrees' roots, left to right.</summary>
    /// <param name="destination">At least <see cref="Count"/> places.</param>
    public void CopyTo(Span<Digest> destination)
    {
        var next = 0;
        for (var level = 62; level >= 0; level--)
        {
            if ((Size >> level & 1) != 0)
                destination[next++] = _levels[level];
        }
    }

    /// <summary>The root of the perfect subtree that begins at a leaf; null where the range doesn't hold that one.</summary>
    /// <param name="from">Its first leaf.</param>
    /// <param name="level">It has 2^level leaves.</param>
    internal Digest? Find(long from, int level)
    {
        var holds = (Size >> level & 1) != 0 && (Size >> level + 1) << level + 1 == from;
        return holds ? _levels[level] : null;
    }

    /// <summary>Whether both cover the same leaves with the same hashes.</summary>
    /// <param name="other">The other range.</param>
    public bool SameAs(CompactRange other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Size != other.Size)
            return false;
        for (var level = 0; Size >> level != 0; level++)
        {
            if ((Size >> level & 1) != 0 && _levels[level] != other._levels[level])
                return false;
        }

        return true;
    }
}
