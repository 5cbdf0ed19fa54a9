using System.Security.Cryptography;

namespace ImmutableAudit.Merkle;

/// <summary>
/// The hashes of RFC 6962 §2.1: a leaf is SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right).
/// Keeps one hash object, because making one for every leaf costs more than hashing it. Not for two threads at once.
/// </summary>
public sealed class MerkleHasher : IDisposable
{
    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;

    private static readonly Digest Empty = new(SHA256.HashData([]));
    private readonly Sha256Hash _sha256 = Sha256Hash.Create();
    private readonly byte[] _node = new byte[1 + Digest.Size * 2];

    /// <summary>The root of a tree without leaves: SHA-256 of nothing.</summary>
    public static Digest EmptyRoot => Empty;

    /// <summary>The hash of a leaf.</summary>
    /// <param name="entry">The entry's bytes, here a record's line without its line feed.</param>
    public Digest Leaf(ReadOnlySpan<byte> entry)
    {
        _sha256.Append([LeafPrefix]);
        _sha256.Append(entry);
        return _sha256.Finish();
    }

    /// <summary>
    /// The hash of a leaf whose entry lies one byte behind the beginning of <paramref name="buffer"/>. The byte before
    /// it is overwritten by the prefix, so that one call into the hash does; this is a third faster on short records.
    /// </summary>
    /// <param name="buffer">One byte to overwrite, then the entry.</param>
    internal Digest LeafInPlace(Span<byte> buffer)
    {
        buffer[0] = LeafPrefix;
        _sha256.Append(buffer);
        return _sha256.Finish();
    }

    /// <summary>The hash of an inner node.</summary>
    /// <param name="left">The left child.</param>
    /// <param name="right">The right child.</param>
    public Digest Node(in Digest left, in Digest right)
    {
        _node[0] = NodePrefix;
        left.CopyTo(_node.AsSpan(1));
        right.CopyTo(_node.AsSpan(1 + Digest.Size));
        _sha256.Append(_node);
        return _sha256.Finish();
    }

    /// <summary>Plain SHA-256, of a stored object for example.</summary>
    /// <param name="bytes">The bytes.</param>
    public Digest Plain(ReadOnlySpan<byte> bytes)
    {
        _sha256.Append(bytes);
        return _sha256.Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => _sha256.Dispose();
}
