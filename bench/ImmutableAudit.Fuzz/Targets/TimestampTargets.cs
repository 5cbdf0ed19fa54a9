using System.Text;
using ImmutableAudit.Core.Tests.Timestamps;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Fuzz;

/// <summary>RFC 3161: tokens, authorities' answers, and the roots that a verifier gives.</summary>
internal sealed class TimestampTargets : IDisposable
{
    private static readonly byte[] Hash = TimestampToken.HashOf(FixedNote.Note);
    private static readonly DateTimeOffset Time = new(2026, 3, 13, 3, 12, 26, TimeSpan.Zero);
    private readonly TestAuthority _authority = new();
    private readonly TimestampRoots _roots;
    private readonly TimestampQuery _query = new(Hash, null);
    private readonly byte[] _token;

    public TimestampTargets()
    {
        _roots = _authority.Roots;
        _token = _authority.StampHash(Hash, new TokenPlan { Time = Time });
    }

    public IEnumerable<Target> Targets
    {
        get
        {
            yield return new Target(
                "timestamp-token",
                [
                    _token, _authority.StampHash(Hash, new TokenPlan { Time = Time, AccuracySeconds = null, SignerDigest = "2.16.840.1.101.3.4.2.3" }),
                    _authority.StampHash(Hash, new TokenPlan { Time = Time, AccuracySeconds = 60, Nonce = [1, 2, 3, 4, 5, 6, 7, 8] }),
                ],
                Token);
            var answer = _authority.Answer(_query.Encode(), plan => plan with { Time = Time });
            // With words, which are read where its status is another.
            var worded = TestAuthority.Response(1, _authority.StampHash(Hash, new TokenPlan { Time = Time, Nonce = Nonce() }), "it is so");
            yield return new Target("timestamp-answer", [answer, worded], Answer);
            var pem = _authority.RootPem;
            yield return new Target("timestamp-roots", [Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(pem + "\n" + pem), Der(pem)], Roots);
        }
    }

    public void Dispose() => _authority.Dispose();

    private static byte[] Der(string pem) => Convert.FromBase64String(string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-'))));

    private byte[] Nonce()
    {
        Assert.True(System.Security.Cryptography.Pkcs.Rfc3161TimestampRequest.TryDecode(_query.Encode(), out var request, out _));
        return request.GetNonce()!.Value.ToArray();
    }

    private string Token(byte[] bytes)
    {
        if (TimestampToken.TryRead(bytes) is not { } token)
            return Target.Told(false);
        Assert.NotEmpty(token.Policy + token.SerialNumber);
        if (token.Defect(Hash) is { } defect)
            return defect;
        // Whoever hasn't the authority's key can't stamp another time, whatever else he adds.
        Assert.Equal(Time, token.Time);
        var (trust, root, why) = _roots.Judge(token);
        Assert.Equal(trust == TimestampTrust.Trusted, root is not null);
        return trust == TimestampTrust.Trusted ? Target.Accepted : why!;
    }

    private string Answer(byte[] bytes) => Target.Documented(
        () => Assert.Equal(Time, _query.Read(bytes, "tsa").Time), AuditErrors.TimestampRefused, AuditErrors.TimestampInvalid);

    private string Roots(byte[] bytes)
    {
        var outcome = Target.Accepted;
        var refused = Target.Documented(
            () =>
            {
                var token = TimestampToken.TryRead(_token)!;
                Assert.Null(token.Defect(Hash));
                var (trust, _, why) = TimestampRoots.Read([("root", bytes)]).Judge(token);
                if (trust != TimestampTrust.Trusted)
                    outcome = why!;
            },
            AuditErrors.FormatInvalid);
        return refused == Target.Accepted ? outcome : refused;
    }
}
