namespace ImmutableAudit.Policies;

/// <summary>
/// The resources that a question is about, for example every object under a log's prefix, existing or future. Statements
/// are asked about one resource of each kind that they tell apart; where there are too many kinds, about the
/// set as a whole, which is coarser and never misses.
/// </summary>
internal sealed class ResourceSet : ResourceProbe
{
    /// <summary>Far more patterns, or longer ones, than AWS's limits let a policy hold are gone through coarsely.</summary>
    public const int MaxPatterns = 400;

    private const int MaxLength = 4096;

    // What may be spent in all the questions about one set: a few seconds to divide it, and less to compare it as a whole,
    // which is done only for policies far larger than AWS's limits.
    private long _leftToDivide = 40_000_000;
    private long _leftToCompare = 6_000_000;

    private readonly PatternAutomaton _automaton;
    private readonly string _start;
    private readonly Dictionary<string, Truth> _known = [];

    private ResourceSet(string name, string start, PatternAutomaton automaton) => (Name, _start, _automaton) = (name, start, automaton);

    /// <summary>The set as people write it.</summary>
    public string Name { get; }

    /// <summary>Every resource there is.</summary>
    public static ResourceSet Everything => new("*", "", PatternAutomaton.Whole(Wildcards.Compile("*")));

    /// <summary>The ARNs that match a pattern part by part.</summary>
    /// <param name="pattern">An ARN in which <c>*</c> and <c>?</c> are wildcards.</param>
    public static ResourceSet Of(string pattern) => new(pattern, StartOf(Wildcards.Compile(pattern)), PatternAutomaton.PartByPart(Wildcards.Compile(pattern)));

    /// <summary>One resource, every character of its ARN literal.</summary>
    /// <param name="arn">The ARN.</param>
    public static ResourceSet One(string arn) => new(arn, arn, new PatternAutomaton([.. Literal(arn)]));

    /// <summary>Everything whose ARN begins with a text and goes on.</summary>
    /// <param name="start">The text, every character literal.</param>
    public static ResourceSet Under(string start) => new(start + "*", start, new PatternAutomaton([.. Literal(start), .. Key]));

    /// <summary>The same, and the text itself.</summary>
    /// <param name="start">The text, every character literal.</param>
    public static ResourceSet From(string start) => new(start + "*", start, new PatternAutomaton([.. Literal(start), Key[1]]));

    /// <summary>Every bucket, without any object.</summary>
    /// <param name="partition">The partition.</param>
    public static ResourceSet Buckets(string partition) => new($"arn:{partition}:s3:::*", $"arn:{partition}:s3:::", new PatternAutomaton(
        [.. Literal($"arn:{partition}:s3:::"), .. BucketName]));

    /// <summary>Every object in every bucket.</summary>
    /// <param name="partition">The partition.</param>
    public static ResourceSet Objects(string partition) => new($"arn:{partition}:s3:::*/*", $"arn:{partition}:s3:::", new PatternAutomaton(
        [.. Literal($"arn:{partition}:s3:::"), .. BucketName, .. Literal("/"), .. Key]));

    /// <summary>Whether an ARN is in the set.</summary>
    public bool Contains(string arn) => PatternCells.IsMatch(_automaton, arn);

    /// <summary>One resource for each way in which the patterns tell resources apart; null if there are too many ways.</summary>
    public IReadOnlyList<string>? Kinds(IEnumerable<ArnPattern> patterns, IEnumerable<ResourceSet> sets)
    {
        var automata = new List<PatternAutomaton>();
        foreach (var pattern in patterns)
        {
            if (pattern.IsEverything)
                continue;
            if (pattern.Pattern.Length > MaxLength)
                return null;
            automata.Add(PatternAutomaton.Whole(pattern.Pattern));
            if (pattern.IsSegmented && Wildcards.HasWildcard(pattern.Pattern))
                automata.Add(PatternAutomaton.PartByPart(pattern.Pattern));
        }

        automata.AddRange(sets.Select(set => set._automaton));
        return PatternCells.Witnesses(_automaton, automata, ref _leftToDivide);
    }

    /// <inheritdoc/>
    public override Truth Match(ArnPattern pattern)
    {
        if (pattern.IsEverything)
            return Truth.True;
        if (Name == "*")
            return Truth.Unknown; // Of all there is, a pattern that isn't a lone star covers some at most.
        var start = StartOf(pattern.Pattern);
        var common = Math.Min(start.Length, _start.Length);
        if (!start.AsSpan(0, common).SequenceEqual(_start.AsSpan(0, common)))
            return Truth.False;
        if (_known.TryGetValue(pattern.Pattern, out var known))
            return known;
        var across = pattern.Pattern.Length > MaxLength ? Truth.Unknown : PatternCells.Covers(_automaton, PatternAutomaton.Whole(pattern.Pattern), ref _leftToCompare);
        // A definite answer across colons stands only where the pattern isn't vague about them.
        return _known[pattern.Pattern] = across == Truth.True ? pattern.AcrossColons : across;
    }

    // What every text begins with that a pattern matches.
    private static string StartOf(string pattern) =>
        pattern.AsSpan().IndexOfAny(Wildcards.Star, Wildcards.Any) is >= 0 and var at ? pattern[..at] : pattern;

    private static PatternAutomaton.Token[] BucketName =>
    [
        new(PatternAutomaton.TokenKind.Any, '?', PatternAutomaton.Except.ColonAndSlash),
        new(PatternAutomaton.TokenKind.Star, '*', PatternAutomaton.Except.ColonAndSlash),
    ];

    private static PatternAutomaton.Token[] Key =>
    [
        new(PatternAutomaton.TokenKind.Any, '?', PatternAutomaton.Except.Nothing),
        new(PatternAutomaton.TokenKind.Star, '*', PatternAutomaton.Except.Nothing),
    ];

    private static IEnumerable<PatternAutomaton.Token> Literal(string text) =>
        text.Select(c => new PatternAutomaton.Token(PatternAutomaton.TokenKind.Literal, c, PatternAutomaton.Except.Nothing));
}
