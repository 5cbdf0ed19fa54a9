using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ImmutableAudit.Timestamps;

/// <summary>
/// One RFC 3161 token: a CMS message that holds what was stamped (a SHA-256), when, and by whom. The bytes are anybody's:
/// whatever is wrong with them is a reason, never a crash.
/// </summary>
internal sealed class TimestampToken
{
    /// <summary>The largest token that is looked at. Real ones are of 1 to 10 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string Sha384 = "2.16.840.1.101.3.4.2.2";
    private const string Sha512 = "2.16.840.1.101.3.4.2.3";
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private readonly Rfc3161TimestampToken _token;

    private TimestampToken(ReadOnlyMemory<byte> bytes, Rfc3161TimestampToken token) => (Bytes, _token) = (bytes, token);

    /// <summary>The token as it is stored: a DER or BER ContentInfo.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public DateTimeOffset Time => _token.TokenInfo.Timestamp;

    public TimeSpan? Accuracy { get; private init; }

    public string Policy => _token.TokenInfo.PolicyId.Value!;

    public string SerialNumber => Convert.ToHexString(_token.TokenInfo.GetSerialNumber().Span);

    public ReadOnlyMemory<byte>? Nonce => _token.TokenInfo.GetNonce();

    /// <summary>The certificate that signed; null before <see cref="Defect"/> found none.</summary>
    public X509Certificate2? Signer { get; private set; }

    /// <summary>Whatever certificates the token brings along.</summary>
    public X509Certificate2Collection Certificates => _token.AsSignedCms().Certificates;

    /// <summary>What is stamped: SHA-256 over a checkpoint's whole note, text and signature, in UTF-8.</summary>
    public static byte[] HashOf(string note) => SHA256.HashData(Encoding.UTF8.GetBytes(note));

    /// <summary>
    /// Reads a token; null where the bytes aren't exactly one, or the certificate in it couldn't have issued it at its time:
    /// not for timestamps, or not valid then. The signature isn't verified by this.
    /// </summary>
    public static TimestampToken? TryRead(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            return null;
        try
        {
            if (!Rfc3161TimestampToken.TryDecode(bytes, out var token, out var read) || read != bytes.Length)
                return null;
            // Asked for here, so that nothing of it fails later.
            _ = token.TokenInfo.PolicyId.Value ?? throw new CryptographicException();
            return new TimestampToken(bytes, token) { Accuracy = Micros(token.TokenInfo.AccuracyInMicroseconds) };
        }
        catch (Exception e) when (IsOfTheBytes(e))
        {
            return null;
        }
    }

    /// <summary>Why the token isn't a sound timestamp of a hash; null if it is. Who issued it is another question.</summary>
    public string? Defect(ReadOnlySpan<byte> hash)
    {
        try
        {
            var info = _token.TokenInfo;
            if (info.HashAlgorithmId.Value != Sha256)
                return "it stamps another kind of hash than SHA-256";
            if (!info.GetMessageHash().Span.SequenceEqual(hash))
                return "it is over something else than this checkpoint";
            if (_token.AsSignedCms().SignerInfos is not [var signer])
                return "it has not exactly one signature";
            if (signer.DigestAlgorithm.Value is not (Sha256 or Sha384 or Sha512))
                return "its signature rests on a hash that is no longer safe";
            if (signer.Certificate is not { } certificate)
                return "it doesn't bring its authority's certificate";
            if (!MayStamp(certificate))
                return "its certificate isn't one for timestamps alone (RFC 3161, 2.3)";
            // Also compares the certificate's hash that is signed along.
            if (!_token.VerifySignatureForHash(hash, HashAlgorithmName.SHA256, out var verified))
                return "its signature is false";
            Signer = verified;
            return null;
        }
        catch (Exception e) when (IsOfTheBytes(e))
        {
            return "it can't be read";
        }
    }

    private static bool MayStamp(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToList() is [{ Critical: true } use]
        && use.EnhancedKeyUsages.Count == 1 && use.EnhancedKeyUsages[0].Value == TimeStamping;

    private static TimeSpan? Micros(long? micros) => micros is not { } value ? null
        : value >= 0 && value <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond ? TimeSpan.FromMicroseconds(value)
        : throw new CryptographicException();

    /// <summary>What .NET throws at bytes that aren't what they should be.</summary>
    internal static bool IsOfTheBytes(Exception e) =>
        e is CryptographicException or AsnContentException or ArgumentException or FormatException or OverflowException or InvalidOperationException;
}
