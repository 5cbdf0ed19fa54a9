using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// The first 128 bits of a SHA-256 over what tells an entry from all others. Each part is hashed with its length, so
/// that no two lists of parts look the same.
/// </summary>
internal static class SourceKey
{
    /// <summary>For an entry that has an identity of its own.</summary>
    public static UInt128 OfId(SourceFormat format, IEnumerable<string> parts) =>
        Hash([Name(format), "id"u8.ToArray(), .. parts.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>
    /// For an entry without: its bytes, its place, and the source's first entry. So two equal lines of a file are two
    /// events, a file that has grown adds what is new, and its name and compression play no part.
    /// </summary>
    public static UInt128 OfContent(SourceFormat format, byte[] source, long position, ReadOnlySpan<byte> entry)
    {
        var place = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(place, position);
        return Hash([Name(format), "content"u8.ToArray(), source, place, SHA256.HashData(entry)]);
    }

    private static byte[] Name(SourceFormat format) => Encoding.ASCII.GetBytes(format.ToString());

    private static UInt128 Hash(IEnumerable<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
            hash.AppendData(length);
            hash.AppendData(part);
        }

        return BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset());
    }
}
