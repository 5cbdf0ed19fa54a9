using System.Globalization;
using System.Security.Cryptography;

namespace ImmutableAudit.Signing;

/// <summary>
/// A public key that notes are verified with, in the form of C2SP signed-note ("vkey"):
/// <c>name+hex8(key ID)+base64(0x02 ‖ SubjectPublicKeyInfo)</c>. The type 0x02 is ECDSA, here always P-256. Its key ID
/// is the exception of that specification: the first four bytes of SHA-256 over the SubjectPublicKeyInfo alone.
/// </summary>
public sealed class VerifierKey : IEquatable<VerifierKey>, IDisposable
{
    private const byte EcdsaType = 0x02;
    private readonly byte[] _spki;
    private readonly ThreadLocal<ECDsa> _ecdsa;
    private readonly string _text;

    // SubjectPublicKeyInfo up to the point: id-ecPublicKey, prime256v1, a bit string that begins with 04 (uncompressed).
    private static ReadOnlySpan<byte> Head =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
        0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    private VerifierKey(string name, byte[] spki)
    {
        Name = name;
        _spki = spki;
        KeyId = KeyIdOf(spki);
        _text = name + "+" + KeyId.ToString("x8", CultureInfo.InvariantCulture) + "+" + Convert.ToBase64String([EcdsaType, .. spki]);
        _ecdsa = new ThreadLocal<ECDsa>(() => Import(_spki) ?? throw new InvalidOperationException("The key was checked before."), true);
    }

    /// <summary>The key's name: here always the origin of the log.</summary>
    public string Name { get; }

    /// <summary>The key ID, big-endian as in a signature line.</summary>
    public uint KeyId { get; }

    /// <summary>The public key as DER SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> PublicKey => _spki;

    /// <summary>The key ID of a public key: SHA-256(SubjectPublicKeyInfo), its first four bytes, big-endian.</summary>
    /// <param name="spki">DER SubjectPublicKeyInfo.</param>
    public static uint KeyIdOf(ReadOnlySpan<byte> spki) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(spki));

    /// <summary>Gives a public key a name.</summary>
    /// <param name="name">The origin.</param>
    /// <param name="spki">DER SubjectPublicKeyInfo of a P-256 key.</param>
    /// <exception cref="AuditException"><c>KeyInvalid</c>, <c>FormatInvalid</c> for a name that notes can't hold.</exception>
    public static VerifierKey Create(string name, ReadOnlySpan<byte> spki)
    {
        if (!SignedNote.IsKeyName(name))
            throw new AuditException(AuditErrors.FormatInvalid, $"'{name}' can't be a key's name: it needs to be non-empty, without blanks, control characters and '+'.", name);
        var bytes = spki.ToArray();
        using var probe = Import(bytes) ?? throw new AuditException(AuditErrors.KeyInvalid, "The public key isn't ECDSA P-256 in canonical DER SubjectPublicKeyInfo.");
        return new VerifierKey(name, bytes);
    }

    /// <summary>Reads a vkey.</summary>
    /// <param name="text">The vkey.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>.</exception>
    public static VerifierKey Parse(string text) => TryParse(text) ?? throw new AuditException(
        AuditErrors.FormatInvalid, $"'{text}' isn't an ECDSA P-256 verifier key. It looks like name+1a2b3c4d+AjBZ…, as Get-AuditLog shows it.", text);

    /// <summary>Reads a vkey; null where it isn't one, or has more than one way to be written.</summary>
    /// <param name="text">The vkey.</param>
    public static VerifierKey? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || !SignedNote.IsKeyName(parts[0]) || parts[1].Length != 8)
            return null;
        var bytes = CanonicalBase64.TryDecode(parts[2]);
        if (bytes is null || bytes.Length < 2 || bytes[0] != EcdsaType)
            return null;
        var spki = bytes[1..];
        using var probe = Import(spki);
        if (probe is null)
            return null;
        var key = new VerifierKey(parts[0], spki);
        return key._text == text ? key : null;
    }

    /// <summary>Whether the signature is this key's over the text, in its one canonical way to be written.</summary>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">DER, low s.</param>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        EcdsaSignature.IsCanonical(signature)
        && _ecdsa.Value!.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>The vkey.</summary>
    public override string ToString() => _text;

    /// <inheritdoc/>
    public bool Equals(VerifierKey? other) => other is not null && other._text == _text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var ecdsa in _ecdsa.Values)
            ecdsa.Dispose();
        _ecdsa.Dispose();
    }

    // Null where it isn't a P-256 key, or is written in a way that we wouldn't write it: the key ID hangs on the bytes.
    // Nothing but the point ever reaches the platform, whose answers to other curves and spellings differ.
    private static ECDsa? Import(byte[] spki)
    {
        if (spki.Length != Head.Length + 64 || !spki.AsSpan().StartsWith(Head))
            return null;
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportSubjectPublicKeyInfo(spki, out var read);
            if (read == spki.Length && ecdsa.KeySize == 256 && ecdsa.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(spki))
                return ecdsa;
        }
        catch (CryptographicException)
        {
            // A point that isn't on the curve; told by null.
        }

        ecdsa.Dispose();
        return null;
    }
}
