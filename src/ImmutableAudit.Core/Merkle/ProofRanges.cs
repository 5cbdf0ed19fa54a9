using System.Numerics;

namespace ImmutableAudit.Merkle;

/// <summary>A part of a tree: the leaves [<paramref name="From"/>, <paramref name="To"/>).</summary>
/// <param name="From">The first leaf.</param>
/// <param name="To">The leaf behind the last.</param>
internal readonly record struct LeafRange(long From, long To);

/// <summary>Which parts of a tree a proof is made of (RFC 6962 §2.1.1 and §2.1.2), in the proof's order.</summary>
internal static class ProofRanges
{
    /// <summary>For a leaf: the siblings on its way to the root.</summary>
    public static List<LeafRange> Inclusion(long index, long size)
    {
        var ranges = new List<LeafRange>();
        long from = 0, to = size;
        while (to - from > 1)
        {
            var middle = from + LargestPowerBelow(to - from);
            if (index < middle)
            {
                ranges.Add(new LeafRange(middle, to));
                to = middle;
            }
            else
            {
                ranges.Add(new LeafRange(from, middle));
                from = middle;
            }
        }

        ranges.Reverse();
        return ranges;
    }

    /// <summary>For two sizes, 0 &lt; first ≤ second: what shows that the smaller tree is the beginning of the larger.</summary>
    public static List<LeafRange> Consistency(long first, long second)
    {
        var ranges = new List<LeafRange>();
        long from = 0, to = second;
        // Whether the part at hand begins both trees; then its root is known to who has the smaller root.
        var isWhole = true;
        while (first < to)
        {
            var middle = from + LargestPowerBelow(to - from);
            if (first <= middle)
            {
                ranges.Add(new LeafRange(middle, to));
                to = middle;
            }
            else
            {
                ranges.Add(new LeafRange(from, middle));
                from = middle;
                isWhole = false;
            }
        }

        if (!isWhole)
            ranges.Add(new LeafRange(from, to));
        ranges.Reverse();
        return ranges;
    }

    // The left part of a tree of more than one leaf.
    private static long LargestPowerBelow(long count) => 1L << (63 - BitOperations.LeadingZeroCount((ulong)(count - 1)));
}
