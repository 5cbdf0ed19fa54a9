namespace ImmutableAudit.Policies;

/// <summary>How a condition goes through the values of a key that has several.</summary>
public enum ConditionSet
{
    /// <summary>The key has one value.</summary>
    None,

    /// <summary><c>ForAllValues:</c> every value of the request must match; true where there is none.</summary>
    ForAllValues,

    /// <summary><c>ForAnyValue:</c> at least one value of the request must match; false where there is none.</summary>
    ForAnyValue,
}

/// <summary>One key of a <c>Condition</c> element under one operator.</summary>
public sealed class PolicyCondition
{
    internal PolicyCondition()
    {
    }

    /// <summary>The operator as the policy has it, for example <c>ForAllValues:StringLikeIfExists</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>The key as the policy has it.</summary>
    public required string Key { get; init; }

    /// <summary>The values, one of which must match.</summary>
    public IReadOnlyList<string> Values => [.. Texts.Select(text => text.Source)];

    /// <summary>How several values of the request are taken.</summary>
    public ConditionSet Set { get; init; }

    /// <summary>Whether the condition holds where the key is absent (<c>IfExists</c>).</summary>
    public bool IfExists { get; init; }

    internal ConditionOperator Test { get; init; }

    internal IReadOnlyList<PolicyText> Texts { get; init; } = [];
}
