namespace ImmutableAudit.Policies;

/// <summary>
/// Finds what is allowed beyond the catalogue: actions of other services, and names that the catalogue doesn't know.
/// What they do isn't judged here, but somebody who may only read a log has no use for them.
/// </summary>
internal static class OtherActions
{
    private const string Why = "actions that aren't in the list of this review; they may lead anywhere";

    public static IEnumerable<AccessFinding> Find(AccessReviewInput input, IReadOnlyList<PolicyDocument> documents)
    {
        var patterns = documents.SelectMany(document => document.Statements).SelectMany(statement => statement.ActionPatterns)
            .Select(pattern => pattern.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToList();
        var seen = new HashSet<PolicyStatement>();
        foreach (var action in Witnesses(patterns))
        {
            if (ActionCatalog.Find(action) is not null)
                continue;
            var service = action[..action.IndexOf(':', StringComparison.Ordinal)];
            var decision = PolicyEvaluator.Evaluate(
                input.Policies with { ResourceUnread = false },
                new AccessRequest { Principal = input.Principal, Action = action, Resource = "*", ResourceAccount = input.Log.Account, Keys = input.Keys },
                ResourceSet.Everything);
            if (!decision.MayBeAllowed)
                continue;
            foreach (var opening in decision.Statements.Where(one => one.Effect == PolicyEffect.Allow))
            {
                // A pattern of the catalogue's own services is judged by the actions that it matches there.
                var statement = opening.Source!;
                if ((ActionCatalog.Services.Contains(service) && MatchesCatalog(statement, action)) || !seen.Add(statement))
                    continue;
                yield return new AccessFinding
                {
                    Action = Shown(statement, action),
                    Scope = AccessScope.Account,
                    Outcome = AccessOutcome.Unknown,
                    Resource = "*",
                    OpenedBy = [opening],
                    MissingKeys = decision.MissingKeys,
                    Escalation = Why,
                };
            }
        }
    }

    // Action names fold case, so one text of each division of the lower-case names is enough. Where the patterns are made
    // to be hard, their own names with the stars taken away stand for them, besides a name that nobody uses.
    private static IEnumerable<string> Witnesses(List<string> patterns)
    {
        PatternAutomaton.Token[] anything =
        [
            new(PatternAutomaton.TokenKind.Any, '?', PatternAutomaton.Except.ColonAndSlash),
            new(PatternAutomaton.TokenKind.Star, '*', PatternAutomaton.Except.ColonAndSlash),
        ];
        var domain = new PatternAutomaton([.. anything, new(PatternAutomaton.TokenKind.Literal, ':', PatternAutomaton.Except.Nothing), .. anything]);
        return (patterns.Count <= 400 ? PatternCells.Witnesses(domain, [.. patterns.Select(PatternAutomaton.Whole)]) : null)
            ?? patterns.Select(pattern => pattern.Replace(Wildcards.Star, 'x').Replace(Wildcards.Any, 'x'))
                .Where(text => text.Contains(':', StringComparison.Ordinal)).Append("another-service:AnotherAction");
    }

    private static string Shown(PolicyStatement statement, string action) => statement.IsNotAction
        ? $"every action but {string.Join(", ", statement.Actions.Take(3))}{(statement.Actions.Count > 3 ? ", …" : "")}"
        : statement.Actions.Where((_, i) => Wildcards.IsMatch(statement.ActionPatterns[i], action, ignoreCase: true)).First();

    private static bool MatchesCatalog(PolicyStatement statement, string action) => statement.IsNotAction
        || statement.ActionPatterns.Where(pattern => Wildcards.IsMatch(pattern, action, ignoreCase: true))
            .All(pattern => ActionCatalog.Actions.Any(known => Wildcards.IsMatch(pattern, known.Name, ignoreCase: true)));
}
