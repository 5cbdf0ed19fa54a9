using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Core.Tests.Timestamps;

/// <summary>What a timestamping authority can get wrong, or say of another time than now.</summary>
internal sealed record TokenPlan
{
    public DateTimeOffset Time { get; init; } = DateTimeOffset.UtcNow;

    public int? AccuracySeconds { get; init; } = 1;

    public byte[]? Nonce { get; init; }

    public string Policy { get; init; } = "1.3.6.1.4.1.99999.1";

    public bool WithCertificate { get; init; } = true;

    public string HashAlgorithm { get; init; } = "2.16.840.1.101.3.4.2.1";

    public string SignerDigest { get; init; } = "2.16.840.1.101.3.4.2.1";
}

/// <summary>
/// A timestamping authority in memory, with a root of its own: unlike a real one it stamps at any time, and as badly as a
/// test wants. That real ones are read alike is shown with openssl.
/// </summary>
internal sealed class TestAuthority : IDisposable
{
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _certificate;
    private int _serial;

    public TestAuthority(bool critical = true, string[]? uses = null, DateTimeOffset? notAfter = null, string name = "Test TSA")
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var begin = DateTimeOffset.UtcNow.AddYears(-10);
        var end = DateTimeOffset.UtcNow.AddYears(10);
        var rootRequest = new CertificateRequest($"CN=Root of {name}", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        rootRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = rootRequest.CreateSelfSigned(begin, end);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        uses ??= [TimeStamping];
        if (uses.Length > 0)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. uses.Select(use => new Oid(use))], critical));
        using var issued = request.Create(_root, begin.AddDays(1), notAfter ?? end.AddDays(-1), RandomNumberGenerator.GetBytes(8));
        _certificate = issued.CopyWithPrivateKey(key);
    }

    public TimestampRoots Roots => TimestampRoots.Read([("root", _root.Export(X509ContentType.Cert))]);

    public string RootPem => _root.ExportCertificatePem();

    /// <summary>A token over a checkpoint's note.</summary>
    public byte[] Stamp(string note, TokenPlan? plan = null) => StampHash(TimestampToken.HashOf(note), plan);

    public byte[] StampHash(byte[] hash, TokenPlan? plan = null)
    {
        plan ??= new TokenPlan();
        var cms = new SignedCms(new ContentInfo(new Oid("1.2.840.113549.1.9.16.1.4"), Info(hash, plan)));
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, _certificate)
        {
            DigestAlgorithm = new Oid(plan.SignerDigest),
            IncludeOption = plan.WithCertificate ? X509IncludeOption.EndCertOnly : X509IncludeOption.None,
        };
        signer.SignedAttributes.Add(new AsnEncodedData("1.2.840.113549.1.9.16.2.47", SigningCertificate()));
        cms.ComputeSignature(signer);
        return cms.Encode();
    }

    /// <summary>A whole answer to a query.</summary>
    public byte[] Answer(byte[] query, Func<TokenPlan, TokenPlan>? twist = null, byte[]? otherHash = null)
    {
        Assert.True(Rfc3161TimestampRequest.TryDecode(query, out var request, out _));
        var plan = new TokenPlan { Nonce = request.GetNonce()?.ToArray(), Policy = request.RequestedPolicyId?.Value ?? new TokenPlan().Policy };
        return Response(0, StampHash(otherHash ?? request.GetMessageHash().ToArray(), twist?.Invoke(plan) ?? plan));
    }

    public static byte[] Response(int status, byte[]? token, string? words = null)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteInteger(status);
                if (words is not null)
                {
                    using (writer.PushSequence())
                        writer.WriteCharacterString(UniversalTagNumber.UTF8String, words);
                }
            }

            if (token is not null)
                writer.WriteEncodedValue(token);
        }

        return writer.Encode();
    }

    public void Dispose()
    {
        _root.Dispose();
        _certificate.Dispose();
    }

    private byte[] Info(byte[] hash, TokenPlan plan)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteObjectIdentifier(plan.Policy);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                    writer.WriteObjectIdentifier(plan.HashAlgorithm);
                writer.WriteOctetString(hash);
            }

            writer.WriteInteger(++_serial);
            writer.WriteGeneralizedTime(plan.Time, omitFractionalSeconds: true);
            if (plan.AccuracySeconds is { } seconds)
            {
                using (writer.PushSequence())
                    writer.WriteInteger(seconds);
            }

            if (plan.Nonce is { } nonce)
                writer.WriteInteger(nonce);
        }

        return writer.Encode();
    }

    private byte[] SigningCertificate()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
            writer.WriteOctetString(_certificate.GetCertHash(HashAlgorithmName.SHA256));
        return writer.Encode();
    }
}
