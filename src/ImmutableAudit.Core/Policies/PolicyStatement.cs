namespace ImmutableAudit.Policies;

/// <summary>One statement of a policy.</summary>
public sealed class PolicyStatement
{
    internal PolicyStatement()
    {
    }

    /// <summary>The statement's place in the document, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The statement's id, if it has one.</summary>
    public string? Sid { get; init; }

    /// <summary>Allow or Deny.</summary>
    public required PolicyEffect Effect { get; init; }

    /// <summary>The patterns of <c>Action</c> or <c>NotAction</c>.</summary>
    public required IReadOnlyList<string> Actions { get; init; }

    /// <summary>Whether the statement is about every action but these.</summary>
    public bool IsNotAction { get; init; }

    /// <summary>Whether the statement is about every resource but those named.</summary>
    public bool IsNotResource { get; init; }

    /// <summary>The patterns of <c>Resource</c> or <c>NotResource</c> as the policy has them; <c>*</c> for a trust policy.</summary>
    public IReadOnlyList<string> ResourcePatterns => [.. Resources.Select(resource => resource.Source)];

    /// <summary>Whom a statement of a resource's policy is about; null in an identity's policy.</summary>
    public PolicyPrincipals? Principals { get; init; }

    /// <summary>The conditions, all of which must hold.</summary>
    public IReadOnlyList<PolicyCondition> Conditions { get; init; } = [];

    internal IReadOnlyList<string> ActionPatterns { get; init; } = [];

    internal IReadOnlyList<PolicyText> Resources { get; init; } = [];

    /// <summary>Whether the statement is about an action, given as service, colon and name.</summary>
    /// <param name="action">The action; its case doesn't matter.</param>
    public bool CoversAction(string action)
    {
        ArgumentNullException.ThrowIfNull(action);
        foreach (var pattern in ActionPatterns)
        {
            if (Wildcards.IsMatch(pattern, action, ignoreCase: true))
                return !IsNotAction;
        }

        return IsNotAction;
    }
}
