namespace ImmutableAudit.Merkle;

/// <summary>
/// Catches the roots of the subtrees of 256 leaves while a compact range grows, which hashes them anyway. So the tiles
/// above the leaves cost no hash twice.
/// </summary>
internal sealed class TileRoots
{
    private readonly Digest[] _roots;
    private int _count;

    /// <param name="first">The number of the first leaf that will come.</param>
    /// <param name="count">How many will come.</param>
    public TileRoots(long first, int count)
    {
        var roots = ((first + count) >> TilePath.FullWidthBits) - (first >> TilePath.FullWidthBits);
        _roots = roots == 0 ? [] : new Digest[roots];
    }

    /// <summary>Adds a leaf to a range, and keeps the root of the subtree that it completes.</summary>
    public void Append(CompactRange range, Digest leaf, MerkleHasher hasher)
    {
        if ((~range.Size & (TilePath.FullWidth - 1)) == 0)
            _roots[_count++] = range.AppendCompletingTile(leaf, hasher);
        else
            range.Append(leaf, hasher);
    }

    /// <summary>The roots, once all leaves have come.</summary>
    public Digest[] ToArray() => _roots;
}
