using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Summaries;

/// <summary>
/// The names that occur somewhere: the names themselves where they are few, otherwise a Bloom filter of them. A filter never
/// denies a name that occurs.
/// </summary>
internal sealed class TermSet
{
    public const int MostListed = 64;
    public const int MostListedBytes = 4096;
    private const int BitsPerName = 12;
    private const int Hashes = 8;
    private const int MostBytes = 64 * 1024;
    private readonly string[]? _listed;
    private readonly byte[] _bits = [];
    private readonly long _first;

    private TermSet(string[] listed) => _listed = listed;

    private TermSet(byte[] bits, long first) => (_bits, _first) = (bits, first);

    /// <param name="names">The names.</param>
    /// <param name="first">The first record of the entry that it is for: each filter errs about other names than its neighbours.</param>
    public static TermSet Of(IReadOnlyCollection<string> names, long first)
    {
        if (names.Count <= MostListed && names.Sum(Encoding.UTF8.GetByteCount) <= MostListedBytes)
            return new TermSet([.. names.Order(StringComparer.Ordinal)]);
        var bits = new byte[Math.Min((names.Count * BitsPerName + 7) / 8, MostBytes)];
        Span<int> places = stackalloc int[Hashes];
        using var sha256 = Sha256Hash.Create();
        foreach (var name in names)
        {
            Places(sha256, name, first, bits.Length, places);
            foreach (var place in places)
                bits[place >> 3] |= (byte)(1 << (place & 7));
        }

        return new TermSet(bits, first);
    }

    /// <summary>Whether the names are known, and not only whether one may be among them.</summary>
    public bool IsListed => _listed is not null;

    public bool MayHold(string name)
    {
        if (_listed is not null)
            return Array.BinarySearch(_listed, name, StringComparer.Ordinal) >= 0;
        Span<int> places = stackalloc int[Hashes];
        using var sha256 = Sha256Hash.Create();
        Places(sha256, name, _first, _bits.Length, places);
        foreach (var place in places)
        {
            if ((_bits[place >> 3] & 1 << (place & 7)) == 0)
                return false;
        }

        return true;
    }

    public bool MayMatch(NamePattern pattern) =>
        pattern.IsExact ? MayHold(pattern.Lead) : _listed is null || Array.Exists(_listed, name => pattern.Matches(name));

    public void Write(Utf8JsonWriter json, string member)
    {
        if (_listed is null)
        {
            json.WriteBase64String(member, _bits);
            return;
        }

        json.WriteStartArray(member);
        foreach (var name in _listed)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    /// <summary>Reads a set; null where it isn't one. A list is sorted anew, so that one in another order says the same.</summary>
    public static TermSet? TryRead(JsonElement parent, string member, long first)
    {
        if (!parent.TryGetProperty(member, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.TryGetBytesFromBase64(out var bits) && bits.Length is > 0 and <= MostBytes ? new TermSet(bits, first) : null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
            return null;
        return new TermSet([.. value.EnumerateArray().Select(name => name.GetString()!).Distinct().Order(StringComparer.Ordinal)]);
    }

    // Double hashing with the first two 64-bit numbers, little-endian, of SHA-256 over the entry's first record and the name.
    private static void Places(Sha256Hash sha256, string name, long first, int bytes, Span<int> places)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        var length = 20 + Encoding.UTF8.GetMaxByteCount(name.Length);
        var utf8 = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        first.TryFormat(utf8, out var used, default, CultureInfo.InvariantCulture);
        utf8[used++] = (byte)':';
        used += Encoding.UTF8.GetBytes(name, utf8[used..]);
        sha256.Append(utf8[..used]);
        sha256.Finish().CopyTo(hash);
        var a = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        var b = BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]);
        for (var i = 0; i < places.Length; i++)
            places[i] = (int)(unchecked(a + (ulong)i * b) % ((ulong)bytes * 8));
    }
}
