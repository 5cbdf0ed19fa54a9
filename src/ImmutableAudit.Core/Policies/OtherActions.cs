namespace ImmutableAudit.Policies;

/// <summary>
/// Finds what is allowed beyond the catalogue: actions of other services, and names that the catalogue doesn't know.
/// What they do isn't judged here, but somebody who may only read a log has no use for them.
/// </summary>
internal static class OtherActions
{
    private const int MaxPatterns = 400;
    private const string Why = "actions that aren't in the list of this review; they may lead anywhere";

    public static IEnumerable<AccessFinding> Find(AccessReviewInput input, IReadOnlyList<PolicyDocument> documents)
    {
        var patterns = documents.SelectMany(document => document.Statements).SelectMany(statement => statement.ActionPatterns)
            .Select(pattern => pattern.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToList();
        var witnesses = patterns.Count <= MaxPatterns ? Witnesses(patterns) : null;
        return witnesses is null ? FindCoarsely(input) : Find(input, documents, witnesses);
    }

    private static IEnumerable<AccessFinding> Find(AccessReviewInput input, IReadOnlyList<PolicyDocument> documents, IReadOnlyList<string> witnesses)
    {
        var seen = new HashSet<PolicyStatement>();
        foreach (var action in witnesses)
        {
            if (ActionCatalog.Find(action) is not null || !documents.Any(document => document.Statements.Any(one => one.Effect == PolicyEffect.Allow && one.CoversAction(action))))
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
                yield return Finding(Shown(statement, action), opening, decision.MissingKeys);
            }
        }
    }

    /// <summary>Where there are too many patterns to tell actions apart: whatever a statement allows, denied or not.</summary>
    private static IEnumerable<AccessFinding> FindCoarsely(AccessReviewInput input)
    {
        var documents = input.Policies.Identity.Select(one => (Document: one, Role: PolicyRole.Identity));
        if (input.Policies.Resource is { } bucket)
            documents = documents.Append((bucket, PolicyRole.Resource));
        foreach (var (document, role) in documents)
        {
            foreach (var statement in document.Statements.Where(one => one.Effect == PolicyEffect.Allow))
            {
                var other = statement.IsNotAction ? -1 : statement.ActionPatterns.ToList().FindIndex(ReachesBeyond);
                if (!statement.IsNotAction && other < 0)
                    continue;
                yield return Finding(
                    statement.IsNotAction ? AllBut(statement) : statement.Actions[other],
                    new DecidingStatement(document.Name, role, statement.Index, statement.Sid, statement.Effect, false) { Source = statement },
                    ["denials elsewhere"]);
            }
        }
    }

    // A pattern of the catalogue's own services is judged by the actions that it matches there.
    private static bool ReachesBeyond(string pattern)
    {
        var colon = pattern.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || !ActionCatalog.Services.Contains(pattern[..colon], StringComparer.OrdinalIgnoreCase)
            || !ActionCatalog.Actions.Any(known => Wildcards.IsMatch(pattern, known.Name, ignoreCase: true));
    }

    private static AccessFinding Finding(string action, DecidingStatement opening, IReadOnlyList<string> missing) => new()
    {
        Action = action,
        Scope = AccessScope.Account,
        Outcome = AccessOutcome.Unknown,
        Resource = "*",
        OpenedBy = [opening],
        MissingKeys = missing,
        Escalation = Why,
    };

    // Action names fold case, so one text of each division of the lower-case names is enough.
    private static IReadOnlyList<string>? Witnesses(List<string> patterns)
    {
        PatternAutomaton.Token[] anything =
        [
            new(PatternAutomaton.TokenKind.Any, '?', PatternAutomaton.Except.ColonAndSlash),
            new(PatternAutomaton.TokenKind.Star, '*', PatternAutomaton.Except.ColonAndSlash),
        ];
        var domain = new PatternAutomaton([.. anything, new(PatternAutomaton.TokenKind.Literal, ':', PatternAutomaton.Except.Nothing), .. anything]);
        return PatternCells.Witnesses(domain, [.. patterns.Select(PatternAutomaton.Whole)]);
    }

    private static string AllBut(PolicyStatement statement) =>
        $"every action but {string.Join(", ", statement.Actions.Take(3))}{(statement.Actions.Count > 3 ? ", …" : "")}";

    private static string Shown(PolicyStatement statement, string action) => statement.IsNotAction
        ? AllBut(statement)
        : statement.Actions.Where((_, i) => Wildcards.IsMatch(statement.ActionPatterns[i], action, ignoreCase: true)).First();

    private static bool MatchesCatalog(PolicyStatement statement, string action) => statement.IsNotAction
        || statement.ActionPatterns.Where(pattern => Wildcards.IsMatch(pattern, action, ignoreCase: true))
            .All(pattern => ActionCatalog.Actions.Any(known => Wildcards.IsMatch(pattern, known.Name, ignoreCase: true)));
}
