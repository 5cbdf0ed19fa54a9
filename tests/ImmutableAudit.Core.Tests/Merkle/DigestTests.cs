using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests;

public class DigestTests
{
    private const string Hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

    [Fact]
    public void Hex_and_bytes_read_back()
    {
        Assert.True(Digest.TryParse(Hex, out var digest));
        Assert.Equal(Hex, digest.ToString());
        Assert.Equal(0xFF, digest.ToArray()[31]);
        Assert.Equal(Convert.FromHexString(Hex), digest.ToArray());
        Assert.Equal(digest, new Digest(digest.ToArray()));
        Span<byte> ascii = stackalloc byte[64];
        digest.WriteHex(ascii);
        Assert.Equal(Hex, System.Text.Encoding.ASCII.GetString(ascii));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1eff")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1ef")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff0")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1ef ")]
    [InlineData("g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff")]
    [InlineData("０00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff")]
    public void Anything_but_64_lower_case_digits_is_refused(string hex)
    {
        Assert.False(Digest.TryParse(hex, out var digest));
        Assert.Equal(Digest.Zero, digest);
        Assert.False(Digest.TryParse(System.Text.Encoding.UTF8.GetBytes(hex), out _));
    }

    [Fact]
    public void Every_byte_counts_in_a_comparison()
    {
        var bytes = Convert.FromHexString(Hex);
        var digest = new Digest(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.True(digest != new Digest(bytes), $"byte {i}");
            bytes[i] ^= 1;
        }

        Assert.Throws<ArgumentException>(() => new Digest(new byte[31]));
    }
}
