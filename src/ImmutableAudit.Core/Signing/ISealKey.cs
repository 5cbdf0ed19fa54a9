namespace ImmutableAudit.Signing;

/// <summary>A private ECDSA P-256 key that seals segments, wherever it is kept: a file, AWS KMS, a test.</summary>
public interface ISealKey : IDisposable
{
    /// <summary>The public key as DER SubjectPublicKeyInfo (RFC 5480), uncompressed point.</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Where the key is, for messages: a path or a key's ARN. Never key material.</summary>
    string Description { get; }

    /// <summary>Signs SHA-256(<paramref name="message"/>) with ECDSA.</summary>
    /// <param name="message">What to sign.</param>
    /// <param name="cancellationToken">Cancels a remote signature.</param>
    /// <returns>The signature as DER ECDSA-Sig-Value (RFC 3279 §2.2.3); s may be high, the caller normalises it.</returns>
    ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}
