using ImmutableAudit.Chain;

namespace ImmutableAudit.Summaries;

/// <summary>
/// What a name is to be: with <c>*</c>, <c>?</c> and <c>[a-z]</c> as PowerShell has them, and a backtick before a character
/// that is meant as itself. Ordinal; where case doesn't matter, A–Z and a–z are the same, and no other letters.
/// </summary>
internal sealed class NamePattern
{
    private enum Kind
    {
        Literal,
        Any,
        Star,
        Set,
    }

    private readonly List<(Kind Kind, char Literal, string? Set)> _parts = [];

    public NamePattern(string text, bool ignoreCase)
    {
        if (ignoreCase)
            text = JsonText.LowerAscii(text);
        for (var i = 0; i < text.Length; i++)
        {
            var close = text[i] == '[' ? text.IndexOf(']', Math.Min(i + 2, text.Length)) : -1;
            switch (text[i])
            {
                case '*': _parts.Add((Kind.Star, '\0', null)); break;
                case '?': _parts.Add((Kind.Any, '\0', null)); break;
                case '`' when i + 1 < text.Length: _parts.Add((Kind.Literal, text[++i], null)); break;
                case '[' when close > 0:
                    _parts.Add((Kind.Set, '\0', text[(i + 1)..close]));
                    i = close;
                    break;
                case '[': throw new AuditException(AuditErrors.FormatInvalid, $"The pattern '{text}' has a '[' without its ']'. Write `[ for the character itself.", text);
                default: _parts.Add((Kind.Literal, text[i], null)); break;
            }
        }

        Lead = string.Concat(_parts.TakeWhile(part => part.Kind == Kind.Literal).Select(part => part.Literal));
        IsExact = Lead.Length == _parts.Count;
    }

    /// <summary>The characters before the first wildcard: the whole name where there is none.</summary>
    public string Lead { get; }

    public bool IsExact { get; }

    /// <summary>Whether the whole name is as the pattern says. Where case doesn't matter, the name is given in small letters.</summary>
    public bool Matches(ReadOnlySpan<char> name)
    {
        if (IsExact)
            return name.SequenceEqual(Lead);
        int p = 0, n = 0, star = -1, from = 0;
        while (n < name.Length)
        {
            if (p < _parts.Count && _parts[p].Kind == Kind.Star)
            {
                star = p++;
                from = n;
            }
            else if (p < _parts.Count && MatchesOne(p, name[n]))
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                // Going back to the last star alone is enough.
                p = star + 1;
                n = ++from;
            }
            else
            {
                return false;
            }
        }

        while (p < _parts.Count && _parts[p].Kind == Kind.Star)
            p++;
        return p == _parts.Count;
    }

    private bool MatchesOne(int at, char c) => _parts[at] switch
    {
        (Kind.Any, _, _) => true,
        (Kind.Set, _, var set) => IsIn(set!, c),
        (_, var literal, _) => literal == c,
    };

    private static bool IsIn(string set, char c)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (set[i] <= c && c <= set[i + 2])
                    return true;
                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }

        return false;
    }
}
