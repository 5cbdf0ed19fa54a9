namespace ImmutableAudit.Access;

/// <summary>A policy that stands in a role itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Document">The policy document, JSON.</param>
public sealed record InlinePolicy(string Name, string Document);

/// <summary>A policy that a role refers to.</summary>
/// <param name="Arn">Its ARN.</param>
/// <param name="Document">The document of its default version, JSON; null where it couldn't be read.</param>
/// <param name="Reason">Why it couldn't be read, and which permission would tell; otherwise null.</param>
public sealed record ManagedPolicy(string Arn, string? Document, string? Reason = null);

/// <summary>A role as the identity service shows it, with every policy that decides what it may do.</summary>
public sealed record RoleState
{
    /// <summary>The role's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its path, with a slash at both ends.</summary>
    public required string Path { get; init; }

    /// <summary>Its ARN as the endpoint writes it.</summary>
    public required string Arn { get; init; }

    /// <summary>When it was made; null where the endpoint doesn't tell.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The longest session in seconds; null where the endpoint doesn't tell.</summary>
    public int? MaxSessionSeconds { get; init; }

    /// <summary>Who may assume it: the trust policy, JSON.</summary>
    public required string TrustPolicy { get; init; }

    /// <summary>The policies that stand in the role itself.</summary>
    public required IReadOnlyList<InlinePolicy> Inline { get; init; }

    /// <summary>The managed policies that are attached to it; null where the endpoint has none of that kind or doesn't tell.</summary>
    public IReadOnlyList<ManagedPolicy>? Attached { get; init; }

    /// <summary>Why <see cref="Attached"/> isn't known, and which permission would tell; null where it is known, and where the endpoint has no attached policies at all.</summary>
    public string? AttachedUnknown { get; init; }

    /// <summary>The permissions boundary; null for none.</summary>
    public ManagedPolicy? Boundary { get; init; }
}

/// <summary>A role to be made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its path, with a slash at both ends.</param>
/// <param name="TrustPolicy">Who may assume it, JSON.</param>
/// <param name="Description">What it is for.</param>
/// <param name="MaxSessionSeconds">The longest session, 3,600 to 43,200 seconds; null for the service's default.</param>
/// <param name="BoundaryArn">The permissions boundary's ARN; null for none.</param>
public sealed record NewRole(string Name, string Path, string TrustPolicy, string? Description, int? MaxSessionSeconds, string? BoundaryArn);

/// <summary>What the identity service's own simulator says of one action.</summary>
/// <param name="Action">The action.</param>
/// <param name="Resource">The resource.</param>
/// <param name="Decision"><c>allowed</c>, <c>explicitDeny</c> or <c>implicitDeny</c>.</param>
/// <param name="MissingContext">The condition keys that it would have needed.</param>
public sealed record SimulatedDecision(string Action, string Resource, string Decision, IReadOnlyList<string> MissingContext);
