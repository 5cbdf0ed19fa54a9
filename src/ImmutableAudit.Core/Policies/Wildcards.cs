namespace ImmutableAudit.Policies;

/// <summary>
/// Patterns of literal characters and wildcards. In a pattern the wildcards are two noncharacters that no policy may
/// hold, so that a literal asterisk (from <c>${*}</c>, or from a value put in for a variable) can't become one.
/// </summary>
internal static class Wildcards
{
    /// <summary>Any number of characters.</summary>
    public const char Star = '\uFFFE';

    /// <summary>Exactly one character.</summary>
    public const char Any = '\uFFFF';

    /// <summary>The pattern for a text in which <c>*</c> and <c>?</c> are wildcards.</summary>
    public static string Compile(string text) => text.Replace('*', Star).Replace('?', Any);

    /// <summary>The pattern as people write it; literal asterisks show as <c>${*}</c>.</summary>
    public static string Show(string pattern) => pattern
        .Replace("*", "${*}", StringComparison.Ordinal)
        .Replace("?", "${?}", StringComparison.Ordinal)
        .Replace(Star, '*')
        .Replace(Any, '?');

    /// <summary>Whether a text holds characters that a pattern uses for itself.</summary>
    public static bool HoldsReserved(string text) => text.AsSpan().ContainsAny(Star, Any);

    /// <summary>Whether the pattern has a wildcard.</summary>
    public static bool HasWildcard(ReadOnlySpan<char> pattern) => pattern.ContainsAny(Star, Any);

    /// <summary>
    /// Whether the whole text matches the pattern. Going back to the last star alone is enough, so the time is at most
    /// the product of the two lengths, however many stars there are.
    /// </summary>
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase = false)
    {
        int p = 0, t = 0, star = -1, from = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == Star)
            {
                star = p++;
                from = t;
            }
            else if (p < pattern.Length && (pattern[p] == Any || Same(pattern[p], text[t], ignoreCase)))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++from;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == Star)
            p++;
        return p == pattern.Length;
    }

    private static bool Same(char one, char other, bool ignoreCase) =>
        one == other || (ignoreCase && char.ToLowerInvariant(one) == char.ToLowerInvariant(other));
}
