using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests;

public class TilePathTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 1, 256, "tile/0/001")]
    [InlineData(0, 999, 256, "tile/0/999")]
    [InlineData(0, 1000, 256, "tile/0/x001/000")]
    [InlineData(0, 1_234_067, 256, "tile/0/x001/x234/067")]
    [InlineData(3, 1_234_067, 17, "tile/3/x001/x234/067.p/17")]
    [InlineData(0, 0, 1, "tile/0/000.p/1")]
    [InlineData(63, 5, 255, "tile/63/005.p/255")]
    [InlineData(0, 1_000_000, 256, "tile/0/x001/x000/000")]
    [InlineData(0, long.MaxValue, 256, "tile/0/x009/x223/x372/x036/x854/x775/807")]
    public void Paths_are_the_ones_of_the_specification(int level, long index, int width, string expected) =>
        Assert.Equal(expected, TilePath.Format(level, index, width));

    [Theory]
    [InlineData(0, 256, "tile/entries/000")]
    [InlineData(273, 112, "tile/entries/273.p/112")]
    [InlineData(1_234_067, 256, "tile/entries/x001/x234/067")]
    public void Bundles_of_entries_have_their_own_paths(long index, int width, string expected) =>
        Assert.Equal(expected, TilePath.FormatEntries(index, width));

    [Fact]
    public void A_tree_of_70000_leaves_has_the_tiles_of_the_specifications_example()
    {
        // "273 full tiles and .p/112 at level 0, 1 full and .p/17 at level 1, .p/1 at level 2".
        var paths = new List<string>();
        long count = 70_000;
        for (var level = 0; count > 0; level++, count /= 256)
        {
            for (long index = 0; index < count / 256; index++)
                paths.Add(TilePath.Format(level, index));
            if (count % 256 > 0)
                paths.Add(TilePath.Format(level, count / 256, (int)(count % 256)));
        }

        Assert.Equal(273 + 1 + 1 + 1 + 1, paths.Count);
        Assert.Equal("tile/0/272", paths[272]);
        Assert.Equal(["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"], paths[273..]);
    }

    [Theory]
    [InlineData(-1, 0, 256)]
    [InlineData(64, 0, 256)]
    [InlineData(0, -1, 256)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, 257)]
    public void Values_out_of_range_are_refused(int level, long index, int width) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TilePath.Format(level, index, width));
}
