using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Core.Tests;

public class Crc32Tests
{
    [Theory]
    [InlineData("", 0x00000000)]
    [InlineData("123456789", 0xCBF43926)] // the check value of the CRC catalogues
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339)]
    public void Known_values(string text, uint expected)
    {
        Assert.Equal(expected, Crc32.Compute(Encoding.ASCII.GetBytes(text)));
        Assert.Equal(expected, Crc32.ComputeByTable(Encoding.ASCII.GetBytes(text)));
    }

    [Fact]
    public void Every_length_and_alignment_gives_what_the_table_and_gzip_give()
    {
        var bytes = new byte[1100];
        new Random(1).NextBytes(bytes);
        for (var length = 0; length <= 1000; length++)
        {
            var part = bytes.AsSpan(length % 67, length);
            var crc = Crc32.Compute(part);
            Assert.Equal(Crc32.ComputeByTable(part), crc);
            if (length % 5 == 0)
                Assert.Equal(OfGzip(part), crc);
        }
    }

    [Fact]
    public void Large_buffers_give_what_gzip_gives()
    {
        var random = new Random(2);
        var bytes = new byte[3_000_000];
        random.NextBytes(bytes);
        for (var i = 0; i < 6; i++)
        {
            var start = random.Next(100);
            var part = bytes.AsSpan(start, random.Next(bytes.Length - start));
            Assert.Equal(OfGzip(part), Crc32.Compute(part));
        }

        Assert.Equal(Crc32.ComputeByTable(new byte[100_000]), Crc32.Compute(new byte[100_000]));
    }

    [Fact]
    public void Every_flipped_bit_changes_it()
    {
        var bytes = new byte[200];
        new Random(3).NextBytes(bytes);
        var crc = Crc32.Compute(bytes);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(crc, Crc32.Compute(bytes));
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    private static uint OfGzip(ReadOnlySpan<byte> bytes)
    {
        var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write(bytes);
        // An empty stream is written as nothing at all.
        return stored.Length == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(stored.ToArray().AsSpan()[^8..]);
    }
}
