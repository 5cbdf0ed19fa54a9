using System.Security.Cryptography;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Core.Tests.Timestamps;

/// <summary>Tokens are strangers' bytes: only a sound one over the very hash passes, and nothing crashes.</summary>
public sealed class TimestampTokenTests : IDisposable
{
    private const string Note = "test/log\n3\nabc\n\n— test/log xyz\n";
    private static readonly byte[] Hash = TimestampToken.HashOf(Note);
    private readonly TestAuthority _authority = new();

    [Fact]
    public void A_sound_token_tells_when_and_by_whom()
    {
        var time = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
        var token = TimestampToken.TryRead(_authority.Stamp(Note, new TokenPlan { Time = time, AccuracySeconds = 2 }))!;
        Assert.Null(token.Defect(Hash));
        Assert.Equal((time, TimeSpan.FromSeconds(2), "1.3.6.1.4.1.99999.1", "CN=Test TSA"), (token.Time, token.Accuracy!.Value, token.Policy, token.Signer!.Subject));
        var (trust, root, _) = _authority.Roots.Judge(token);
        Assert.Equal(TimestampTrust.Trusted, trust);
        Assert.StartsWith("CN=Root of Test TSA (", root, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_hash_another_algorithm_no_certificate_and_a_weak_signature_are_refused()
    {
        Assert.Contains("something else", Defect(_authority.Stamp(Note + " ")), StringComparison.Ordinal);
        Assert.Contains("another kind of hash", Defect(_authority.StampHash(SHA512.HashData(Hash), new TokenPlan { HashAlgorithm = "2.16.840.1.101.3.4.2.3" })), StringComparison.Ordinal);
        Assert.Contains("doesn't bring", Defect(_authority.Stamp(Note, new TokenPlan { WithCertificate = false })), StringComparison.Ordinal);
        Assert.Contains("no longer safe", Defect(_authority.Stamp(Note, new TokenPlan { SignerDigest = "1.3.14.3.2.26" })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, new[] { "1.3.6.1.5.5.7.3.8" })]
    [InlineData(true, new string[0])]
    [InlineData(true, new[] { "1.3.6.1.5.5.7.3.1" })]
    [InlineData(true, new[] { "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.1" })]
    public void A_certificate_that_is_not_for_timestamps_alone_is_refused(bool critical, string[] uses)
    {
        using var authority = new TestAuthority(critical, uses);
        Assert.Null(Accepted(authority.Stamp(Note)));
    }

    [Fact]
    public void A_certificate_that_had_expired_is_refused_and_one_that_has_since_is_not()
    {
        var expiry = DateTimeOffset.UtcNow.AddDays(-10);
        using var authority = new TestAuthority(notAfter: expiry);
        Assert.Null(Accepted(authority.Stamp(Note, new TokenPlan { Time = expiry.AddDays(1) })));
        var before = TimestampToken.TryRead(authority.Stamp(Note, new TokenPlan { Time = expiry.AddDays(-1) }))!;
        Assert.Null(before.Defect(Hash));
        Assert.Equal(TimestampTrust.Trusted, authority.Roots.Judge(before).Trust);
    }

    [Fact]
    public void Only_the_roots_that_were_given_count()
    {
        // Of the same names, even.
        using var other = new TestAuthority();
        var token = TimestampToken.TryRead(_authority.Stamp(Note))!;
        Assert.Null(token.Defect(Hash));
        Assert.Equal(TimestampTrust.Untrusted, other.Roots.Judge(token).Trust);
        var both = TimestampRoots.Read([("two.pem", System.Text.Encoding.ASCII.GetBytes(other.RootPem + "\n" + _authority.RootPem))]);
        Assert.Equal(TimestampTrust.Trusted, both.Judge(token).Trust);
        foreach (var nothing in new[] { "", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n" })
            Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => TimestampRoots.Read([("x", System.Text.Encoding.ASCII.GetBytes(nothing))])).ErrorId);
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        var whole = _authority.Stamp(Note);
        for (var length = 0; length < whole.Length; length++)
            Assert.Null(Accepted(whole.AsMemory(0, length)));
        Assert.Null(Accepted((byte[])[.. whole, 0]));
        Assert.Null(Accepted(new byte[TimestampToken.MaxBytes + 1]));
    }

    [Fact]
    public void No_changed_byte_makes_another_content_pass()
    {
        var whole = _authority.Stamp(Note);
        var genuine = Accepted(whole)!;
        var passed = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (var change in new byte[] { 0x01, 0x80, 0xff })
            {
                var changed = (byte[])whole.Clone();
                changed[at] ^= change;
                // A few bytes of a CMS message are covered by nothing (a version number, spare parameters). What the token
                // says is; and a stored token has its whole hash in its name.
                if (Accepted(changed) is not { } token)
                    continue;
                passed++;
                Assert.Equal(
                    (genuine.Time, genuine.Accuracy, genuine.Policy, genuine.SerialNumber, genuine.Signer!.Thumbprint),
                    (token.Time, token.Accuracy, token.Policy, token.SerialNumber, token.Signer!.Thumbprint));
            }
        }

        Assert.InRange(passed, 0, whole.Length / 20);
    }

    [Fact]
    public void Random_bytes_do_not_crash()
    {
        var random = new Random(7);
        var whole = _authority.Stamp(Note);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = (byte[])whole.Clone();
            for (var changes = random.Next(1, 12); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (Accepted(bytes) is { } token)
                _authority.Roots.Judge(token);
        }
    }

    public void Dispose() => _authority.Dispose();

    private static TimestampToken? Accepted(ReadOnlyMemory<byte> bytes) => TimestampToken.TryRead(bytes) is { } token && token.Defect(Hash) is null ? token : null;

    private static string Defect(byte[] bytes)
    {
        var token = TimestampToken.TryRead(bytes);
        Assert.NotNull(token);
        return token.Defect(Hash) ?? throw new Xunit.Sdk.XunitException("It was accepted.");
    }
}
