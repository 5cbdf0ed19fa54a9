using System.Security.Cryptography;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Aws;

/// <summary>An ECDSA P-256 key that never leaves AWS KMS: each signature is one call.</summary>
internal sealed class KmsSealKey : ISealKey
{
    private readonly AwsConnection _connection;
    private readonly AmazonKeyManagementServiceClient _kms;
    private readonly string _arn;

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
            if (answer.KeySpec != KeySpec.ECC_NIST_P256 || answer.KeyUsage != KeyUsageType.SIGN_VERIFY)
            {
                throw new AuditException(AuditErrors.KeyInvalid,
                    $"The KMS key '{keyId}' is {answer.KeySpec} for {answer.KeyUsage}. Seals need ECC_NIST_P256 for SIGN_VERIFY: "
                    + "make one with 'aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY'.", keyId);
            }

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
        var request = new SignRequest
        {
            KeyId = _arn,
            Message = new MemoryStream(SHA256.HashData(message.Span), writable: false),
            MessageType = MessageType.DIGEST,
            SigningAlgorithm = SigningAlgorithmSpec.ECDSA_SHA_256,
        };
        var answer = await AskAsync(
            () => _kms.SignAsync(request, cancellationToken), new AwsCall(_connection, "kms:Sign", _arn, null), cancellationToken).ConfigureAwait(false);
        return answer.Signature.ToArray();
    }

    public void Dispose()
    {
        _kms.Dispose();
        _connection.Dispose();
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
        $"The public key that KMS gave for '{keyId}' isn't an ECDSA P-256 key. Check the key's id and the endpoint.", keyId, inner);

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
                $"The KMS key '{call.Target}' can't sign: {said}. Seals need ECC_NIST_P256 for SIGN_VERIFY.", call.Target),
            _ when e.ErrorCode is "ValidationException" => new AuditException(AuditErrors.KeyNotFound,
                $"'{call.Target}' doesn't name a KMS key: {said}. Give its ARN, its id, or alias/NAME.", call.Target),
            _ => null,
        };
    }
}
