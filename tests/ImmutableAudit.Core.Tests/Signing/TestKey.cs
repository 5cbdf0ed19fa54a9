using System.Security.Cryptography;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

/// <summary>A signing key in memory, fixed or new, for tests that need several.</summary>
internal sealed class TestKey : ISealKey
{
    private readonly ECDsa _ecdsa;

    public TestKey()
        : this(ECDsa.Create(ECCurve.NamedCurves.nistP256))
    {
    }

    private TestKey(ECDsa ecdsa)
    {
        _ecdsa = ecdsa;
        PublicKey = ecdsa.ExportSubjectPublicKeyInfo();
    }

    public ReadOnlyMemory<byte> PublicKey { get; }

    public string Description => "a test's key";

    /// <summary>The key whose private number is small and known: two of them share a key ID.</summary>
    public static TestKey OfScalar(int scalar)
    {
        var d = new byte[32];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(d.AsSpan(28), scalar);
        return new TestKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = d }));
    }

    public static TestKey OfPem(string pem)
    {
        var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(pem);
        return new TestKey(ecdsa);
    }

    public VerifierKey Named(string origin) => VerifierKey.Create(origin, PublicKey.Span);

    public string Note(string text, string name) => SignedNote.SignAsync(text, name, this, default).AsTask().GetAwaiter().GetResult();

    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_ecdsa.SignData(message.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

    public void Dispose() => _ecdsa.Dispose();
}
