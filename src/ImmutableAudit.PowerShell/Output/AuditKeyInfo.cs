using System.Globalization;
using ImmutableAudit.Signing;

namespace ImmutableAudit.PowerShell;

/// <summary>A signing key in a file, as far as it may be shown.</summary>
public sealed record AuditKeyInfo
{
    internal AuditKeyInfo(KeyFile key, bool encrypted)
    {
        Path = key.Description;
        PublicKey = Convert.ToBase64String(key.PublicKey.Span);
        KeyId = VerifierKey.KeyIdOf(key.PublicKey.Span).ToString("x8", CultureInfo.InvariantCulture);
        Encrypted = encrypted;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The key's id: the first four bytes of SHA-256 over the public key, in hex.</summary>
    public string KeyId { get; }

    /// <summary>Whether the file is encrypted with a passphrase.</summary>
    public bool Encrypted { get; }

    /// <summary>The public key: DER SubjectPublicKeyInfo in base64.</summary>
    public string PublicKey { get; }
}
