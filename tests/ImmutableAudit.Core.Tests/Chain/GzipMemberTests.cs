using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Core.Tests;

/// <summary>One member, one header, nothing behind; whatever is damaged is refused or decodes to the same bytes.</summary>
public class GzipMemberTests
{
    private static readonly byte[] Text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 40).Select(i => $"line {i} of a text, {i * i}\n")));

    [Theory]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.SmallestSize)]
    [InlineData(CompressionLevel.NoCompression)]
    public void A_member_decodes(CompressionLevel level) => Assert.Equal(Text, Decode(SegmentForge.Gzip(Text, level)));

    [Fact]
    public void Members_of_every_small_length_decode()
    {
        for (var length = 1; length < 200; length++)
            Assert.Equal(Text[..length], Decode(SegmentForge.Gzip(Text.AsSpan(0, length))));
    }

    [Fact]
    public void A_large_member_decodes_over_many_reads()
    {
        var large = new byte[5_000_000];
        new Random(4).NextBytes(large.AsSpan(0, 2_000_000));
        Assert.Equal(large, Decode(SegmentForge.Gzip(large)));
    }

    [Theory]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.NoCompression)]
    public void Every_truncation_is_refused(CompressionLevel level)
    {
        var stored = SegmentForge.Gzip(Text, level);
        for (var length = 0; length < stored.Length; length++)
            Assert.Null(Decode(stored[..length]));
        // Also where the trailer is kept and the stream before it is cut.
        for (var cut = 1; cut < stored.Length - 18; cut++)
            Assert.Null(Decode([.. stored[..(stored.Length - 8 - cut)], .. stored[^8..]]));
    }

    [Fact]
    public void Every_byte_behind_the_member_is_refused()
    {
        var stored = SegmentForge.Gzip(Text);
        for (var b = 0; b < 256; b++)
        {
            Assert.Null(Decode([.. stored, (byte)b]));
            // Also between the stream and its trailer.
            Assert.Null(Decode([.. stored[..^8], (byte)b, .. stored[^8..]]));
        }

        Assert.Null(Decode([.. stored, .. new byte[512]]));
        Assert.Null(Decode([.. stored, .. stored[^8..]]));
    }

    [Fact]
    public void A_second_member_is_refused()
    {
        byte[] one = SegmentForge.Gzip(Text.AsSpan(0, 300)), two = SegmentForge.Gzip(Text.AsSpan(300));
        Assert.Null(Decode([.. one, .. two]));
        Assert.Null(Decode([.. SegmentForge.Gzip(Text), .. SegmentForge.Gzip("x"u8)]));
        // With a trailer made to fit both.
        byte[] both = [.. one, .. two[..^8], .. new byte[8]];
        BinaryPrimitives.WriteUInt32LittleEndian(both.AsSpan(both.Length - 8), Crc32.Compute(Text));
        BinaryPrimitives.WriteInt32LittleEndian(both.AsSpan(both.Length - 4), Text.Length);
        Assert.Null(Decode(both));
    }

    [Fact]
    public void Every_change_of_a_header_byte_is_refused()
    {
        var stored = SegmentForge.Gzip(Text);
        for (var at = 0; at < GzipMember.HeaderLength; at++)
        {
            for (var change = 1; change < 256; change++)
            {
                stored[at] ^= (byte)change;
                Assert.Null(Decode(stored));
                stored[at] ^= (byte)change;
            }
        }

        // Valid gzip with a name, a comment, an extra field or a header CRC.
        Assert.Null(Decode([0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 0xFF, (byte)'n', 0, .. stored[10..]]));
        Assert.Null(Decode([0x1F, 0x8B, 8, 16, 0, 0, 0, 0, 0, 0xFF, (byte)'c', 0, .. stored[10..]]));
        Assert.Null(Decode([0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 1, 0, 7, .. stored[10..]]));
        Assert.Null(Decode([0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 0xFF, 0, 0, .. stored[10..]]));
    }

    [Fact]
    public void A_wrong_crc_or_length_is_refused()
    {
        var stored = SegmentForge.Gzip(Text);
        for (var bit = (stored.Length - 8) * 8; bit < stored.Length * 8; bit++)
        {
            stored[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Null(Decode(stored));
            stored[bit / 8] ^= (byte)(1 << bit % 8);
        }

        for (var wrong = -3; wrong <= 3; wrong++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(stored.AsSpan(stored.Length - 4), Text.Length + wrong);
            Assert.Equal(wrong == 0, Decode(stored) is not null);
        }
    }

    [Fact]
    public void A_bomb_is_not_unpacked()
    {
        // 1 GiB of zeros is about 1 MiB when compressed: 64 times the blocks of 16 MiB, then an empty last one.
        var zeros = new byte[16 << 20];
        var deflated = new MemoryStream();
        var deflate = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true);
        deflate.Write(zeros);
        deflate.Flush();
        var blocks = deflated.ToArray();
        deflate.Dispose();
        Assert.InRange(blocks.Length, 10_000, 100_000);
        Assert.Equal(zeros, Decode(Member(zeros, [.. blocks, 3, 0])));
        byte[] bomb = [.. GzipMember.Header, .. Enumerable.Repeat(blocks, 64).SelectMany(block => block), 3, 0, .. new byte[4], 0, 0, 0, 0x40];
        Assert.Equal(-1, GzipMember.ClaimedLength(bomb));
        using var parser = new SegmentParser();
        foreach (var claimed in new[] { 0, 1, 1000, LogFormat.MaxSegmentBytes, LogFormat.MaxSegmentBytes + 1, int.MaxValue, -1 })
        {
            BinaryPrimitives.WriteInt32LittleEndian(bomb.AsSpan(bomb.Length - 4), claimed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Null(Decode(bomb));
            Assert.Null(parser.Parse(bomb, 0, SegmentParts.None, out var defect));
            Assert.Equal(DefectKind.Framing, defect!.Kind);
            // A segment's size for reading it, and once more for telling what is wrong with it.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8L * LogFormat.MaxSegmentBytes);
        }
    }

    [Fact]
    public void A_length_of_more_than_a_segment_is_refused_unread()
    {
        var stored = SegmentForge.Gzip(Text);
        foreach (var (claimed, expected) in new (uint, int)[] { (0u, 0), (LogFormat.MaxSegmentBytes, LogFormat.MaxSegmentBytes), (LogFormat.MaxSegmentBytes + 1u, -1), (uint.MaxValue, -1), (0x80000000u, -1) })
        {
            BinaryPrimitives.WriteUInt32LittleEndian(stored.AsSpan(stored.Length - 4), claimed);
            Assert.Equal(expected, GzipMember.ClaimedLength(stored));
        }
    }

    [Fact]
    public void Stored_and_empty_blocks_are_one_stream_if_the_last_one_says_so()
    {
        // By hand (RFC 1951 §3.2.4): a stored block, not the last; an empty stored block; the last one, empty too.
        byte[] text = "by hand\n"u8.ToArray();
        byte[] open = [0, 8, 0, 0xF7, 0xFF, .. text];
        byte[] empty = [0, 0, 0, 0xFF, 0xFF], last = [1, 0, 0, 0xFF, 0xFF];
        Assert.Equal(text, Decode(Member(text, [.. open, .. last])));
        Assert.Equal(text, Decode(Member(text, [.. open, .. empty, .. empty, .. last])));
        Assert.Equal(text, Decode(Member(text, [.. open, 3, 0]))); // an empty block of fixed codes
        Assert.Null(Decode(Member(text, open))); // no last block
        Assert.Null(Decode(Member(text, [.. open, .. empty])));
        Assert.Null(Decode(Member(text, [.. open, .. last, .. last])));
        Assert.Null(Decode(Member(text, [.. open, .. last, .. empty])));
        Assert.Null(Decode(Member(text, [.. open, 7, 0]))); // a reserved block type
        Assert.Null(Decode(Member(text, [.. open, 1, 0, 0, 0xFF, 0xFE]))); // a length whose complement is wrong
        // Very many empty blocks take time in proportion to their bytes, and end.
        Assert.Equal(text, Decode(Member(text, [.. open, .. Enumerable.Repeat(empty, 100_000).SelectMany(block => block), .. last])));
    }

    [Theory]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.NoCompression)]
    public void Every_flipped_bit_is_refused_but_for_the_padding_of_the_last_byte(CompressionLevel level)
    {
        var stored = SegmentForge.Gzip(Text, level);
        var unseen = new List<int>();
        for (var bit = 0; bit < stored.Length * 8; bit++)
        {
            stored[bit / 8] ^= (byte)(1 << bit % 8);
            if (Decode(stored) is { } decoded)
            {
                Assert.Equal(Text, decoded);
                unseen.Add(bit);
            }

            stored[bit / 8] ^= (byte)(1 << bit % 8);
        }

        // The unused high bits of the last byte before the trailer, a run that reaches up to its end: at most seven.
        // Stored blocks have padding before their lengths, too.
        var end = (stored.Length - GzipMember.TrailerLength) * 8;
        if (level == CompressionLevel.NoCompression)
            Assert.All(unseen, bit => Assert.InRange(bit, GzipMember.HeaderLength * 8, end - 1));
        else
            Assert.Equal(Enumerable.Range(end - unseen.Count, unseen.Count), unseen);
        Assert.InRange(unseen.Count, 0, 14);
    }

    private static byte[] Member(byte[] text, byte[] deflate)
    {
        byte[] member = [.. GzipMember.Header, .. deflate, .. new byte[8]];
        BinaryPrimitives.WriteUInt32LittleEndian(member.AsSpan(member.Length - 8), Crc32.Compute(text));
        BinaryPrimitives.WriteInt32LittleEndian(member.AsSpan(member.Length - 4), text.Length);
        return member;
    }

    private static byte[]? Decode(byte[] stored)
    {
        var length = GzipMember.ClaimedLength(stored);
        if (length < 0)
            return null;
        var text = new byte[length];
        return GzipMember.Decompress(stored, text) is null ? text : null;
    }
}
