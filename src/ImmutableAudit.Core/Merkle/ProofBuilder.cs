using System.Numerics;

namespace ImmutableAudit.Merkle;

/// <summary>
/// Hashes the parts of a tree that a proof is made of while its leaves go by, from a place on before which the tree is
/// known by its compact range. So what lies before that place need not be read.
/// </summary>
internal sealed class ProofBuilder
{
    private readonly List<LeafRange> _ranges;
    private readonly Digest?[] _hashes;
    private readonly CompactRange _tree;
    private readonly CompactRange?[] _parts;

    /// <param name="ranges">The parts, in the proof's order.</param>
    /// <param name="start">The tree before the first leaf that will come. The builder goes on with it.</param>
    public ProofBuilder(List<LeafRange> ranges, CompactRange start)
    {
        _ranges = ranges;
        _tree = start;
        _hashes = new Digest?[ranges.Count];
        _parts = [.. ranges.Select(range => range.From >= start.Size ? new CompactRange() : null)];
        Take();
    }

    /// <summary>The leaf that comes next.</summary>
    public long Next => _tree.Size;

    public void Append(Digest leaf, MerkleHasher hasher)
    {
        var index = _tree.Size;
        _tree.Append(leaf, hasher);
        for (var i = 0; i < _ranges.Count; i++)
        {
            if (_parts[i] is not { } part || index < _ranges[i].From || index >= _ranges[i].To)
                continue;
            part.Append(leaf, hasher);
            if (index + 1 == _ranges[i].To)
                _hashes[i] = part.Root(hasher);
        }

        Take();
    }

    /// <summary>The proof.</summary>
    /// <exception cref="InvalidOperationException">Leaves are missing.</exception>
    public Digest[] Finish() => _hashes.Any(hash => hash is null)
        ? throw new InvalidOperationException("The tree's leaves haven't all gone by.")
        : [.. _hashes.Select(hash => hash!.Value)];

    // A part that began before is a left child, so the compact range holds its root exactly when its last leaf is in, or
    // has held it since.
    private void Take()
    {
        for (var i = 0; i < _ranges.Count; i++)
        {
            var (from, to) = _ranges[i];
            if (_hashes[i] is null && _parts[i] is null && to <= _tree.Size && _tree.Find(from, BitOperations.Log2((ulong)(to - from))) is { } root)
                _hashes[i] = root;
        }
    }
}
