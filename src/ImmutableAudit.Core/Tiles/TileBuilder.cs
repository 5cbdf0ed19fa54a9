using ImmutableAudit.Merkle;

namespace ImmutableAudit.Tiles;

/// <summary>
/// A tile whose last hash has gone by. Where the builder began in the middle of it, its first hashes aren't known one
/// by one, but the roots over them are.
/// </summary>
/// <param name="Id">Which tile.</param>
/// <param name="Hashes">256 hashes; those before <paramref name="Known"/> aren't filled in.</param>
/// <param name="Known">The first hash that is known; 0 for a whole tile.</param>
/// <param name="Before">The compact range over the hashes before that.</param>
internal sealed record BuiltTile(TileId Id, Digest[] Hashes, int Known, CompactRange Before)
{
    /// <summary>The tile's bytes. Only of a whole one.</summary>
    public byte[] ToBytes() => TileBytes.Join(Hashes);

    /// <summary>Whether bytes are this tile: the known hashes, and before them hashes that fold to the known roots.</summary>
    public bool Matches(ReadOnlySpan<byte> bytes, MerkleHasher hasher) => bytes.Length == TileId.Bytes && Matches(TileBytes.Split(bytes), hasher);

    private bool Matches(Digest[] hashes, MerkleHasher hasher) =>
        hashes.AsSpan(Known).SequenceEqual(Hashes.AsSpan(Known)) && (Known == 0 || TileBytes.Fold(hashes.AsSpan(0, Known), hasher).SameAs(Before));

    /// <summary>The tile with its first hashes; null where they don't fold to the known roots.</summary>
    public BuiltTile? With(ReadOnlySpan<Digest> first, MerkleHasher hasher)
    {
        if (first.Length != Known || !TileBytes.Fold(first, hasher).SameAs(Before))
            return null;
        Digest[] all = [.. first, .. Hashes.AsSpan(Known)];
        return this with { Hashes = all, Known = 0, Before = new CompactRange() };
    }
}

/// <summary>
/// Makes the tiles of all levels while a log's leaves go by in order, from any place on. What it holds is one tile a
/// level. The hashes above the leaves come with the leaves; only the few above those are hashed here.
/// </summary>
internal sealed class TileBuilder
{
    private readonly Level[] _levels = new Level[TileId.MaxLevel + 1];

    /// <param name="start">The tree before the first leaf that will come.</param>
    public TileBuilder(CompactRange start)
    {
        Size = start.Size;
        for (var level = 0; level < _levels.Length; level++)
            _levels[level] = new Level(start.InTile(level));
    }

    /// <summary>The leaf that comes next.</summary>
    public long Size { get; private set; }

    /// <summary>Takes leaves and gives the tiles that they complete, lower levels first.</summary>
    /// <param name="leaves">The leaves; what was taken already is passed over.</param>
    /// <param name="hasher">The hash to use.</param>
    public List<BuiltTile> Append(TileLeaves leaves, MerkleHasher hasher)
    {
        if (leaves.First > Size)
            throw new ArgumentException("Leaves are missing before these.", nameof(leaves));
        var built = new List<BuiltTile>();
        while (Size < leaves.End)
        {
            var index = Size >> TilePath.FullWidthBits;
            var take = (int)(Math.Min(leaves.End, (index + 1) << TilePath.FullWidthBits) - Size);
            _levels[0].Add(leaves.Leaves.AsSpan((int)(Size - leaves.First), take));
            Size += take;
            if (_levels[0].TryFinish(new TileId(0, index)) is { } tile)
            {
                built.Add(tile);
                Rise(leaves.Roots[index - (leaves.First >> TilePath.FullWidthBits)], index, hasher, built);
            }
        }

        return built;
    }

    /// <summary>The hashes of the tile that is begun at a level, the tile as far as it goes; null where nothing is begun.</summary>
    public BuiltTile? Begun(int level) => _levels[level].Begun(new TileId(level, TileId.CountAt(level, Size)));

    private void Rise(Digest root, long index, MerkleHasher hasher, List<BuiltTile> built)
    {
        for (var level = 1; level < _levels.Length; level++)
        {
            _levels[level].Add(root, hasher);
            index >>= TilePath.FullWidthBits;
            if (_levels[level].TryFinish(new TileId(level, index), out root) is not { } tile)
                return;
            built.Add(tile);
        }
    }

    private sealed class Level(CompactRange before)
    {
        private CompactRange _before = before;
        private CompactRange _range = before.Clone();
        private Digest[] _hashes = new Digest[TilePath.FullWidth];
        private int _known = (int)before.Size;
        private int _count = (int)before.Size;
        private Digest _root;

        public void Add(ReadOnlySpan<Digest> hashes)
        {
            hashes.CopyTo(_hashes.AsSpan(_count));
            _count += hashes.Length;
        }

        public void Add(Digest hash, MerkleHasher hasher)
        {
            _hashes[_count++] = hash;
            if (_count == TilePath.FullWidth)
                _root = _range.AppendCompletingTile(hash, hasher);
            else
                _range.Append(hash, hasher);
        }

        public BuiltTile? TryFinish(TileId id) => TryFinish(id, out _);

        public BuiltTile? TryFinish(TileId id, out Digest root)
        {
            root = _root;
            if (_count < TilePath.FullWidth)
                return null;
            var tile = new BuiltTile(id, _hashes, _known, _before);
            (_hashes, _known, _count, _before, _range) = (new Digest[TilePath.FullWidth], 0, 0, new CompactRange(), new CompactRange());
            return tile;
        }

        public BuiltTile? Begun(TileId id) => _count == 0 ? null : new BuiltTile(id, _hashes[.._count], _known, _before);
    }
}
