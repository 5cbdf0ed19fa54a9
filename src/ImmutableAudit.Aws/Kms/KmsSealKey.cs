using System.Security.Cryptography;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Aws;

/// <summary>An ECDSA P-256 key that never leaves AWS KMS: each signature is one call.</summary>
internal sealed class KmsSealKey : ISealKey
{
    // KMS's own limit for messages that it hashes itself.
    private const int LongestRawMessage = 4096;

    private const string Needed = "Seals need ECC_NIST_P256 for SIGN_VERIFY: "
        + "make a key with 'aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY'.";

    private readonly AwsConnection _connection;
    private readonly AmazonKeyManagementServiceClient _kms;
    private readonly string _arn;
    private volatile bool _ignoresMessageType;

    private KmsSealKey(AwsConnection connection, AmazonKeyManagementServiceClient kms, string arn, byte[] publicKey)
    {
        _connection = connection;
        _kms = kms;
        _arn = arn;
        PublicKey = publicKey;
    }

    public ReadOnlyMemory<byte> PublicKey { get; }

    public string Description => _arn;

    /// <summary>Reads the public key and checks that the key is one that can seal.</summary>
    /// <param name="keyId">ARN, id or alias.</param>
    /// <param name="connection">The connection; the key owns it from now on.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public static async ValueTask<ISealKey> OpenAsync(string keyId, AwsConnection connection, CancellationToken cancellationToken)
    {
        var kms = connection.Kms();
        try
        {
            var answer = await AskAsync(
                () => kms.GetPublicKeyAsync(new GetPublicKeyRequest { KeyId = keyId }, cancellationToken),
                new AwsCall(connection, "kms:GetPublicKey", keyId, null), cancellationToken).ConfigureAwait(false);

            // Not every endpoint tells the key's kind; the public key itself is looked at in any case.
            var spec = answer.KeySpec ?? KeySpec.ECC_NIST_P256;
            if (spec != KeySpec.ECC_NIST_P256 || answer.KeyUsage != KeyUsageType.SIGN_VERIFY)
                throw new AuditException(AuditErrors.KeyInvalid, $"The KMS key '{keyId}' is {spec} for {answer.KeyUsage}. {Needed}", keyId);

            return new KmsSealKey(connection, kms, answer.KeyId ?? keyId, Checked(answer.PublicKey.ToArray(), keyId));
        }
        catch
        {
            kms.Dispose();
            throw;
        }
    }

    public async ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (!_ignoresMessageType)
        {
            // Only the digest goes out; and what comes back is checked before anybody relies on it.
            var signature = await AskToSignAsync(SHA256.HashData(message.Span), MessageType.DIGEST, cancellationToken).ConfigureAwait(false);
            if (Verifies(message.Span, signature))
                return signature;
        }

        // Some test servers (moto) hash the digest again, whatever they are told. They get the message itself.
        if (message.Length <= LongestRawMessage)
        {
            var signature = await AskToSignAsync(message.ToArray(), MessageType.RAW, cancellationToken).ConfigureAwait(false);
            if (Verifies(message.Span, signature))
            {
                _ignoresMessageType = true;
                return signature;
            }
        }

        throw new AuditException(AuditErrors.StoreFailed,
            $"{_connection.Place.Name} gave a signature by '{_arn}' that doesn't verify under the public key that it gave before. "
            + "Nothing was sealed with it; check the endpoint.", _arn);
    }

    public void Dispose()
    {
        _kms.Dispose();
        _connection.Dispose();
    }

    private async Task<byte[]> AskToSignAsync(byte[] bytes, MessageType type, CancellationToken cancellationToken)
    {
        var request = new SignRequest
        {
            KeyId = _arn,
            Message = new MemoryStream(bytes, writable: false),
            MessageType = type,
            SigningAlgorithm = SigningAlgorithmSpec.ECDSA_SHA_256,
        };
        var answer = await AskAsync(
            () => _kms.SignAsync(request, cancellationToken), new AwsCall(_connection, "kms:Sign", _arn, null), cancellationToken).ConfigureAwait(false);
        return answer.Signature.ToArray();
    }

    private bool Verifies(ReadOnlySpan<byte> message, byte[] signature)
    {
        using var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(PublicKey.Span, out _);
        return verifier.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    // What KMS gives is used as an identity: it must be what it says, on the curve and in the one usual form.
    private static byte[] Checked(byte[] publicKey, string keyId)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out var read);
            var again = key.ExportSubjectPublicKeyInfo();
            if (read == publicKey.Length && key.KeySize == 256 && key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
                return again;
        }
        catch (CryptographicException e)
        {
            throw NotAPoint(keyId, e);
        }

        throw NotAPoint(keyId, null);
    }

    private static AuditException NotAPoint(string keyId, Exception? inner) => new(AuditErrors.KeyInvalid,
        $"The public key that KMS gave for '{keyId}' isn't an ECDSA P-256 key. {Needed}", keyId, inner);

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask, AwsCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e) && Explain(e, call) is { } known)
        {
            throw known;
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    private static AuditException? Explain(AmazonServiceException e, AwsCall call)
    {
        var said = AwsErrors.Words(e, call);
        return e switch
        {
            NotFoundException or InvalidArnException => new AuditException(AuditErrors.KeyNotFound,
                $"There is no KMS key '{call.Target}' at {call.Connection.Place.Name}: {said}. Check the ARN, id or alias and the region.", call.Target),
            DisabledException or KMSInvalidStateException => new AuditException(AuditErrors.KeyInvalid,
                $"The KMS key '{call.Target}' can't be used now: {said}. Enable it, or cancel its deletion.", call.Target),
            InvalidKeyUsageException or UnsupportedOperationException => new AuditException(AuditErrors.KeyInvalid,
                $"The KMS key '{call.Target}' can't sign: {said}. {Needed}", call.Target),
            _ when e.ErrorCode is "ValidationException" => new AuditException(AuditErrors.KeyNotFound,
                $"'{call.Target}' doesn't name a KMS key: {said}. Give its ARN, its id, or alias/NAME.", call.Target),
            _ => null,
        };
    }
}
