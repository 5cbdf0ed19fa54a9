namespace ImmutableAudit.Policies;

/// <summary>The kinds of names in a <c>Principal</c> element.</summary>
public enum PrincipalKind
{
    /// <summary>An account, user, role or session, or <c>*</c> for everyone.</summary>
    Aws,

    /// <summary>An AWS service.</summary>
    Service,

    /// <summary>An identity provider.</summary>
    Federated,

    /// <summary>An account by its canonical id.</summary>
    CanonicalUser,
}

/// <summary>One name in a <c>Principal</c> element.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">The name as the policy has it.</param>
public sealed record PrincipalEntry(PrincipalKind Kind, string Name);

/// <summary>A <c>Principal</c> or <c>NotPrincipal</c> element.</summary>
public sealed class PolicyPrincipals
{
    internal PolicyPrincipals(bool isNotPrincipal, IReadOnlyList<PrincipalEntry> entries) =>
        (IsNotPrincipal, Entries) = (isNotPrincipal, entries);

    /// <summary>Whether everybody but these is meant.</summary>
    public bool IsNotPrincipal { get; }

    /// <summary>The names.</summary>
    public IReadOnlyList<PrincipalEntry> Entries { get; }
}
