using System.Security.Cryptography;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>Keys in KMS.</summary>
public sealed class KmsTests
{
    private static readonly AwsCloud Cloud = new();

    [MotoFact]
    public async Task A_signature_verifies_over_the_public_key_that_was_read()
    {
        using var kms = AwsConnection.Open(TestServers.Moto, "KMS").Kms();
        var made = (await kms.CreateKeyAsync(new CreateKeyRequest { KeySpec = KeySpec.ECC_NIST_P256, KeyUsage = KeyUsageType.SIGN_VERIFY })).KeyMetadata;
        var alias = "alias/ia-" + Guid.NewGuid().ToString("N");
        await kms.CreateAliasAsync(new CreateAliasRequest { AliasName = alias, TargetKeyId = made.KeyId });

        foreach (var name in new[] { made.Arn, made.KeyId, alias })
        {
            using var key = await Cloud.OpenKmsKeyAsync(name, TestServers.Moto, default);
            using var verifier = ECDsa.Create();
            verifier.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out var read);
            Assert.Equal(key.PublicKey.Length, read);
            Assert.Equal(91, read); // uncompressed point
            Assert.Contains(made.KeyId, key.Description, StringComparison.Ordinal);

            var message = RandomNumberGenerator.GetBytes(1_000);
            var signature = await key.SignAsync(message, default);
            Assert.True(verifier.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            message[0] ^= 1;
            Assert.False(verifier.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
    }

    [MotoFact]
    public async Task Other_keys_are_refused_and_missing_ones_named()
    {
        using var kms = AwsConnection.Open(TestServers.Moto, "KMS").Kms();
        var wrong = new[]
        {
            new CreateKeyRequest { KeySpec = KeySpec.RSA_2048, KeyUsage = KeyUsageType.SIGN_VERIFY },
            new CreateKeyRequest { KeySpec = KeySpec.ECC_NIST_P384, KeyUsage = KeyUsageType.SIGN_VERIFY },
        };
        foreach (var request in wrong)
        {
            var made = (await kms.CreateKeyAsync(request)).KeyMetadata;
            var e = await Assert.ThrowsAsync<AuditException>(async () => await Cloud.OpenKmsKeyAsync(made.Arn, TestServers.Moto, default));
            Assert.Equal(AuditErrors.KeyInvalid, e.ErrorId);
            Assert.Contains("ECC_NIST_P256", e.Message, StringComparison.Ordinal);
        }

        foreach (var missing in new[] { "alias/no-such-key", Guid.NewGuid().ToString() })
        {
            var e = await Assert.ThrowsAsync<AuditException>(async () => await Cloud.OpenKmsKeyAsync(missing, TestServers.Moto, default));
            Assert.Equal(AuditErrors.KeyNotFound, e.ErrorId);
            Assert.Contains(missing, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(400, "NotFoundException", AuditErrors.KeyNotFound, "alias/x")]
    [InlineData(400, "DisabledException", AuditErrors.KeyInvalid, "Enable it")]
    [InlineData(400, "KMSInvalidStateException", AuditErrors.KeyInvalid, "deletion")]
    [InlineData(400, "UnsupportedOperationException", AuditErrors.KeyInvalid, "can't sign")]
    [InlineData(400, "ValidationException", AuditErrors.KeyNotFound, "ARN")]
    [InlineData(400, "AccessDeniedException", AuditErrors.AccessDenied, "kms:GetPublicKey")]
    [InlineData(400, "UnrecognizedClientException", AuditErrors.CredentialsInvalid, "credentials")]
    [InlineData(400, "ExpiredTokenException", AuditErrors.CredentialsInvalid, "credentials")]
    [InlineData(500, "KMSInternalException", AuditErrors.StoreFailed, "later")]
    public async Task Refusals_are_told_with_their_cure(int status, string code, string errorId, string mentions)
    {
        await using var server = new FakeServer(_ => Json(status, $$"""{"__type":"{{code}}","message":"said the fake"}"""));
        var e = await Assert.ThrowsAsync<AuditException>(async () => await Cloud.OpenKmsKeyAsync("alias/x", server.Connection, default));
        Assert.Equal(errorId, e.ErrorId);
        Assert.Contains(mentions, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_without_permission_names_it_and_sends_only_the_digest()
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spki = Convert.ToBase64String(own.ExportSubjectPublicKeyInfo());
        await using var server = new FakeServer(request => request.Header("X-Amz-Target")!.EndsWith("Sign", StringComparison.Ordinal)
            ? Json(400, """{"__type":"AccessDeniedException","message":"not authorized"}""")
            : Json(200, $$"""{"KeyId":"arn:aws:kms:eu-west-3:1:key/k","KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY","PublicKey":"{{spki}}"}"""));
        using var key = await Cloud.OpenKmsKeyAsync("arn:aws:kms:eu-west-3:1:key/k", server.Connection, default);
        Assert.Contains("/eu-west-3/kms/", server.Requests.First().Header("Authorization"), StringComparison.Ordinal);

        var e = await Assert.ThrowsAsync<AuditException>(async () => await key.SignAsync("secret message"u8.ToArray(), default));
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("kms:Sign", e.Message, StringComparison.Ordinal);
        var sent = System.Text.Encoding.UTF8.GetString(server.Requests.Last().Body);
        Assert.Contains("\"MessageType\":\"DIGEST\"", sent, StringComparison.Ordinal);
        Assert.Contains(Convert.ToBase64String(SHA256.HashData("secret message"u8)).Replace("+", "\\u002B", StringComparison.Ordinal), sent.Replace("+", "\\u002B", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(10_000)]
    public async Task Only_the_digest_is_sent_and_the_signature_is_checked(int length)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var breaks = false;
        await using var server = new FakeServer(request =>
        {
            if (!request.Header("X-Amz-Target")!.EndsWith("Sign", StringComparison.Ordinal))
                return Json(200, $$"""{"KeyId":"k","KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY","PublicKey":"{{Convert.ToBase64String(own.ExportSubjectPublicKeyInfo())}}"}""");
            using var asked = System.Text.Json.JsonDocument.Parse(request.Body);
            var digest = asked.RootElement.GetProperty("Message").GetBytesFromBase64();
            if (breaks)
                digest[0] ^= 1;
            return Json(200, $$"""{"KeyId":"k","Signature":"{{Convert.ToBase64String(own.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence))}}"}""");
        });
        using var key = await Cloud.OpenKmsKeyAsync("k", server.Connection, default);
        var message = RandomNumberGenerator.GetBytes(length);
        Assert.True(own.VerifyData(message, await key.SignAsync(message, default), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal(2, server.Requests.Count);

        breaks = true;
        var e = await Assert.ThrowsAsync<AuditException>(async () => await key.SignAsync(message, default));
        Assert.Equal(AuditErrors.StoreFailed, e.ErrorId);
    }

    [Fact]
    public async Task A_public_key_that_isnt_one_is_refused()
    {
        await using var server = new FakeServer(_ => Json(200, """{"KeyId":"k","KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY","PublicKey":"AAAA"}"""));
        var e = await Assert.ThrowsAsync<AuditException>(async () => await Cloud.OpenKmsKeyAsync("k", server.Connection, default));
        Assert.Equal(AuditErrors.KeyInvalid, e.ErrorId);
    }

    private static FakeAnswer Json(int status, string body) => new(status, body) { Headers = { ["Content-Type"] = "application/x-amz-json-1.1" } };
}
