namespace ImmutableAudit.Merkle;

/// <summary>Checks proofs, with nothing but hashes (RFC 9162 §2.1.3.2 and §2.1.4.2; the tree is RFC 6962's).</summary>
public static class ProofCheck
{
    /// <summary>Whether a leaf is in a tree.</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="index">Its number.</param>
    /// <param name="size">The tree's leaves.</param>
    /// <param name="proof">The siblings from the leaf to the root.</param>
    /// <param name="root">The tree's root.</param>
    public static bool IsIncluded(Digest leaf, long index, long size, IReadOnlyList<Digest> proof, Digest root)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (index < 0 || index >= size)
            return false;
        using var hasher = new MerkleHasher();
        long node = index, last = size - 1;
        var hash = leaf;
        foreach (var sibling in proof)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = hasher.Node(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                hash = hasher.Node(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether a tree is the beginning of another: nothing in it was changed or removed.</summary>
    /// <param name="first">The smaller tree's leaves.</param>
    /// <param name="firstRoot">Its root.</param>
    /// <param name="second">The larger tree's leaves.</param>
    /// <param name="secondRoot">Its root.</param>
    /// <param name="proof">The proof; empty where both have one size, and where the smaller is empty.</param>
    public static bool IsContinued(long first, Digest firstRoot, long second, Digest secondRoot, IReadOnlyList<Digest> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (first < 0 || first > second)
            return false;
        if (first == second)
            return proof.Count == 0 && firstRoot == secondRoot;
        if (first == 0)
            return proof.Count == 0 && firstRoot == MerkleHasher.EmptyRoot;
        using var hasher = new MerkleHasher();
        long node = first - 1, last = second - 1;
        while ((node & 1) == 1)
        {
            node >>= 1;
            last >>= 1;
        }

        // A smaller tree of a power of two is a part of the larger one, so its root needn't be told.
        var next = 0;
        if (node != 0 && proof.Count == 0)
            return false;
        var (old, now) = node == 0 ? (firstRoot, firstRoot) : (proof[0], proof[next++]);
        for (; next < proof.Count; next++)
        {
            if (last == 0)
                return false;
            if ((node & 1) == 1 || node == last)
            {
                old = hasher.Node(proof[next], old);
                now = hasher.Node(proof[next], now);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                now = hasher.Node(now, proof[next]);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && old == firstRoot && now == secondRoot;
    }
}
