using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>
/// What the watcher has seen under segments' names: for each position a fingerprint of what the listing said of it, and
/// where it is known half the digest of the bytes that count. 40 bytes a segment, in order of positions.
/// </summary>
internal sealed class SeenObjects
{
    private readonly List<long> _positions = [];
    private readonly List<Seen> _seen = [];

    public int Count => _positions.Count;

    public long PositionAt(int index) => _positions[index];

    public Seen At(int index) => _seen[index];

    public Seen? Find(long position) => _positions.BinarySearch(position) is >= 0 and var at ? _seen[at] : null;

    /// <summary>Remembers a position. A digest that is known stays where none is given.</summary>
    public void Set(long position, ulong print, UInt128 digest = default)
    {
        var at = _positions.BinarySearch(position);
        if (at >= 0)
        {
            _seen[at] = new Seen(print, digest == default ? _seen[at].Digest : digest);
            return;
        }

        // New segments come at the end.
        _positions.Insert(~at, position);
        _seen.Insert(~at, new Seen(print, digest));
    }

    /// <summary>The positions whose names are behind one key and not behind another: the first and last index.</summary>
    public (int Low, int High) Between(string? after, string? upTo) =>
        (upTo is null ? 0 : FirstWhere(key => string.CompareOrdinal(key, upTo) <= 0),
            (after is null ? Count : FirstWhere(key => string.CompareOrdinal(key, after) <= 0)) - 1);

    /// <summary>The nearest position before one that isn't gone; −1 if there is none.</summary>
    public long Before(long position)
    {
        var at = _positions.BinarySearch(position);
        for (at = (at >= 0 ? at : ~at) - 1; at >= 0; at--)
        {
            if (!_seen[at].IsGone)
                return _positions[at];
        }

        return -1;
    }

    /// <summary>The nearest position behind one that isn't gone; −1 if there is none.</summary>
    public long Behind(long position)
    {
        var at = _positions.BinarySearch(position);
        for (at = at >= 0 ? at + 1 : ~at; at < Count; at++)
        {
            if (!_seen[at].IsGone)
                return _positions[at];
        }

        return -1;
    }

    /// <summary>A fingerprint of all that a listing says of a key; never 0, which stands for nothing there.</summary>
    public static ulong Print(Slot slot, bool keepsVersions)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var version in slot.Versions)
        {
            // A version's own time says nothing about it that could change; a file's is the only sign of a change.
            ReadOnlySpan<long> numbers = [version.Size, keepsVersions ? 0 : version.LastModified.UtcTicks, version.IsDeleteMarker ? 1 : 0, version.VersionId?.Length ?? -1];
            hash.AppendData(MemoryMarshal.AsBytes(numbers));
            hash.AppendData(MemoryMarshal.AsBytes((version.VersionId + version.ETag).AsSpan()));
        }

        return slot.Versions.Count == 0 ? 0 : Math.Max(1, BitConverter.ToUInt64(hash.GetHashAndReset()));
    }

    public static UInt128 Half(Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        return MemoryMarshal.Read<UInt128>(bytes);
    }

    // Keys fall as positions rise, so the keys that aren't behind a given one are at the end.
    private int FirstWhere(Func<string, bool> isInPart)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (isInPart(SegmentName.Format(_positions[middle])))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <param name="Print">What the listing said; 0 where nothing is there any more.</param>
    /// <param name="Digest">Half the digest of the bytes that count; 0 where it isn't known.</param>
    internal readonly record struct Seen(ulong Print, UInt128 Digest)
    {
        public bool IsGone => Print == 0;

        public bool IsRead => Digest != default;
    }
}
