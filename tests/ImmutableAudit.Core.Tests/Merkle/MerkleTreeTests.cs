using System.Security.Cryptography;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests;

public class MerkleTreeTests
{
    // The leaves of the certificate transparency test vectors. Every expected value here was computed by Python's
    // hashlib with the three definitions of RFC 6962 §2.1 and nothing else:
    //   leaf = lambda b: sha256(b"\0" + b); node = lambda l, r: sha256(b"\1" + l + r)
    //   root = lambda n: sha256(b"") if not n else n[0] if len(n) == 1 else node(root(n[:k]), root(n[k:])), k the largest power of two < len(n)
    private static readonly string[] Entries =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(1, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7")]
    [InlineData(2, "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7")]
    [InlineData(3, "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7")]
    [InlineData(4, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    [InlineData(5, "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658")]
    [InlineData(6, "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f")]
    [InlineData(7, "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1")]
    public void A_leafs_hash_is_the_known_one(int entry, string expected)
    {
        using var hasher = new MerkleHasher();
        var bytes = Convert.FromHexString(Entries[entry]);
        Assert.Equal(expected, hasher.Leaf(bytes).ToString());
        byte[] lent = [0xAB, .. bytes];
        Assert.Equal(expected, hasher.LeafInPlace(lent).ToString());
    }

    [Fact]
    public void A_nodes_hash_is_the_known_one()
    {
        // Python: sha256(b"\1" + b"N123".ljust(32, b"\0") + b"N456".ljust(32, b"\0"))
        using var hasher = new MerkleHasher();
        byte[] left = [.. "N123"u8, .. new byte[28]], right = [.. "N456"u8, .. new byte[28]];
        Assert.Equal("b9d1773674736f0859510e185ad59e044cc9983692e8bc6ff598432b957426ca", hasher.Node(new Digest(left), new Digest(right)).ToString());
    }

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void A_trees_root_is_the_known_one(int size, string expected)
    {
        using var hasher = new MerkleHasher();
        var range = new CompactRange();
        foreach (var entry in Entries.Take(size))
            range.Append(hasher.Leaf(Convert.FromHexString(entry)), hasher);
        Assert.Equal(expected, range.Root(hasher).ToString());
    }

    [Fact]
    public void The_empty_root_reads_in_base64_as_the_specification_has_it() =>
        Assert.Equal("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", MerkleHasher.EmptyRoot.ToBase64());

    [Fact]
    public void The_compact_range_folds_to_the_recursive_trees_root_for_every_size()
    {
        using var hasher = new MerkleHasher();
        var leaves = Enumerable.Range(0, 640).Select(i => Leaf(BitConverter.GetBytes(i))).ToArray();
        var range = new CompactRange();
        for (var size = 0; size <= leaves.Length; size++)
        {
            Check(range, leaves.AsSpan(0, size), hasher);
            if (size < leaves.Length)
                range.Append(new Digest(leaves[size]), hasher);
        }
    }

    [Theory]
    [InlineData(8191)]
    [InlineData(16_384)]
    [InlineData(39_999)]
    public void The_compact_range_folds_to_the_recursive_trees_root_for_large_sizes(int size)
    {
        using var hasher = new MerkleHasher();
        var leaves = Enumerable.Range(0, size).Select(i => Leaf(BitConverter.GetBytes(i * 7919))).ToArray();
        var range = new CompactRange();
        foreach (var leaf in leaves)
            range.Append(new Digest(leaf), hasher);
        Check(range, leaves, hasher);
    }

    [Fact]
    public void A_range_that_was_written_down_is_taken_up_and_goes_on_as_the_first_would()
    {
        using var hasher = new MerkleHasher();
        var range = new CompactRange();
        for (var size = 0; size < 300; size++)
        {
            var taken = CompactRange.TryCreate(range.Size, range.ToArray());
            Assert.NotNull(taken);
            Assert.True(taken.SameAs(range));
            var next = new Digest(Leaf(BitConverter.GetBytes(size)));
            taken.Append(next, hasher);
            Assert.False(taken.SameAs(range));
            range.Append(next, hasher);
            Assert.Equal(range.Root(hasher), taken.Root(hasher));
        }
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(7, 2)]
    [InlineData(7, 4)]
    [InlineData(8, 2)]
    public void A_range_needs_one_subtree_for_each_set_bit(long size, int subtrees) =>
        Assert.Null(CompactRange.TryCreate(size, new Digest[subtrees]));

    [Fact]
    public void The_largest_sizes_have_a_range()
    {
        using var hasher = new MerkleHasher();
        var range = CompactRange.TryCreate(long.MaxValue - 1, new Digest[62]);
        Assert.NotNull(range);
        range.Append(Digest.Zero, hasher);
        Assert.Equal(63, range.ToArray().Length);
        range.Root(hasher);
    }

    [Fact]
    public void A_copy_goes_its_own_way()
    {
        using var hasher = new MerkleHasher();
        var range = new CompactRange();
        range.Append(Digest.Zero, hasher);
        var copy = range.Clone();
        copy.Append(Digest.Zero, hasher);
        Assert.Equal(1, range.Size);
        Assert.NotEqual(range.Root(hasher), copy.Root(hasher));
    }

    private static void Check(CompactRange range, ReadOnlySpan<byte[]> leaves, MerkleHasher hasher)
    {
        Assert.Equal(leaves.Length, range.Size);
        Assert.Equal(Convert.ToHexStringLower(Root(leaves)), range.Root(hasher).ToString());
        // One subtree for each set bit, the largest first, each the root of its own leaves.
        var at = 0;
        var next = 0;
        var subtrees = range.ToArray();
        for (var bit = 1 << 30; bit > 0; bit >>= 1)
        {
            if ((leaves.Length & bit) == 0)
                continue;
            Assert.Equal(Convert.ToHexStringLower(Root(leaves.Slice(at, bit))), subtrees[next++].ToString());
            at += bit;
        }

        Assert.Equal(next, subtrees.Length);
    }

    // RFC 6962 §2.1, word for word.
    private static byte[] Root(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 0)
            return SHA256.HashData([]);
        if (leaves.Length == 1)
            return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Length)
            k *= 2;
        return SHA256.HashData([1, .. Root(leaves[..k]), .. Root(leaves[k..])]);
    }

    private static byte[] Leaf(byte[] entry) => SHA256.HashData([0, .. entry]);
}
