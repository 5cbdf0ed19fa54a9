namespace ImmutableAudit.Policies;

/// <summary>
/// In which of three ways a statement of a resource's policy means a principal. The way decides which implicit denies
/// limit what it grants within one account.
/// </summary>
/// <param name="Direct">The very principal, or everyone: no implicit deny elsewhere limits the grant.</param>
/// <param name="Entity">The role or user behind a session: boundary and session policy limit the grant.</param>
/// <param name="Account">Its account: the grant only lets the account's own policies grant.</param>
internal readonly record struct PrincipalMatch(Truth Direct, Truth Entity, Truth Account)
{
    /// <summary>Whether it is meant at all.</summary>
    public Truth Any => Direct.Or(Entity).Or(Account);
}

/// <summary>Matches <c>Principal</c> and <c>NotPrincipal</c> elements.</summary>
internal static class PrincipalMatcher
{
    private const string Ambiguity = "NotPrincipal";

    /// <summary>In which ways an Allow or a Deny with this element means the principal.</summary>
    /// <param name="element">The element.</param>
    /// <param name="effect">The statement's effect.</param>
    /// <param name="principal">Who asks.</param>
    /// <param name="hasBoundary">Whether a permissions boundary is set on it.</param>
    /// <param name="missing">Told what isn't known.</param>
    public static PrincipalMatch Match(
        PolicyPrincipals element, PolicyEffect effect, RequestPrincipal principal, bool hasBoundary, ISet<string> missing)
    {
        var named = Named(element.Entries, principal, missing);
        if (!element.IsNotPrincipal)
            return named;
        var meant = effect == PolicyEffect.Deny ? DeniedByExclusion(named, principal, hasBoundary) : AllowedByExclusion(named);
        if (meant == Truth.Unknown)
            missing.Add(Ambiguity);
        return new PrincipalMatch(meant, Truth.False, Truth.False);
    }

    // Everyone but those named, strangers and anonymous included. That the account is named alone may or may not except
    // the users in it.
    private static Truth AllowedByExclusion(PrincipalMatch named) =>
        named.Direct.Or(named.Entity).Not().And(named.Account == Truth.False ? Truth.True : Truth.Unknown);

    // To be excepted from the denial safely, the session, the role and the account must all be named. Where only some
    // are, AWS says that it might be denied; where a boundary is set, that it always is.
    private static Truth DeniedByExclusion(PrincipalMatch named, RequestPrincipal principal, bool hasBoundary)
    {
        if (hasBoundary && principal.Kind is (RequesterKind.User or RequesterKind.RoleSession))
            return Truth.True;
        if (named.Any == Truth.False)
            return Truth.True;
        var all = principal.Kind switch
        {
            RequesterKind.Anonymous or RequesterKind.Root => named.Direct,
            RequesterKind.User => named.Direct.And(named.Account),
            _ => named.Direct.And(named.Entity).And(named.Account),
        };
        return all == Truth.True ? Truth.False : Truth.Unknown;
    }

    private static PrincipalMatch Named(IReadOnlyList<PrincipalEntry> entries, RequestPrincipal principal, ISet<string> missing)
    {
        Truth direct = Truth.False, entity = Truth.False, account = Truth.False;
        foreach (var entry in entries)
        {
            var match = entry.Kind switch
            {
                PrincipalKind.Aws => Aws(entry.Name, principal),
                PrincipalKind.CanonicalUser => new PrincipalMatch(Truth.False, Truth.False, Canonical(entry.Name, principal)),
                // A session that came through an identity provider can be meant by the provider's name.
                PrincipalKind.Federated when principal.Kind == RequesterKind.RoleSession => new PrincipalMatch(Truth.Unknown, Truth.False, Truth.False),
                _ => default,
            };
            if (match.Any == Truth.Unknown)
                missing.Add($"the principal '{entry.Name}'");
            direct = direct.Or(match.Direct);
            entity = entity.Or(match.Entity);
            account = account.Or(match.Account);
        }

        return new PrincipalMatch(direct, entity, account);
    }

    private static PrincipalMatch Aws(string name, RequestPrincipal principal)
    {
        if (name == "*")
            return new PrincipalMatch(Truth.True, Truth.True, Truth.True);
        if (principal.Kind == RequesterKind.Anonymous)
            return default;
        if (name == principal.Account || name == $"arn:{principal.Partition}:iam::{principal.Account}:root")
            return new PrincipalMatch((principal.Kind == RequesterKind.Root).ToTruth(), Truth.False, Truth.True);
        var isSession = principal.Kind is RequesterKind.RoleSession or RequesterKind.FederatedUser;
        if (name == principal.SessionArn)
            return new PrincipalMatch(Truth.True, Truth.False, Truth.False);
        if (name == principal.Arn || (principal.UniqueId is not null && name == principal.UniqueId))
            return isSession ? new PrincipalMatch(Truth.False, Truth.True, Truth.False) : new PrincipalMatch(Truth.True, Truth.False, Truth.False);

        // A name under which AWS keeps a user or role that was deleted meanwhile, or this very one.
        if (principal.UniqueId is null && (name.StartsWith("AIDA", StringComparison.Ordinal) || name.StartsWith("AROA", StringComparison.Ordinal)))
            return isSession ? new PrincipalMatch(Truth.False, Truth.Unknown, Truth.False) : new PrincipalMatch(Truth.Unknown, Truth.False, Truth.False);

        // Who takes a role chooses the session's name.
        var anySession = $"arn:{principal.Partition}:sts::{principal.Account}:assumed-role/{principal.Name}/";
        if (principal is { Kind: RequesterKind.RoleSession, SessionArn: null } && name.StartsWith(anySession, StringComparison.Ordinal))
            return new PrincipalMatch(Truth.Unknown, Truth.False, Truth.False);

        // Wildcards aren't permitted within a principal's name; should a store take them, they may mean somebody.
        if (name.AsSpan().ContainsAny('*', '?'))
        {
            var pattern = Wildcards.Compile(name);
            var own = principal.SessionArn ?? (principal.Kind == RequesterKind.RoleSession ? anySession + "session" : principal.Arn!);
            if (Wildcards.IsMatch(pattern, own) || Wildcards.IsMatch(pattern, principal.Arn!))
                return new PrincipalMatch(Truth.Unknown, Truth.False, Truth.False);
        }

        return default;
    }

    private static Truth Canonical(string name, RequestPrincipal principal) =>
        principal.Kind == RequesterKind.Anonymous ? Truth.False
        : principal.CanonicalId is null ? Truth.Unknown
        : (principal.CanonicalId == name).ToTruth();
}
