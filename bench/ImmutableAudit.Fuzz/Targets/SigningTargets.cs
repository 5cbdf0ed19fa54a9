using System.Text;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Fuzz;

/// <summary>Keys, notes, checkpoints and trust policies.</summary>
internal sealed class SigningTargets : IDisposable
{
    private const string Ed25519Log = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    private const string Witness = "example.com/w1+280c87e0+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private readonly VerifierKey _known = VerifierKey.Parse(FixedNote.Vkey);

    public IEnumerable<Target> Targets
    {
        get
        {
            yield return new Target("note", Texts(FixedNote.Note, FixedNote.Note + FixedNote.SignatureLine), Note);
            yield return new Target("checkpoint", Texts(FixedNote.Text), CheckpointText);
            yield return new Target("vkey", Texts(FixedNote.Vkey), Vkey);
            yield return new Target("spki", [Convert.FromBase64String(FixedNote.Spki)], bytes => Target.Documented(() => VerifierKey.Create("name", bytes).Dispose(), AuditErrors.KeyInvalid));
            yield return new Target("signature", [Convert.FromBase64String(FixedNote.LowS)], Signature);
            yield return new Target("trust-policy", Texts(
                $"# ours\nlog {FixedNote.Vkey} https://example.com\nlog {Ed25519Log}\nquorum none\n",
                $"witness w1 {Witness}\ngroup g 1 w1\nlog {FixedNote.Vkey}\nquorum none\n",
                $"log {FixedNote.Vkey}\nwitness w1 {Witness} https://w.example\ngroup g any w1\ngroup h all g\nquorum h\n"), Policy);
            yield return new Target("trusted-keys", Texts($"# ours\n{FixedNote.Vkey}\r\n", $"log {FixedNote.Vkey}\nquorum none\n"), Keys);
        }
    }

    public void Dispose() => _known.Dispose();

    private static List<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private string Note(byte[] bytes)
    {
        if (SignedNote.TryParse(Encoding.UTF8.GetString(bytes)) is not { } note)
            return Target.Told(false);
        // Whoever hasn't the key can't sign another text.
        if (note.VerifiedBy([_known]).Count > 0)
            Assert.Equal(FixedNote.Text, note.Text);
        return Target.Accepted;
    }

    private static string CheckpointText(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (Checkpoint.TryParse(text) is not { } checkpoint)
            return Target.Told(false);
        Assert.Equal(text, checkpoint.ToText());
        return Target.Accepted;
    }

    private static string Vkey(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        using var key = VerifierKey.TryParse(text);
        if (key is not null)
            Assert.Equal(text, key.ToString());
        return Target.Told(key is not null);
    }

    private string Signature(byte[] bytes)
    {
        var text = Encoding.UTF8.GetBytes(FixedNote.Text);
        var canonical = EcdsaSignature.IsCanonical(bytes);
        if (canonical)
            Assert.Equal(bytes, EcdsaSignature.Normalise(bytes));
        // One signature, one spelling.
        if (_known.Verify(text, bytes))
            Assert.Equal(FixedNote.LowS, Convert.ToBase64String(bytes));
        return Target.Told(canonical);
    }

    private static string Policy(byte[] bytes) => Target.Documented(
        () =>
        {
            var policy = TrustPolicy.Parse(bytes);
            // Exactly one quorum, and never less asked for than the text says.
            var lines = Encoding.Latin1.GetString(bytes).Split('\n').Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 0);
            var quorum = Assert.Single(lines, words => words[0] == "quorum")[1];
            try
            {
                Assert.NotEmpty(policy.TrustedKeys());
                Assert.Equal("none", quorum);
            }
            catch (AuditException e) when (e.ErrorId == AuditErrors.QuorumUnsupported)
            {
                Assert.NotEqual("none", quorum);
            }
        },
        AuditErrors.FormatInvalid);

    private static string Keys(byte[] bytes) => Target.Documented(
        () =>
        {
            foreach (var key in TrustedKeyFile.Parse(bytes))
                Assert.Contains(key.ToString(), Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        },
        AuditErrors.FormatInvalid, AuditErrors.QuorumUnsupported);
}
