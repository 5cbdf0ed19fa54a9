using System.Security.Cryptography;
using System.Text;

namespace ImmutableAudit.Signing;

/// <summary>
/// A signing key in a file: PKCS#8 in PEM (RFC 7468), encrypted with a passphrase (RFC 8018 PBES2: PBKDF2-HMAC-SHA-256 with
/// 600,000 rounds, AES-256-CBC) or plain. On Unix only its owner can read the file (mode 0600).
/// </summary>
public sealed class KeyFile : ISealKey
{
    private const int MaxFileBytes = 64 * 1024;
    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 600_000);
    private readonly ECDsa _key;
    private readonly Lock _gate = new();

    private KeyFile(ECDsa key, string path)
    {
        _key = key;
        Description = path;
        PublicKey = key.ExportSubjectPublicKeyInfo();
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>Makes a new ECDSA P-256 key and writes it to a file that didn't exist before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="passphrase">The passphrase; empty for a key that isn't encrypted.</param>
    /// <exception cref="AuditException"><c>KeyAlreadyExists</c>, <c>AccessDenied</c>, <c>LocationInvalid</c>, <c>DiskFull</c>.</exception>
    public static KeyFile Create(string path, ReadOnlySpan<char> passphrase)
    {
        ArgumentNullException.ThrowIfNull(path);
        var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            var pem = passphrase.IsEmpty ? ecdsa.ExportPkcs8PrivateKeyPem() : ecdsa.ExportEncryptedPkcs8PrivateKeyPem(passphrase, Encryption);
            WriteNew(path, Encoding.ASCII.GetBytes(pem + "\n"));
            return new KeyFile(ecdsa, path);
        }
        catch
        {
            ecdsa.Dispose();
            throw;
        }
    }

    /// <summary>Opens a key file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="passphrase">The passphrase; empty where the key isn't encrypted.</param>
    /// <exception cref="AuditException"><c>KeyNotFound</c>, <c>KeyPassphraseWrong</c>, <c>KeyInvalid</c>, <c>AccessDenied</c>.</exception>
    public static KeyFile Open(string path, ReadOnlySpan<char> passphrase)
    {
        ArgumentNullException.ThrowIfNull(path);
        var pem = Read(path);
        var encrypted = pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);
        if (!encrypted && !pem.Contains("-----BEGIN PRIVATE KEY-----", StringComparison.Ordinal))
            throw new AuditException(AuditErrors.KeyInvalid, $"'{path}' isn't a private key in PKCS#8 PEM. New-AuditKey makes one.", path);
        if (encrypted && passphrase.IsEmpty)
            throw new AuditException(AuditErrors.KeyPassphraseWrong, $"The key '{path}' is encrypted: give its passphrase.", path);

        var ecdsa = ECDsa.Create();
        try
        {
            if (encrypted)
                ecdsa.ImportFromEncryptedPem(pem, passphrase);
            else
                ecdsa.ImportFromPem(pem);
            if (ecdsa.KeySize == 256 && ecdsa.ExportParameters(false).Curve.Oid?.Value == "1.2.840.10045.3.1.7")
                return new KeyFile(ecdsa, path);
        }
        catch (CryptographicException e) when (encrypted)
        {
            ecdsa.Dispose();
            throw new AuditException(AuditErrors.KeyPassphraseWrong, $"The passphrase doesn't open the key '{path}'. Give the one it was made with.", path, e);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            ecdsa.Dispose();
            throw new AuditException(AuditErrors.KeyInvalid, $"The key in '{path}' can't be read: {e.Message}", path, e);
        }

        ecdsa.Dispose();
        throw new AuditException(AuditErrors.KeyInvalid, $"The key in '{path}' isn't ECDSA P-256. New-AuditKey makes one.", path);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        // A writer signs segments and, behind them, summaries; the platform's keys don't promise to be for two threads at once.
        lock (_gate)
            return ValueTask.FromResult(_key.SignData(message.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static void WriteNew(string path, byte[] content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var made = false;
        try
        {
            using var file = new FileStream(path, options);
            made = true;
            file.Write(content);
            file.Flush(true);
        }
        catch (IOException e) when (made)
        {
            // What is there is half of a key that nobody has used yet.
            File.Delete(path);
            throw Storage.FileErrors.Translate(e, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new AuditException(AuditErrors.KeyAlreadyExists, $"'{path}' is there already and wasn't touched. Choose another name: a lost key can't be made again.", path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Storage.FileErrors.Translate(e, path);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static string Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes })
                throw new AuditException(AuditErrors.KeyInvalid, $"'{path}' is too large to be a key.", path);
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AuditException(AuditErrors.KeyNotFound, $"There is no key '{path}'. New-AuditKey makes one.", path, e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw Storage.FileErrors.Translate(e, path);
        }
    }
}
