namespace ImmutableAudit.Policies;

/// <summary>
/// Decides a request by AWS's published evaluation logic. What isn't known is carried through, so a request that could be
/// allowed under anything unknown is never answered as denied.
/// </summary>
public static class PolicyEvaluator
{
    // The root user of a bucket's own account keeps these whatever the bucket's policy says, lest nobody can undo it.
    private static readonly string[] _rootKeeps = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

    /// <summary>Decides one request.</summary>
    /// <param name="policies">The policies that apply.</param>
    /// <param name="request">The request.</param>
    public static AccessDecision Evaluate(AppliedPolicies policies, AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Evaluate(policies, request, new SingleResource(request.Resource));
    }

    /// <summary>Decides a request about any of several resources: denied only if it would be for each.</summary>
    internal static AccessDecision Evaluate(AppliedPolicies policies, AccessRequest request, ResourceProbe resource)
    {
        ArgumentNullException.ThrowIfNull(policies);
        var keys = KeysOf(request.Principal, request.ResourceAccount, request.Keys);
        var matcher = new StatementMatcher(request.Principal, request.Action, resource, keys, policies.Boundary is not null);
        var grants = new Grants(policies, matcher, request.Principal.Kind);
        if (IsRootsOwn(request))
            grants.IgnoreResourceDenials();

        var (allowed, path) = Combine(policies, grants, request);
        if (grants.Denied == Truth.True)
            return new AccessDecision(AccessOutcome.ExplicitlyDenied, grants.Denials(certainOnly: true), []);
        allowed = allowed.And(grants.Denied.Not());
        return allowed switch
        {
            Truth.False => new AccessDecision(AccessOutcome.ImplicitlyDenied, [], []),
            Truth.True => new AccessDecision(AccessOutcome.Allowed, grants.Allows(path, certainOnly: true), []),
            _ => new AccessDecision(
                AccessOutcome.Unknown,
                [.. grants.Allows(path, certainOnly: false), .. grants.Denials(certainOnly: false)],
                grants.Missing(path)),
        };
    }

    /// <summary>The keys as given, and what follows from who asks and whose the resource is.</summary>
    internal static ConditionKeys KeysOf(RequestPrincipal principal, string? resourceAccount, ConditionKeys given)
    {
        var derived = principal.DerivedKeys();
        if (!string.IsNullOrEmpty(resourceAccount))
            derived["aws:ResourceAccount"] = derived["s3:ResourceAccount"] = new KeyValue(KeyState.Known, [resourceAccount]);
        return given.Over(derived);
    }

    private static (Truth Allowed, GrantPaths Paths) Combine(AppliedPolicies policies, Grants grants, AccessRequest request)
    {
        if (request.Principal.Kind == RequesterKind.Anonymous)
            return (grants.ResourceDirect.And(grants.ResourceControl), GrantPaths.Direct);
        var same = SameAccount(request);
        var within = same == Truth.False ? (Truth.False, GrantPaths.None) : WithinAccount(policies, grants, request.Principal.Kind);
        var across = same == Truth.True ? (Truth.False, GrantPaths.None) : AcrossAccounts(grants, request.Principal.Kind);
        var allowed = same switch
        {
            Truth.True => within.Item1,
            Truth.False => across.Item1,
            // Where nobody knows whose the resource is, only what both ways agree on is certain.
            _ => within.Item1 == across.Item1 ? within.Item1 : Truth.Unknown,
        };
        if (same == Truth.Unknown && allowed == Truth.Unknown && within.Item1 != across.Item1)
            grants.NoteMissing("the resource's account");
        return (allowed.And(grants.ServiceControl).And(grants.ResourceControl), within.Item2 | across.Item2);
    }

    /// <summary>
    /// Within one account the identity's or the resource's policy is enough. What the resource grants to the principal
    /// itself isn't limited by implicit denies; what it grants to the role behind a session is.
    /// </summary>
    private static (Truth Allowed, GrantPaths Paths) WithinAccount(AppliedPolicies policies, Grants grants, RequesterKind kind)
    {
        var limits = grants.Boundary.And(grants.Session);
        var identity = kind == RequesterKind.Root ? Truth.True : grants.Identity;
        var byAccount = policies.ResourceMustAllow ? identity.And(grants.ResourceAccount) : identity;
        var byIdentity = byAccount.And(limits);
        var byEntity = grants.ResourceEntity.And(limits);
        var paths = (byIdentity == Truth.False ? GrantPaths.None : policies.ResourceMustAllow ? GrantPaths.Identity | GrantPaths.Account : GrantPaths.Identity)
            | (grants.ResourceDirect == Truth.False ? GrantPaths.None : GrantPaths.Direct)
            | (byEntity == Truth.False ? GrantPaths.None : GrantPaths.Entity);
        return (grants.ResourceDirect.Or(byEntity).Or(byIdentity), paths);
    }

    /// <summary>Across accounts both sides must allow. The root user has all that its account was given.</summary>
    private static (Truth Allowed, GrantPaths Paths) AcrossAccounts(Grants grants, RequesterKind kind)
    {
        var identity = kind == RequesterKind.Root ? Truth.True : grants.Identity;
        var allowed = identity.And(grants.Boundary).And(grants.Session).And(grants.ResourceAny);
        return (allowed, allowed == Truth.False ? GrantPaths.None : GrantPaths.Identity | GrantPaths.Direct | GrantPaths.Entity | GrantPaths.Account);
    }

    private static Truth SameAccount(AccessRequest request) =>
        request.ResourceAccount is null ? Truth.Unknown : (request.ResourceAccount == request.Principal.Account).ToTruth();

    private static bool IsRootsOwn(AccessRequest request) => request.Principal.Kind == RequesterKind.Root
        && SameAccount(request) != Truth.False
        && _rootKeeps.Contains(request.Action, StringComparer.OrdinalIgnoreCase);
}
