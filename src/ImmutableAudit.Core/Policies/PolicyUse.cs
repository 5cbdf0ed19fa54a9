namespace ImmutableAudit.Policies;

/// <summary>What a policy document is for, which decides the elements that it must and mustn't have.</summary>
public enum PolicyUse
{
    /// <summary>Attached to an identity, or limiting one: identity policy, permissions boundary, session policy, SCP. No principal.</summary>
    Identity,

    /// <summary>Attached to a resource, for example a bucket or key policy, or a resource control policy. Every statement has a principal.</summary>
    Resource,

    /// <summary>A role's trust policy: statements have a principal and no resource, since the role itself is meant.</summary>
    Trust,
}

/// <summary>What a statement does with the requests that it matches.</summary>
public enum PolicyEffect
{
    /// <summary>Allows them, unless another statement denies them.</summary>
    Allow,

    /// <summary>Denies them, whatever else allows them.</summary>
    Deny,
}
