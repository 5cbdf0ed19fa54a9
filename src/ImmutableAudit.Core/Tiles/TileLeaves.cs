using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Tiles;

/// <summary>What tiles are made of, from one segment: its leaf hashes, the roots of the subtrees of 256 that end in it, and the tree before it.</summary>
internal sealed class TileLeaves(ParsedSegment segment)
{
    public long First { get; } = segment.First;

    public Digest[] Leaves { get; } = segment.Leaves!;

    public Digest[] Roots { get; } = segment.TileRoots;

    /// <summary>The compact range of [0, first). Not to be changed.</summary>
    public CompactRange Before { get; } = segment.Seal.Frontier;

    public long End => First + Leaves.Length;

    public Digest this[int index] => Leaves[index];
}
