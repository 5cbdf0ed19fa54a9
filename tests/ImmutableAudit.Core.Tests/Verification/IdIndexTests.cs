using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

public class IdIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(2_000_000)]
    public void Repeated_and_wanted_ids_are_found_however_often_it_spills(int runLength)
    {
        var random = new Random(runLength);
        var ids = Enumerable.Range(0, runLength < 3 ? 60 : 12_000).Select(i => new UInt128((ulong)random.Next(runLength < 3 ? 2 : 40), (ulong)random.Next(i % 3 == 0 ? 5 : 400) << 40)).ToArray();
        using var index = new IdIndex(runLength);
        for (var at = 0; at < ids.Length;)
        {
            var count = Math.Min(random.Next(1, 300), ids.Length - at);
            index.Add(ids.AsSpan(at, count), 1000 + at);
            at += count;
        }

        var wanted = Enumerable.Range(0, 500).Select(_ => new UInt128((ulong)random.Next(60), (ulong)random.Next(400) << 40)).ToList();
        var repeated = new List<(long, long)>();
        var found = index.Finish((sequence, before) => repeated.Add((sequence, before)), wanted);

        var first = new Dictionary<UInt128, long>();
        var expected = new List<(long, long)>();
        for (var i = 0; i < ids.Length; i++)
        {
            if (!first.TryAdd(ids[i], 1000 + i))
                expected.Add((1000 + i, first[ids[i]]));
        }

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(), repeated.Order());
        Assert.Equal(wanted.Where(first.ContainsKey).ToHashSet().Order(), found.Order());
    }

    [Fact]
    public void Rising_ids_that_need_no_sorting_are_found_too()
    {
        using var index = new IdIndex(10);
        index.Add([.. Enumerable.Range(0, 95).Select(i => (UInt128)i)], 0);
        index.Add([94, 95, UInt128.MaxValue], 95);
        var repeated = new List<(long, long)>();
        var found = index.Finish((sequence, before) => repeated.Add((sequence, before)), [UInt128.MaxValue, 0, 96]);
        Assert.Equal([(95, 94)], repeated);
        Assert.Equal(new UInt128[] { 0, UInt128.MaxValue }, found.Order());
    }

    [Fact]
    public void An_empty_index_finds_nothing()
    {
        using var index = new IdIndex(3);
        Assert.Empty(index.Finish((_, _) => Assert.Fail("nothing repeats"), [1, 2]));
    }
}
