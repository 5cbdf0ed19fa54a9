using System.Text.RegularExpressions;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Finds secrets in text by how they look: name=value, credentials in URLs and headers, tokens with known beginnings,
/// private keys. Knows nothing of PowerShell, so it also serves for messages and for text that doesn't parse.
/// </summary>
internal static partial class TextMasker
{
    // Each pattern has a group "secret": what is masked.
    private static readonly Func<Regex>[] Rules = [PrivateKey, UserInfo, Header, KnownToken, WebToken, AwsSecret, Named];

    [GeneratedRegex(@"(?<secret>-----BEGIN [^-\r\n]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [^-\r\n]*PRIVATE KEY(?: BLOCK)?-----|\z))", RegexOptions.Singleline | RegexOptions.CultureInvariant, 500)]
    private static partial Regex PrivateKey();

    // To the last @ before a blank: a password may hold one, and slashes.
    [GeneratedRegex(@"[a-z][a-z0-9+.\-]*://(?:[^\s:/@""']*:)?(?<secret>[^\s""']+)@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 500)]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"(?:\b(?:proxy-)?authorization[""']?\s*[:=]\s*[""']?(?<secret>[^\r\n""']+))|(?:\b(?:bearer|basic|negotiate)\s+(?<secret>[A-Za-z0-9._~+/=\-]{6,}))|(?:\b(?:set-)?cookie\s*:\s*(?<secret>[^\r\n""']+))", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 500)]
    private static partial Regex Header();

    [GeneratedRegex(@"(?<![A-Za-z0-9])(?<secret>(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w\-]{16,}|xox[a-z]-[\w\-]{8,}|sk[-_](?:live_|test_|proj-|ant-)?[\w\-]{16,}|rk_live_\w{16,}|AIza[\w\-]{20,}|npm_[A-Za-z0-9]{20,}|hv[sbr]\.[\w\-]{16,}|SG\.[\w\-]{8,}\.[\w\-]{8,}|AGE-SECRET-KEY-[A-Z0-9]+|dop_v1_\w{16,}|https://hooks\.slack\.com/services/\S+)", RegexOptions.CultureInvariant, 500)]
    private static partial Regex KnownToken();

    [GeneratedRegex(@"(?<![A-Za-z0-9_\-])(?<secret>eyJ[\w\-]{5,}\.[\w\-]+(?:\.[\w\-]*)*)", RegexOptions.CultureInvariant, 500)]
    private static partial Regex WebToken();

    // 40 characters of base64 with both cases and a digit; a commit's hash has one case.
    [GeneratedRegex(@"(?<![A-Za-z0-9/+=])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[0-9])(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", RegexOptions.CultureInvariant, 500)]
    private static partial Regex AwsSecret();

    // The value of an unquoted one goes to the next delimiter of a connection string, query or line, blanks included.
    [GeneratedRegex(@"(?<![A-Za-z0-9])(?:[\w.\-]*?(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|credentials?|api[_\-]?key|access[_\-]?key|account[_\-]?key|private[_\-]?key|shared[_\-]?access[_\-]?key|signature|client[_\-]?secret|authorization|webhook)[\w.\-]*|(?<=[?&;\s])(?:sig|key|code|pw|pass|auth)|[/\-]p(?:ass|w)?)[""']?\s*(?:=>|[:=])\s*(?:""(?<secret>(?:[^""`\\]|[`\\].|"""")*)(?:""|\z)|'(?<secret>(?:[^']|'')*)(?:'|\z)|(?<secret>[^\r\n;&""']+))", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant, 500)]
    private static partial Regex Named();

    /// <summary>Where a text holds secrets; places may overlap.</summary>
    /// <exception cref="RegexMatchTimeoutException">The text takes too long to look through.</exception>
    public static IEnumerable<(int Start, int Length)> Find(string text)
    {
        foreach (var rule in Rules)
        {
            foreach (Match match in rule().Matches(text))
            {
                foreach (Capture capture in match.Groups["secret"].Captures)
                {
                    if (capture.Length > 0)
                        yield return (capture.Index, capture.Length);
                }
            }
        }
    }
}
