using System.Globalization;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Tiles;

/// <summary>One full tile: 256 hashes of a level, each the root over 256^level leaves.</summary>
/// <param name="Level">0 for leaf hashes.</param>
/// <param name="Index">The tile's number in its level.</param>
internal readonly record struct TileId(int Level, long Index)
{
    /// <summary>Bytes in a full tile.</summary>
    public const int Bytes = TilePath.FullWidth * Digest.Size;

    /// <summary>The highest level with a full tile: a log has at most 18 digits of records, and the level above would cover 2^64.</summary>
    public const int MaxLevel = 6;

    /// <summary>The object's key.</summary>
    public string Key => TilePath.Format(Level, Index);

    /// <summary>The first leaf under it.</summary>
    public long First => Index << Shift;

    /// <summary>The leaf behind the last under it.</summary>
    public long End => (Index + 1) << Shift;

    private int Shift => (Level + 1) * TilePath.FullWidthBits;

    /// <summary>How many full tiles a level has.</summary>
    /// <param name="level">The level.</param>
    /// <param name="size">How many leaves.</param>
    public static long CountAt(int level, long size) => size >> ((level + 1) * TilePath.FullWidthBits);

    /// <summary>How many full tiles all levels have.</summary>
    /// <param name="size">How many leaves.</param>
    public static long CountOf(long size) => Enumerable.Range(0, MaxLevel + 1).Sum(level => CountAt(level, size));

    /// <summary>Reads the key of a full tile; null for every other name.</summary>
    public static TileId? TryParse(string key)
    {
        var parts = key.Split('/');
        if (parts.Length < 3 || parts[0] != "tile" || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level > MaxLevel)
            return null;
        long index = 0;
        for (var i = 2; i < parts.Length; i++)
        {
            if (index > long.MaxValue / 1000 - 1 || !long.TryParse(parts[i].AsSpan(parts[i].StartsWith('x') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out var group) || group > 999)
                return null;
            index = index * 1000 + group;
        }

        var id = new TileId(level, index);
        return id.Key == key ? id : null;
    }
}
