namespace ImmutableAudit.Policies;

/// <summary>Says which statements of a document are about a request.</summary>
internal sealed class StatementMatcher(RequestPrincipal principal, string action, ResourceProbe resource, ConditionKeys keys, bool hasBoundary)
{
    /// <summary>A statement that is, or may be, about the request.</summary>
    public readonly record struct Hit(PolicyStatement Statement, Truth Matches, PrincipalMatch Principal, IReadOnlyCollection<string> Missing);

    /// <summary>The statements that are, or may be, about the request.</summary>
    public IEnumerable<Hit> Match(PolicyDocument document)
    {
        foreach (var statement in document.Statements)
        {
            var missing = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
            var (matches, meant) = Match(statement, missing);
            if (matches != Truth.False)
                yield return new Hit(statement, matches, meant, matches == Truth.Unknown ? missing : []);
        }
    }

    private (Truth Matches, PrincipalMatch Principal) Match(PolicyStatement statement, SortedSet<string> missing)
    {
        if (!statement.CoversAction(action))
            return (Truth.False, default);
        var meant = new PrincipalMatch(Truth.True, Truth.True, Truth.True);
        if (statement.Principals is { } principals)
            meant = PrincipalMatcher.Match(principals, statement.Effect, principal, hasBoundary, missing);
        var matches = meant.Any;
        if (matches == Truth.False)
            return (matches, meant);
        matches = matches.And(MatchResource(statement, missing));
        foreach (var condition in statement.Conditions)
        {
            if (matches == Truth.False)
                break;
            matches = matches.And(ConditionEvaluator.Evaluate(condition, keys, missing));
        }

        return (matches, meant);
    }

    private Truth MatchResource(PolicyStatement statement, SortedSet<string> missing)
    {
        var covered = Truth.False;
        var voided = false;
        foreach (var text in statement.Resources)
        {
            var (one, isVoid) = MatchOne(text, missing);
            voided |= isVoid;
            covered = covered.Or(one);
            if (covered == Truth.True)
                break;
        }

        if (covered == Truth.Unknown)
            missing.Add("the resource");
        if (!statement.IsNotResource)
            return covered;
        // A variable without a value may void the statement, or only its own entry.
        if (covered == Truth.False && voided)
        {
            missing.Add("a policy variable without a value");
            return Truth.Unknown;
        }

        return covered.Not();
    }

    private (Truth Covered, bool Void) MatchOne(PolicyText text, SortedSet<string> missing)
    {
        var (state, pattern) = text.Resolve(keys, missing);
        if (state == TextState.Absent)
            return (Truth.False, true);
        var matches = resource.Match(text.FixedArn ?? new ArnPattern(pattern));
        return (state == TextState.Partly ? matches.And(Truth.Unknown) : matches, false);
    }
}
