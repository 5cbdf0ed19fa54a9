namespace ImmutableAudit.Policies;

/// <summary>Says whether a condition holds for a request's keys.</summary>
internal static class ConditionEvaluator
{
    private const string Unresolved = "a policy variable without a value";

    /// <summary>Evaluates one condition.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="keys">What is known of the request's keys.</param>
    /// <param name="missing">Told the keys for want of which the answer isn't definite.</param>
    public static Truth Evaluate(PolicyCondition condition, ConditionKeys keys, ISet<string> missing)
    {
        var key = keys.Find(condition.Key);
        if (condition.Test.Comparison == Comparison.Null)
            return EvaluateNull(condition, key, missing);
        switch (key.State)
        {
            case KeyState.Absent:
                return WhereAbsent(condition, keys, missing);
            case KeyState.Unknown:
                // A condition that holds for every value and without one isn't made uncertain by an unknown value.
                if (HoldsForEveryValue(condition) && WhereAbsent(condition, keys, missing) == Truth.True)
                    return Truth.True;
                missing.Add(condition.Key);
                return Truth.Unknown;
            default:
                return WherePresent(condition, key.Values, keys, missing);
        }
    }

    private static Truth EvaluateNull(PolicyCondition condition, KeyValue key, ISet<string> missing)
    {
        var wanted = condition.Texts.Select(text => text.Source.ToUpperInvariant()).ToHashSet();
        if (wanted.Contains("TRUE") && wanted.Contains("FALSE"))
            return Truth.True;
        if (key.State == KeyState.Unknown)
        {
            missing.Add(condition.Key);
            return Truth.Unknown;
        }

        return wanted.Contains(key.State == KeyState.Absent ? "TRUE" : "FALSE").ToTruth();
    }

    private static Truth WhereAbsent(PolicyCondition condition, ConditionKeys keys, ISet<string> missing)
    {
        if (condition.Set == ConditionSet.ForAllValues)
            return Truth.True;
        if (condition.Set == ConditionSet.ForAnyValue)
        {
            // Of IfExists the text says "true where the key is missing", of ForAnyValue "false"; nobody says which wins.
            if (condition.IfExists)
                missing.Add(condition.Key);
            return condition.IfExists ? Truth.Unknown : Truth.False;
        }

        if (condition.IfExists)
            return Truth.True;
        // A negated condition holds without the key; a value that can't be resolved may void the whole statement.
        return !condition.Test.Negated ? Truth.False : AnyUnresolvable(condition, keys, missing) ? Truth.Unknown : Truth.True;
    }

    private static Truth WherePresent(PolicyCondition condition, IReadOnlyList<string> values, ConditionKeys keys, ISet<string> missing)
    {
        if (condition.Set != ConditionSet.None && values.All(value => value.Length == 0))
            return (condition.Set == ConditionSet.ForAllValues).ToTruth();
        Truth? common = null;
        var all = Truth.True;
        var any = Truth.False;
        foreach (var value in values)
        {
            var matches = MatchesOne(condition, value, keys, missing);
            all = all.And(matches);
            any = any.Or(matches);
            common = common is null || common == matches ? matches : Truth.Unknown;
        }

        if (condition.Set == ConditionSet.ForAllValues)
            return all;
        if (condition.Set == ConditionSet.ForAnyValue)
            return any;
        if (common == Truth.Unknown)
            missing.Add(condition.Key);
        return common ?? Truth.False;
    }

    /// <summary>Whether one value of the request matches one of the policy's, or with a negated operator none.</summary>
    private static Truth MatchesOne(PolicyCondition condition, string value, ConditionKeys keys, ISet<string> missing)
    {
        var matches = Truth.False;
        foreach (var text in condition.Texts)
        {
            var (state, pattern) = text.Resolve(keys, missing);
            var one = state switch
            {
                TextState.Resolved => ConditionValues.Compare(condition.Test.Comparison, value, pattern),
                TextState.Absent => condition.Test.Negated && IsUnresolvable(state, missing) ? Truth.Unknown : Truth.False,
                // The star that stands for the unknown part takes in whatever it may be, so no match is definite.
                _ => Wildcards.IsMatch(pattern, value, ignoreCase: true) ? Truth.Unknown : Truth.False,
            };
            matches = matches.Or(one);
        }

        return condition.Test.Negated ? matches.Not() : matches;
    }

    private static bool AnyUnresolvable(PolicyCondition condition, ConditionKeys keys, ISet<string> missing) =>
        condition.Texts.Any(text => IsUnresolvable(text.Resolve(keys, missing).State, missing));

    private static bool IsUnresolvable(TextState state, ISet<string> missing)
    {
        if (state == TextState.Absent)
            missing.Add(Unresolved);
        return state != TextState.Resolved;
    }

    private static bool HoldsForEveryValue(PolicyCondition condition) =>
        condition.Test is { Negated: false, Comparison: Comparison.StringLike }
        && condition.Texts.Any(text => text.Fixed is { Length: > 0 } pattern && pattern.AsSpan().IndexOfAnyExcept(Wildcards.Star) < 0);
}
