using System.Text;

namespace ImmutableAudit.Policies;

/// <summary>How far the variables of a text could be resolved.</summary>
internal enum TextState
{
    /// <summary>Every variable has a value.</summary>
    Resolved,

    /// <summary>A variable's value isn't known; a star stands in its place.</summary>
    Partly,

    /// <summary>A variable has no value in this request, and no default: AWS takes the statement for not matching.</summary>
    Absent,
}

/// <summary>A text of a policy with its variables, read once and resolved for each request.</summary>
internal sealed class PolicyText
{
    private readonly List<(string Literal, string? Variable, string? Default)> _pieces = [];
    private readonly string? _fixed;
    private readonly bool _wildcards;
    private ArnPattern? _arn;

    private PolicyText(string source, bool wildcards, bool variables)
    {
        (Source, _wildcards) = (source, wildcards);
        if (!variables || !source.Contains("${", StringComparison.Ordinal))
        {
            _fixed = wildcards ? Wildcards.Compile(source) : source;
            return;
        }

        Read(source, wildcards);
        if (_pieces.All(piece => piece.Variable is null))
            _fixed = string.Concat(_pieces.Select(piece => piece.Literal));
    }

    /// <summary>The text as the policy has it.</summary>
    public string Source { get; }

    /// <summary>The pattern, if it doesn't depend on the request.</summary>
    public string? Fixed => _fixed;

    /// <summary>The same as a pattern for ARNs.</summary>
    public ArnPattern? FixedArn => _fixed is null ? null : _arn ??= new ArnPattern(_fixed);

    /// <summary>Reads a text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="wildcards">Whether <c>*</c> and <c>?</c> are wildcards here.</param>
    /// <param name="variables">Whether the document's version knows policy variables.</param>
    /// <exception cref="FormatException">A variable isn't closed, or has a default that can't be read.</exception>
    public static PolicyText Parse(string source, bool wildcards, bool variables) => new(source, wildcards, variables);

    /// <summary>Puts the request's values in, for variables and their defaults alike.</summary>
    /// <param name="keys">The request's condition keys.</param>
    /// <param name="missing">Told each key whose value isn't known.</param>
    public (TextState State, string Pattern) Resolve(ConditionKeys keys, ISet<string>? missing)
    {
        if (_fixed is not null)
            return (TextState.Resolved, _fixed);
        var state = TextState.Resolved;
        var text = new StringBuilder();
        foreach (var (literal, variable, fallback) in _pieces)
        {
            text.Append(literal);
            if (variable is null)
                continue;
            var value = keys.Find(variable);
            if (value.State == KeyState.Absent)
            {
                if (fallback is null)
                    return (TextState.Absent, "");
                value = new KeyValue(KeyState.Known, [fallback]);
            }

            if (value.State == KeyState.Known && value.Values.Count == 1 && IsPlain(value.Values[0]))
            {
                text.Append(value.Values[0]);
                continue;
            }

            missing?.Add(variable);
            state = TextState.Partly;
            text.Append(Wildcards.Star);
        }

        return (state, text.ToString());
    }

    // What AWS makes of a key with several values, and of a wildcard that comes out of a variable where wildcards count,
    // isn't written anywhere; such a value may turn out to be anything.
    private bool IsPlain(string value) =>
        !Wildcards.HoldsReserved(value) && !(_wildcards && value.AsSpan().ContainsAny('*', '?'));

    private void Read(string source, bool wildcards)
    {
        var literal = new StringBuilder();
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '$' || i + 1 == source.Length || source[i + 1] != '{')
            {
                literal.Append(wildcards ? source[i] switch { '*' => Wildcards.Star, '?' => Wildcards.Any, var c => c } : source[i]);
                continue;
            }

            var end = EndOf(source, i + 2);
            var inside = source[(i + 2)..end];
            i = end;
            if (inside is "*" or "?" or "$")
            {
                literal.Append(inside);
                continue;
            }

            var (variable, fallback) = Split(inside);
            _pieces.Add((literal.ToString(), variable, fallback));
            literal.Clear();
        }

        if (literal.Length > 0)
            _pieces.Add((literal.ToString(), null, null));
    }

    // A default may hold a brace, so quotes are followed.
    private static int EndOf(string source, int from)
    {
        var quoted = false;
        for (var i = from; i < source.Length; i++)
        {
            if (source[i] == '\'')
                quoted = !quoted;
            else if (source[i] == '}' && !quoted)
                return i;
        }

        throw new FormatException("a policy variable isn't closed with '}'");
    }

    private static (string Variable, string? Default) Split(string inside)
    {
        var comma = inside.IndexOf(',', StringComparison.Ordinal);
        var name = (comma < 0 ? inside : inside[..comma]).Trim();
        if (name.Length == 0)
            throw new FormatException("a policy variable has no name");
        if (comma < 0)
            return (name, null);
        var fallback = inside[(comma + 1)..].Trim();
        if (fallback.Length < 2 || fallback[0] != '\'' || fallback[^1] != '\'')
            throw new FormatException($"the default of the policy variable '{name}' isn't in single quotes");
        return (name, fallback[1..^1]);
    }
}
