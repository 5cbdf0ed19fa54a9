using System.Text;

namespace ImmutableAudit.Signing;

/// <summary>A file that says which keys are trusted: a trust policy (C2SP tlog-policy), or verifier keys, one a line.</summary>
public static class TrustedKeyFile
{
    private static readonly string[] PolicyWords = ["log", "witness", "group", "quorum"];

    /// <summary>
    /// Reads the trusted keys. It is a policy where its first line that says something begins with a word of one;
    /// otherwise each line is a vkey, and lines that begin with # are comments. A byte order mark and carriage returns
    /// before line feeds, which some editors add, mean nothing.
    /// </summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <returns>At least one key.</returns>
    /// <exception cref="AuditException"><c>FormatInvalid</c>, with the line's number; <c>QuorumUnsupported</c> for a policy that asks for witnesses.</exception>
    public static IReadOnlyList<VerifierKey> Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > TrustPolicy.MaxBytes)
            throw new AuditException(AuditErrors.FormatInvalid, $"The file has {bytes.Length:N0} bytes: too many to be trusted keys.");
        var octets = Encoding.Latin1.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes).Replace("\r\n", "\n", StringComparison.Ordinal);
        var plain = Encoding.Latin1.GetBytes(octets);
        var lines = octets.Split('\n');
        var first = lines.FirstOrDefault(IsSaying);
        if (first is not null && PolicyWords.Contains(first.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[0]))
            return TrustPolicy.Parse(plain).TrustedKeys();

        var keys = new List<VerifierKey>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (!IsSaying(lines[i]))
                continue;
            var text = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(lines[i].Trim(' ', '\t')));
            keys.Add(VerifierKey.TryParse(text) ?? throw new AuditException(
                AuditErrors.FormatInvalid, $"Line {i + 1:N0} isn't an ECDSA P-256 verifier key. It looks like name+1a2b3c4d+AjBZ…, as Get-AuditLog shows it.", i + 1));
        }

        // No key would be taken for no wish to trust any in particular.
        return keys.Count > 0 ? keys.ToArray() : throw new AuditException(AuditErrors.FormatInvalid, "The file of trusted keys has none in it.");
    }

    private static bool IsSaying(string line) => line.Trim(' ', '\t') is { Length: > 0 } said && !said.StartsWith('#');
}
