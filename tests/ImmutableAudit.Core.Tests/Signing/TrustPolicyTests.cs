using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Core.Tests;

/// <summary>Trust policies (C2SP tlog-policy), and files of trusted keys.</summary>
public sealed class TrustPolicyTests
{
    // Go's checksum database: a key of another kind, published as this vkey.
    private const string Ed25519Log = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
    private const string Log = "log " + FixedNote.Vkey + "\n";
    private static readonly string W1 = Witness("example.com/w1", 1);
    private static readonly string W2 = Witness("example.com/w2", 2);
    private static readonly string W3 = Witness("example.com/w3", 3);

    [Fact]
    public void Logs_are_trusted_by_their_keys()
    {
        using var other = new TestKey();
        var second = other.Named("other/0123456789abcdef0123456789abcdef");
        var policy = Parse($"# ours\n\n \t# theirs\n{Log}\tlog  {second}\thttps://example.com/log/ \nlog {Ed25519Log}\nquorum none\n");
        Assert.Equal([FixedNote.Vkey, second.ToString()], policy.TrustedKeys().Select(key => key.ToString()));
        Assert.Equal((3, 0, "none"), (policy.Logs, policy.Witnesses, policy.Quorum));
    }

    [Fact]
    public void Witnesses_and_groups_may_stand_there_while_nothing_is_asked_of_them()
    {
        var text = $"quorum none\nwitness 1 {W1} https://w.example\nwitness 2 {W2}\nwitness é {W3}\ngroup a 2 1 2\ngroup b any é\ngroup c all a b\n{Log}";
        var policy = Parse(text);
        Assert.Equal(3, policy.Witnesses);
        Assert.Single(policy.TrustedKeys());
    }

    [Theory]
    [InlineData("w")]
    [InlineData("g")]
    public void A_quorum_is_not_ignored(string name)
    {
        var policy = Parse($"{Log}witness w {W1}\nwitness x {W2}\ngroup g all x\nquorum {name}\n");
        var error = Assert.Throws<AuditException>(policy.TrustedKeys);
        Assert.Equal(AuditErrors.QuorumUnsupported, error.ErrorId);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "trust me\n")]
    [InlineData(2, "quorum none\nlogs {log}\n")]
    [InlineData(2, "quorum none\nLOG {log}\n")]
    [InlineData(2, "quorum none\nlog\n")]
    [InlineData(2, "quorum none\nlog {log} https://a https://b\n")]
    [InlineData(3, "log {log}\nquorum none\nlog {log} https://again\n")]
    [InlineData(3, "log {log}\nquorum none\nlog {renamed}\n")]
    [InlineData(1, "log {log}x\nquorum none\n")]
    [InlineData(1, "log {w1}\nquorum none\n")]
    [InlineData(1, "log sum.golang.org+033de0af+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\nquorum none\n")]
    [InlineData(1, "log sum.golang.org+033DE0AE+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\nquorum none\n")]
    [InlineData(1, "witness w {log}\nquorum none\n")]
    [InlineData(1, "witness {w1}\nquorum none\n")]
    [InlineData(1, "witness none {w1}\nquorum none\n")]
    [InlineData(2, "witness w {w1}\nwitness w {w2}\nquorum none\n")]
    [InlineData(2, "witness w {w1}\nwitness v {w1}\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup w any w\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g any g\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g any W\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g any none\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g any w w\nquorum none\n")]
    [InlineData(3, "witness w {w1}\ngroup g any w\ngroup h any w\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g any\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g 0 w\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g 2 w\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g 01 w\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g +1 w\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g -1 w\nquorum none\n")]
    [InlineData(2, "witness w {w1}\ngroup g 99999999999999999999 w\nquorum none\n")]
    [InlineData(1, "group g any w\nwitness w {w1}\nquorum none\n")]
    [InlineData(1, "quorum w\nwitness w {w1}\n")]
    [InlineData(1, "quorum none none\n")]
    [InlineData(2, "quorum none\nquorum none\n")]
    [InlineData(1, "quorum\n")]
    [InlineData(2, "log {log}\nquorum none")]
    [InlineData(1, "log {log}\r\nquorum none\r\n")]
    [InlineData(2, "log {log}\n#\0\nquorum none\n")]
    [InlineData(1, "#\u007f\nquorum none\n")]
    [InlineData(1, "log\u00a0{log}\nquorum none\n")]
    public void What_breaks_a_rule_is_refused_with_its_line(int line, string text)
    {
        var renamed = VerifierKey.Create("renamed", Convert.FromBase64String(FixedNote.Spki)).ToString();
        text = text.Replace("{log}", FixedNote.Vkey, StringComparison.Ordinal).Replace("{renamed}", renamed, StringComparison.Ordinal)
            .Replace("{w1}", W1, StringComparison.Ordinal).Replace("{w2}", W2, StringComparison.Ordinal);
        var error = Assert.Throws<AuditException>(() => Parse(text));
        Assert.Equal(AuditErrors.FormatInvalid, error.ErrorId);
        Assert.StartsWith($"Line {line} of the trust policy ", error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Target);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData(Log)]
    public void A_policy_without_a_quorum_is_none(string text) =>
        Assert.Contains("no quorum", Assert.Throws<AuditException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("quorum none\n")]
    [InlineData("log " + Ed25519Log + "\nquorum none\n")]
    public void A_policy_that_nothing_can_fulfil_trusts_nobody(string text) =>
        Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => Parse(text).TrustedKeys()).ErrorId);

    [Fact]
    public void Names_are_octets()
    {
        // K and the Kelvin sign are one name to whoever folds characters; and a name needn't be UTF-8.
        Parse($"witness K {W1}\nwitness \u212a {W2}\nquorum none\n");
        byte[] bytes = [.. "witness "u8, 0xFF, .. Encoding.UTF8.GetBytes($" {W1}\nwitness "), 0xFE, .. Encoding.UTF8.GetBytes($" {W2}\nquorum none\n")];
        Assert.Equal(2, TrustPolicy.Parse(bytes).Witnesses);
        byte[] key = [.. "log "u8, 0xFF, .. Encoding.UTF8.GetBytes(FixedNote.Vkey), .. "\nquorum none\n"u8];
        Assert.Contains("UTF-8", Assert.Throws<AuditException>(() => TrustPolicy.Parse(key)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_many_as_an_implementation_should_take_and_no_file_too_large()
    {
        var text = new StringBuilder(Log);
        for (var i = 0; i < 200; i++)
            text.Append($"witness w{i} {Witness("w" + i, i)}\ngroup g{i} any w{i}\n");
        text.Append("group all 100 ").AppendJoin(' ', Enumerable.Range(0, 200).Select(i => "g" + i)).Append("\nquorum none\n");
        Assert.Equal(200, Parse(text.ToString()).Witnesses);
        Assert.Throws<AuditException>(() => TrustPolicy.Parse(new byte[TrustPolicy.MaxBytes + 1]));
    }

    [Theory]
    [InlineData("log {0}\nquorum none\n")]
    [InlineData("\ufeff# by an editor\r\nlog {0}\r\nquorum none\r\n")]
    [InlineData("{0}")]
    [InlineData("# whom we trust\r\n\r\n  {0} \r\n")]
    [InlineData("\ufeff{0}\n")]
    public void A_file_of_trusted_keys_is_a_policy_or_a_list(string text) =>
        Assert.Equal(FixedNote.Vkey, Assert.Single(TrustedKeyFile.Parse(Encoding.UTF8.GetBytes(text.Replace("{0}", FixedNote.Vkey, StringComparison.Ordinal)))).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("\n# none\n")]
    [InlineData("{0}\nlog {0}\nquorum none\n")]
    [InlineData("log {0}\n{0}\n")]
    [InlineData("logs\n")]
    public void A_file_without_a_key_or_with_something_else_is_refused(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.Replace("{0}", FixedNote.Vkey, StringComparison.Ordinal));
        Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => TrustedKeyFile.Parse(bytes)).ErrorId);
    }

    private static TrustPolicy Parse(string text) => TrustPolicy.Parse(Encoding.UTF8.GetBytes(text));

    private static string Witness(string name, int number)
    {
        byte[] typed = [0x04, .. SHA256.HashData(BitConverter.GetBytes(number))];
        var id = SHA256.HashData([.. Encoding.UTF8.GetBytes(name), 0x0A, .. typed]);
        return $"{name}+{Convert.ToHexStringLower(id.AsSpan(0, 4))}+{Convert.ToBase64String(typed)}";
    }
}
