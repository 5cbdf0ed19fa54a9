using System.Globalization;

namespace ImmutableAudit.Merkle;

/// <summary>
/// The paths of C2SP tlog-tiles: <c>tile/&lt;level&gt;/&lt;index&gt;</c> for the 256 hashes of a full tile and
/// <c>tile/&lt;level&gt;/&lt;index&gt;.p/&lt;width&gt;</c> for a partial one. The index is written in groups of three digits,
/// all but the last with an <c>x</c> before them: 1234067 is <c>x001/x234/067</c>.
/// </summary>
public static class TilePath
{
    /// <summary>Hashes in a full tile.</summary>
    public const int FullWidth = 256;

    /// <summary>Its binary logarithm.</summary>
    internal const int FullWidthBits = 8;

    /// <summary>What the path of every tile begins with.</summary>
    internal const string Prefix = "tile/";

    /// <summary>The path of a tile.</summary>
    /// <param name="level">0 for leaf hashes, each level above covers 256 times as many leaves; at most 63 as the specification has it.</param>
    /// <param name="index">The tile's number in its level.</param>
    /// <param name="width">How many hashes: 256 for a full tile, 1 to 255 for a partial one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range.</exception>
    public static string Format(int level, long index, int width = FullWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 63);
        return "tile/" + level.ToString(CultureInfo.InvariantCulture) + "/" + Index(index, width);
    }

    /// <summary>The path of a bundle of entries.</summary>
    /// <param name="index">The bundle's number.</param>
    /// <param name="width">How many entries: 256 for a full bundle, 1 to 255 for a partial one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range.</exception>
    public static string FormatEntries(long index, int width = FullWidth) => "tile/entries/" + Index(index, width);

    private static string Index(long index, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, FullWidth);
        var path = (index % 1000).ToString("D3", CultureInfo.InvariantCulture);
        for (index /= 1000; index > 0; index /= 1000)
            path = "x" + (index % 1000).ToString("D3", CultureInfo.InvariantCulture) + "/" + path;
        return width == FullWidth ? path : path + ".p/" + width.ToString(CultureInfo.InvariantCulture);
    }
}
