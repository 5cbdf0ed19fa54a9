using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace ImmutableAudit.Signing;

/// <summary>
/// ECDSA P-256 signatures with one way to be written: minimal DER (RFC 3279 §2.2.3) and the lower of the two values
/// of s. ECDSA verifies (r, n−s) as well as (r, s), so without this rule anybody could write a second valid seal.
/// </summary>
internal static class EcdsaSignature
{
    private static readonly BigInteger Order = BigInteger.Parse(
        "00FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    private static readonly BigInteger HalfOrder = Order >> 1;

    /// <summary>Writes the same signature with the lower s.</summary>
    /// <exception cref="CryptographicException">The bytes aren't an ECDSA-Sig-Value over P-256.</exception>
    public static byte[] Normalise(ReadOnlySpan<byte> der)
    {
        if (!TryRead(der, AsnEncodingRules.BER, out var r, out var s))
            throw new CryptographicException("The key returned something that isn't an ECDSA P-256 signature.");
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(r);
            writer.WriteInteger(s > HalfOrder ? Order - s : s);
        }

        return writer.Encode();
    }

    /// <summary>Whether the bytes are the one way to write a signature.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> der) =>
        TryRead(der, AsnEncodingRules.DER, out _, out var s) && s <= HalfOrder;

    private static bool TryRead(ReadOnlySpan<byte> der, AsnEncodingRules rules, out BigInteger r, out BigInteger s)
    {
        r = s = default;
        try
        {
            AsnDecoder.ReadSequence(der, rules, out var offset, out var length, out var consumed);
            if (consumed != der.Length)
                return false;
            var content = der.Slice(offset, length);
            r = AsnDecoder.ReadInteger(content, rules, out consumed);
            content = content[consumed..];
            s = AsnDecoder.ReadInteger(content, rules, out consumed);
            return consumed == content.Length && r.Sign > 0 && s.Sign > 0 && r < Order && s < Order;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
