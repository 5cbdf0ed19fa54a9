using System.Security;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>Opens sealing keys. A passphrase lives no longer than that takes.</summary>
internal static class KeyOpener
{
    public static async Task<ISealKey> OpenAsync(
        KeyReference key, SecureString? passphrase, CloudConnection? connection, CancellationToken cancellationToken)
    {
        if (key.IsKms)
            return await Cloud.Get().OpenKmsKeyAsync(key.Text, connection!, cancellationToken).ConfigureAwait(false);
        var characters = Secrets.Reveal(passphrase);
        try
        {
            return KeyFile.Open(key.Text, characters);
        }
        finally
        {
            Array.Clear(characters);
        }
    }

    public static KeyFile Create(string path, SecureString? passphrase)
    {
        var characters = Secrets.Reveal(passphrase);
        try
        {
            return KeyFile.Create(path, characters);
        }
        finally
        {
            Array.Clear(characters);
        }
    }

    /// <summary>The public half of a key file: a private key of ours, or a public key in PEM, which is all that an offline key shows.</summary>
    public static ReadOnlyMemory<byte> ReadPublicKey(string path)
    {
        string pem;
        try
        {
            pem = File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AuditException(AuditErrors.KeyNotFound, $"There is no key '{path}'.", path, e);
        }

        if (!pem.Contains("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal))
        {
            using var key = KeyFile.Open(path, default);
            return key.PublicKey;
        }

        try
        {
            using var ecdsa = System.Security.Cryptography.ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            return ecdsa.ExportSubjectPublicKeyInfo();
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw new AuditException(AuditErrors.KeyInvalid, $"The public key in '{path}' can't be read: {e.Message}", path, e);
        }
    }
}
