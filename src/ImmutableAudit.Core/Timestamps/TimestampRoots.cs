using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ImmutableAudit.Timestamps;

/// <summary>
/// Whom a verifier believes what time it was: the certificates of timestamping authorities' roots, and any that lie between
/// them and the authorities. Nothing that the machine trusts counts. Nothing is fetched, so revocation isn't looked at: it
/// takes a network, and answers for now and not for then.
/// </summary>
public sealed class TimestampRoots
{
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private readonly X509Certificate2Collection _certificates = [];

    /// <summary>Reads certificates from files' contents: PEM with any number of certificates, or one in DER.</summary>
    /// <param name="files">Each file's name, for messages, and its content.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>: a file holds no certificate.</exception>
    public static TimestampRoots Read(IEnumerable<(string Name, byte[] Content)> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var roots = new TimestampRoots();
        foreach (var (name, content) in files)
            roots.Add(name, content);
        return roots;
    }

    /// <summary>Whether a token's certificates lead to one of the roots, as of the token's time.</summary>
    internal (TimestampTrust Trust, string? Root, string? Why) Judge(TimestampToken token)
    {
        // One root at a time: of several with one name (a root that was renewed) only one may be tried otherwise.
        var (trust, root, why) = (TimestampTrust.Untrusted, (string?)null, (string?)"none of the certificates that were given is a root");
        foreach (var anchor in _certificates.Where(IsRoot))
        {
            (trust, root, why) = Judge(token, anchor);
            if (trust == TimestampTrust.Trusted)
                break;
        }

        return (trust, root, why);
    }

    private (TimestampTrust Trust, string? Root, string? Why) Judge(TimestampToken token, X509Certificate2 anchor)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(anchor);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = token.Time.UtcDateTime;
        policy.ApplicationPolicy.Add(new Oid(TimeStamping));
        try
        {
            policy.ExtraStore.AddRange(_certificates.Concat(token.Certificates).Where(between => !IsRoot(between)).ToArray());
            if (chain.Build(token.Signer!))
            {
                var root = chain.ChainElements[^1].Certificate;
                return (TimestampTrust.Trusted, $"{root.Subject} ({root.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()})", null);
            }

            var flags = chain.ChainStatus.Select(status => status.Status).Distinct();
            return (TimestampTrust.Untrusted, null, string.Join(", ", flags));
        }
        catch (Exception e) when (TimestampToken.IsOfTheBytes(e))
        {
            return (TimestampTrust.Untrusted, null, "its certificates can't be read");
        }
    }

    private static bool IsRoot(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private void Add(string name, byte[] content)
    {
        var before = _certificates.Count;
        try
        {
            if (content.AsSpan().IndexOf("-----BEGIN"u8) >= 0)
                _certificates.ImportFromPem(Encoding.ASCII.GetString(content));
            else
                _certificates.Add(X509CertificateLoader.LoadCertificate(content));
        }
        catch (Exception e) when (TimestampToken.IsOfTheBytes(e))
        {
            throw NoCertificate(name, e);
        }

        if (_certificates.Count == before)
            throw NoCertificate(name, null);
    }

    private static AuditException NoCertificate(string name, Exception? inner) => new(
        AuditErrors.FormatInvalid, $"'{name}' holds no certificate. Give the root certificate of the timestamping authority, in PEM or DER.", name, inner);
}
