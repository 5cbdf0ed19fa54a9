using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ImmutableAudit.Signing;

/// <summary>
/// A vkey in a trust policy, of whatever type C2SP signed-note 1.0 knows for it. A policy may name keys that this
/// product can't verify with; they are checked in form only.
/// </summary>
internal sealed record PolicyKey
{
    /// <summary>Ed25519, as logs sign with.</summary>
    public const byte Ed25519 = 0x01;

    /// <summary>ECDSA; here P-256 only.</summary>
    public const byte Ecdsa = 0x02;

    /// <summary>Ed25519, as witnesses cosign with.</summary>
    public const byte Ed25519Cosignature = 0x04;

    /// <summary>ML-DSA-44.</summary>
    public const byte MlDsa44 = 0x06;

    private const int Ed25519Bytes = 32;
    private const int MlDsa44Bytes = 1312;

    private PolicyKey(string name, byte[] typed, VerifierKey? verifier) => (Name, Typed, Verifier) = (name, typed, verifier);

    /// <summary>The key's name.</summary>
    public string Name { get; }

    /// <summary>The type byte and the public key behind it.</summary>
    public byte[] Typed { get; }

    /// <summary>The key to verify with; null where the type isn't ECDSA.</summary>
    public VerifierKey? Verifier { get; }

    /// <summary>Reads a vkey; null where it isn't one of these types, its ID isn't its key's, or it has another spelling.</summary>
    public static PolicyKey? TryParse(string text, params ReadOnlySpan<byte> types)
    {
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || !SignedNote.IsKeyName(parts[0]) || CanonicalBase64.TryDecode(parts[2]) is not { Length: > 1 } typed || !types.Contains(typed[0]))
            return null;
        if (typed[0] == Ecdsa)
            return VerifierKey.TryParse(text) is { } key ? new PolicyKey(parts[0], typed, key) : null;
        if (typed.Length - 1 != (typed[0] == MlDsa44 ? MlDsa44Bytes : Ed25519Bytes))
            return null;
        // Every type but ECDSA has the name in its ID.
        var id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(parts[0]), (byte)'\n', .. typed]));
        return parts[1] == id.ToString("x8", CultureInfo.InvariantCulture) ? new PolicyKey(parts[0], typed, null) : null;
    }
}
