using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

/// <summary>A signature has one way to be written; whatever else ECDSA would verify is refused.</summary>
public class SignatureTests
{
    private static readonly byte[] Low = Convert.FromBase64String(FixedNote.LowS);
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(FixedNote.Text);

    [Fact]
    public void The_lower_s_verifies_and_the_higher_is_refused()
    {
        var key = VerifierKey.Parse(FixedNote.Vkey);
        var high = Convert.FromBase64String(FixedNote.HighS);
        Assert.True(key.Verify(Text, Low));
        Assert.False(key.Verify(Text, high));
        // Plain ECDSA takes both, which is why it matters.
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(FixedNote.Spki), out _);
        Assert.True(ecdsa.VerifyData(Text, high, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal(Low, EcdsaSignature.Normalise(high));
        Assert.Equal(Low, EcdsaSignature.Normalise(Low));
    }

    [Fact]
    public void Every_flipped_bit_of_a_signature_is_refused()
    {
        var key = VerifierKey.Parse(FixedNote.Vkey);
        for (var bit = 0; bit < Low.Length * 8; bit++)
        {
            var flipped = (byte[])Low.Clone();
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.False(key.Verify(Text, flipped), $"bit {bit}");
        }
    }

    [Fact]
    public void Other_spellings_of_the_same_numbers_are_refused()
    {
        var key = VerifierKey.Parse(FixedNote.Vkey);
        byte[] r = Low[4..36], s = Low[38..70];
        Assert.Equal(Low, (byte[])[0x30, 68, 2, 32, .. r, 2, 32, .. s]);
        byte[][] spellings =
        [
            [0x30, 69, 2, 33, 0, .. r, 2, 32, .. s], // a needless zero before r
            [0x30, 69, 2, 32, .. r, 2, 33, 0, .. s], // and before s
            [0x30, 0x81, 68, 2, 32, .. r, 2, 32, .. s], // the long form of the length
            [0x30, 0x82, 0, 68, 2, 32, .. r, 2, 32, .. s],
            [0x30, 69, 2, 0x81, 32, .. r, 2, 32, .. s],
            [0x30, 0x80, 2, 32, .. r, 2, 32, .. s, 0, 0], // the indefinite length
            [.. Low, 0], // something behind it
            [.. Low, .. Low],
            [0x30, 69, 2, 32, .. r, 2, 32, .. s, 0], // something inside, behind the numbers
            [0x30, 71, 2, 32, .. r, 2, 32, .. s, 2, 1, 1], // a third number
            [0x31, 68, 2, 32, .. r, 2, 32, .. s], // a set
            [0x30, 34, 2, 32, .. r], // one number
            [.. r, .. s], // IEEE P1363
            Low[..^1],
            [],
            [0x30],
            [0x30, 0],
        ];
        Assert.All(spellings, spelling => Assert.False(key.Verify(Text, spelling), Convert.ToHexString(spelling)));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        var order = BigInteger.Parse("00FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, null);
        var key = VerifierKey.Parse(FixedNote.Vkey);
        foreach (var (r, s) in new (BigInteger, BigInteger)[]
        {
            (0, 1), (1, 0), (0, 0), (-1, 1), (1, -1), (order, 1), (1, order), (order + 1, 1), (1, order - 1), (BigInteger.Pow(2, 300), 1),
        })
        {
            var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                writer.WriteInteger(r);
                writer.WriteInteger(s);
            }

            Assert.False(EcdsaSignature.IsCanonical(writer.Encode()), $"{r}, {s}");
            Assert.False(key.Verify(Text, writer.Encode()));
        }
    }

    [Fact]
    public void What_a_broken_key_returns_is_not_signed_with()
    {
        Assert.Throws<CryptographicException>(() => EcdsaSignature.Normalise([]));
        Assert.Throws<CryptographicException>(() => EcdsaSignature.Normalise(new byte[64]));
        Assert.Throws<CryptographicException>(() => EcdsaSignature.Normalise([.. Low, 0]));
    }

    [Fact]
    public void Our_signatures_always_have_the_lower_s()
    {
        using var key = new TestKey();
        var verifier = key.Named("name");
        for (var i = 0; i < 60; i++)
        {
            var note = SignedNote.TryParse(key.Note($"text {i}\n", "name"));
            Assert.True(EcdsaSignature.IsCanonical(note!.Signatures[0].Signature.Span));
            Assert.Single(note.VerifiedBy([verifier]));
        }
    }

    [Theory]
    [InlineData("QQ==", 1)]
    [InlineData("QUE=", 2)]
    [InlineData("QUFB", 3)]
    [InlineData("", 0)]
    public void Canonical_base64_is_read(string text, int length)
    {
        Assert.Equal(length, CanonicalBase64.TryDecode(text)!.Length);
        Assert.True(CanonicalBase64.TryDecode(Encoding.ASCII.GetBytes(text), new byte[length]));
    }

    [Theory]
    [InlineData("QR==", 1)]
    [InlineData("Qf==", 1)]
    [InlineData("QUF=", 2)]
    [InlineData("QQ", 1)]
    [InlineData("QQ=", 1)]
    [InlineData("QQ===", 1)]
    [InlineData("Q Q==", 1)]
    [InlineData("QQ==\n", 1)]
    [InlineData(" QQ==", 1)]
    [InlineData("QUFB\r\n", 3)]
    [InlineData("QUF\tB", 3)]
    [InlineData("QQ==QQ==", 2)]
    [InlineData("-_-_", 3)]
    [InlineData("====", 0)]
    [InlineData("Q", 0)]
    public void Base64_with_another_spelling_is_refused(string text, int length)
    {
        Assert.Null(CanonicalBase64.TryDecode(text));
        Assert.False(CanonicalBase64.TryDecode(Encoding.ASCII.GetBytes(text), new byte[length]));
    }
}
