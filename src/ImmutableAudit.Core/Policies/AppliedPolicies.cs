namespace ImmutableAudit.Policies;

/// <summary>Every policy that a request of one principal to one resource is judged by.</summary>
public sealed record AppliedPolicies
{
    /// <summary>The identity's policies, inline and attached, its groups' included.</summary>
    public IReadOnlyList<PolicyDocument> Identity { get; init; } = [];

    /// <summary>The permissions boundary; null if none is set.</summary>
    public PolicyDocument? Boundary { get; init; }

    /// <summary>The session policies; null if the session was made without. An empty list allows nothing.</summary>
    public IReadOnlyList<PolicyDocument>? Session { get; init; }

    /// <summary>The service control policies, a list for each level from the organisation's root to the account. Each level must allow.</summary>
    public IReadOnlyList<IReadOnlyList<PolicyDocument>> ServiceControl { get; init; } = [];

    /// <summary>The resource control policies, a list for each level. Each level must allow.</summary>
    public IReadOnlyList<IReadOnlyList<PolicyDocument>> ResourceControl { get; init; } = [];

    /// <summary>The resource's policy; null if it has none.</summary>
    public PolicyDocument? Resource { get; init; }

    /// <summary>Whether the resource's policy couldn't be read, so that it may grant or deny anything.</summary>
    public bool ResourceUnread { get; init; }

    /// <summary>
    /// Whether the resource's policy must allow even within one account: so for KMS keys and for taking a role. Naming
    /// the account there lets the account's own policies grant.
    /// </summary>
    public bool ResourceMustAllow { get; init; }
}

/// <summary>One request.</summary>
public sealed record AccessRequest
{
    /// <summary>Who asks.</summary>
    public required RequestPrincipal Principal { get; init; }

    /// <summary>The action, for example <c>s3:GetObject</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The resource's ARN; <c>*</c> for an action that has no resource.</summary>
    public required string Resource { get; init; }

    /// <summary>The account that the resource belongs to; null if it isn't known.</summary>
    public string? ResourceAccount { get; init; }

    /// <summary>What is known of the request's condition keys. What follows from the principal needn't be given.</summary>
    public ConditionKeys Keys { get; init; } = ConditionKeys.Unknown;
}
