using ImmutableAudit.Merkle;

namespace ImmutableAudit.Tiles;

/// <summary>A tile's hashes as bytes, and folded.</summary>
internal static class TileBytes
{
    public static byte[] Join(ReadOnlySpan<Digest> hashes)
    {
        var bytes = new byte[hashes.Length * Digest.Size];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i].CopyTo(bytes.AsSpan(i * Digest.Size));
        return bytes;
    }

    public static Digest[] Split(ReadOnlySpan<byte> bytes)
    {
        var hashes = new Digest[bytes.Length / Digest.Size];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = new Digest(bytes.Slice(i * Digest.Size, Digest.Size));
        return hashes;
    }

    /// <summary>The compact range over hashes of one level.</summary>
    public static CompactRange Fold(ReadOnlySpan<Digest> hashes, MerkleHasher hasher)
    {
        var range = new CompactRange();
        foreach (var hash in hashes)
            range.Append(hash, hasher);
        return range;
    }
}
