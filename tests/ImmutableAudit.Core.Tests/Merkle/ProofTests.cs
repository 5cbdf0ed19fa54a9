using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests;

public sealed class ProofTests : IDisposable
{
    private const int Most = 70;
    private readonly MerkleHasher _hasher = new();
    private readonly Digest[] _leaves;

    public ProofTests() => _leaves = [.. Enumerable.Range(0, Most).Select(i => _hasher.Leaf([(byte)i, 7]))];

    public void Dispose() => _hasher.Dispose();

    [Fact]
    public void Every_leaf_of_every_size_is_proven_from_every_start()
    {
        for (var size = 1; size <= Most; size++)
        {
            var root = Root(0, size);
            for (var index = 0; index < size; index++)
            {
                var expected = Path(index, 0, size);
                for (var start = 0; start <= index; start += Math.Max(1, index / 3))
                    Assert.Equal(expected, Build(ProofRanges.Inclusion(index, size), start, size));
                Assert.True(ProofCheck.IsIncluded(_leaves[index], index, size, expected, root));
            }
        }
    }

    [Fact]
    public void Every_size_is_shown_to_continue_every_smaller_one()
    {
        for (var second = 1; second <= Most; second++)
        {
            for (var first = 1; first <= second; first++)
            {
                var expected = Subproof(first, 0, second, true);
                for (var start = 0; start <= first; start += Math.Max(1, first / 3))
                    Assert.Equal(expected, Build(ProofRanges.Consistency(first, second), start, second));
                Assert.True(ProofCheck.IsContinued(first, Root(0, first), second, Root(0, second), expected));
            }

            Assert.True(ProofCheck.IsContinued(0, MerkleHasher.EmptyRoot, second, Root(0, second), []));
        }
    }

    [Fact]
    public void Nothing_altered_is_taken()
    {
        for (var size = 1; size <= 40; size++)
        {
            for (var index = 0; index < size; index++)
            {
                var root = Root(0, size);
                var proof = Path(index, 0, size).ToList();
                Assert.False(ProofCheck.IsIncluded(_leaves[index], index, size, [.. proof, _leaves[0]], root));
                Assert.False(ProofCheck.IsIncluded(_leaves[(index + 1) % Most], index, size, proof, root));
                Assert.False(ProofCheck.IsIncluded(_leaves[index], index, size, proof, _leaves[index == 0 ? 1 : 0]));
                Assert.False(ProofCheck.IsIncluded(_leaves[index], -1, size, proof, root));
                Assert.False(ProofCheck.IsIncluded(_leaves[index], size, size, proof, root));
                if (size > 1)
                    Assert.False(ProofCheck.IsIncluded(_leaves[index], (index + 1) % size, size, proof, root));
                for (var i = 0; i < proof.Count; i++)
                {
                    var altered = proof.ToList();
                    altered[i] = _hasher.Leaf([99, (byte)i]);
                    Assert.False(ProofCheck.IsIncluded(_leaves[index], index, size, altered, root));
                    altered.RemoveAt(i);
                    Assert.False(ProofCheck.IsIncluded(_leaves[index], index, size, altered, root));
                }
            }

            for (var first = 1; first < size; first++)
            {
                var (one, two) = (Root(0, first), Root(0, size));
                var proof = Subproof(first, 0, size, true).ToList();
                Assert.False(ProofCheck.IsContinued(first, _leaves[Most - 1], size, two, proof));
                Assert.False(ProofCheck.IsContinued(first, one, size, _leaves[Most - 1], proof));
                Assert.False(ProofCheck.IsContinued(first, one, size, two, [.. proof, _leaves[0]]));
                Assert.False(ProofCheck.IsContinued(size, two, first, one, proof));
                for (var i = 0; i < proof.Count; i++)
                {
                    var altered = proof.ToList();
                    altered[i] = _hasher.Leaf([98, (byte)i]);
                    Assert.False(ProofCheck.IsContinued(first, one, size, two, altered));
                    altered.RemoveAt(i);
                    Assert.False(ProofCheck.IsContinued(first, one, size, two, altered));
                }
            }
        }
    }

    private Digest[] Build(List<LeafRange> ranges, int start, int size)
    {
        var tree = new CompactRange();
        for (var i = 0; i < start; i++)
            tree.Append(_leaves[i], _hasher);
        var builder = new ProofBuilder(ranges, tree);
        while (builder.Next < size)
            builder.Append(_leaves[builder.Next], _hasher);
        return builder.Finish();
    }

    // The definitions of RFC 6962 §2.1, §2.1.1 and §2.1.2, word for word.
    private Digest Root(int from, int to) => to - from == 1 ? _leaves[from] : _hasher.Node(Root(from, from + Half(to - from)), Root(from + Half(to - from), to));

    private Digest[] Path(int index, int from, int to)
    {
        if (to - from == 1)
            return [];
        var middle = from + Half(to - from);
        return index < middle ? [.. Path(index, from, middle), Root(middle, to)] : [.. Path(index, middle, to), Root(from, middle)];
    }

    private Digest[] Subproof(int first, int from, int to, bool isWhole)
    {
        if (first == to)
            return isWhole ? [] : [Root(from, to)];
        var middle = from + Half(to - from);
        return first <= middle ? [.. Subproof(first, from, middle, isWhole), Root(middle, to)] : [.. Subproof(first, middle, to, false), Root(from, middle)];
    }

    private static int Half(int count)
    {
        var half = 1;
        while (half * 2 < count)
            half *= 2;
        return half;
    }
}
