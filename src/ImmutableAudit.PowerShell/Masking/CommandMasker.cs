using System.Management.Automation.Language;
using System.Text;
using System.Text.RegularExpressions;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Masks the secrets in a command line before it is recorded. PowerShell's own parser finds what a name gives away, text
/// rules what is secret by its looks. It masks too much rather than too little, and never fails: a text that can't be
/// looked through is masked as a whole.
/// </summary>
public static class CommandMasker
{
    /// <summary>What stands where a secret stood.</summary>
    public const string Mask = "***";

    // Longer ones are no typed commands, and looking through them takes long.
    private const int LongestText = 256 * 1024;

    // Short values would be found, by chance, all over a message.
    private const int ShortestElsewhere = 4;

    /// <summary>Masks a command line.</summary>
    /// <param name="command">What is to be run, whether it parses or not.</param>
    /// <returns>The same with every secret that was found replaced by <see cref="Mask"/>.</returns>
    public static string MaskCommand(string command) => Command(command).Text;

    /// <summary>Masks a text that is no command, such as a message.</summary>
    /// <param name="text">The text.</param>
    public static string MaskText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Guarded(text, [], () => TextMasker.Find(text)).Text;
    }

    /// <summary>Masks a command line; also gives the values that were masked, so that messages about it can be rid of them.</summary>
    internal static (string Text, IReadOnlyList<string> Secrets) Command(string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return Guarded(command, [], () => Find(command));
    }

    /// <summary>Masks a message about a command, values of that command included.</summary>
    internal static string Message(string message, IReadOnlyList<string> secrets) => Guarded(message, secrets, () => TextMasker.Find(message)).Text;

    private static IEnumerable<(int Start, int Length)> Find(string command)
    {
        var ast = Parser.ParseInput(command, out var tokens, out var errors);
        var found = new SecretFinder();
        ast.Visit(found);
        foreach (var place in found.Places)
            yield return place;
        // Inside a token, so that what follows a secret on the line can be read. Where PowerShell can't tell tokens
        // apart, the line as a whole.
        if (errors.Length > 0)
        {
            foreach (var place in TextMasker.Find(command))
                yield return place;
        }

        foreach (var token in tokens)
        {
            if (token.Kind is TokenKind.NewLine or TokenKind.EndOfInput || token.Extent.StartOffset == token.Extent.EndOffset)
                continue;
            foreach (var (start, length) in TextMasker.Find(token.Text))
                yield return (token.Extent.StartOffset + start, length);
        }
    }

    private static (string Text, IReadOnlyList<string> Secrets) Guarded(string text, IReadOnlyList<string> known, Func<IEnumerable<(int Start, int Length)>> find)
    {
        if (text.Length > LongestText)
            return ($"{Mask} ({text.Length} characters, too long to be looked through)", []);
        try
        {
            var places = find().ToList();
            var secrets = places.Select(place => Unquoted(text.Substring(place.Start, place.Length)))
                .Where(secret => secret.Length >= ShortestElsewhere && !secret.All(c => c == '*')).Distinct().ToList();
            foreach (var secret in secrets.Concat(known))
            {
                for (var at = text.IndexOf(secret, StringComparison.Ordinal); at >= 0; at = text.IndexOf(secret, at + secret.Length, StringComparison.Ordinal))
                    places.Add((at, secret.Length));
            }

            return (Replace(text, places), secrets);
        }
        catch (Exception e) when (e is RegexMatchTimeoutException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            return ($"{Mask} ({text.Length} characters that couldn't be looked through)", []);
        }
    }

    private static string Replace(string text, List<(int Start, int Length)> places)
    {
        if (places.Count == 0)
            return text;
        var made = new StringBuilder(text.Length);
        var end = 0;
        var masked = -1;
        foreach (var (start, length) in places.OrderBy(place => place.Start))
        {
            if (start + length <= end)
                continue;
            if (start > end)
                made.Append(text, end, start - end);
            // Places that touch are one secret.
            if (masked != start && start >= end)
                made.Append(Mask);
            end = masked = start + length;
        }

        return made.Append(text, end, text.Length - end).ToString();
    }

    private static string Unquoted(string secret) => secret.Length > 1 && secret[0] is '"' or '\'' ? secret.Trim('"', '\'') : secret;
}
