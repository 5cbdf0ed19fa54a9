namespace ImmutableAudit.Policies;

/// <summary>On which side a request is, or may be, allowed.</summary>
[Flags]
internal enum GrantPaths
{
    None = 0,

    /// <summary>By the identity's own policies.</summary>
    Identity = 1,

    /// <summary>By the resource's policy, to the principal itself.</summary>
    Direct = 2,

    /// <summary>By the resource's policy, to the role or user behind the session.</summary>
    Entity = 4,

    /// <summary>By the resource's policy, to the account.</summary>
    Account = 8,
}

/// <summary>What each of the policies says of one request, before it is put together.</summary>
internal sealed class Grants
{
    private readonly List<(DecidingStatement Statement, GrantPaths Opens, IReadOnlyCollection<string> Missing)> _hits = [];
    private readonly List<string> _notes = [];
    private Truth _resourceDenied;
    private Truth _elsewhereDenied;

    public Grants(AppliedPolicies policies, StatementMatcher matcher, RequesterKind kind)
    {
        Identity = Allowed(policies.Identity, PolicyRole.Identity, matcher);
        // A boundary is set on users and roles; the root user of an account has none.
        Boundary = policies.Boundary is null || kind == RequesterKind.Root
            ? Truth.True
            : Allowed([policies.Boundary], PolicyRole.Boundary, matcher);
        Session = policies.Session is null ? Truth.True : Allowed(policies.Session, PolicyRole.Session, matcher);
        ServiceControl = Levels(policies.ServiceControl, PolicyRole.ServiceControl, matcher);
        ResourceControl = Levels(policies.ResourceControl, PolicyRole.ResourceControl, matcher);
        if (policies.Resource is { } document)
            ReadResource(document, matcher);
        if (policies.ResourceUnread)
        {
            ResourceDirect = ResourceDirect.Or(Truth.Unknown);
            ResourceEntity = ResourceEntity.Or(Truth.Unknown);
            ResourceAccount = ResourceAccount.Or(Truth.Unknown);
            _resourceDenied = _resourceDenied.Or(Truth.Unknown);
            _notes.Add("the resource's policy");
        }
    }

    public Truth Identity { get; }

    public Truth Boundary { get; }

    public Truth Session { get; }

    public Truth ServiceControl { get; }

    public Truth ResourceControl { get; }

    public Truth ResourceDirect { get; private set; }

    public Truth ResourceEntity { get; private set; }

    public Truth ResourceAccount { get; private set; }

    public Truth ResourceAny => ResourceDirect.Or(ResourceEntity).Or(ResourceAccount);

    public Truth Denied => _elsewhereDenied.Or(_resourceDenied);

    /// <summary>The resource's own denials don't count for this request.</summary>
    public void IgnoreResourceDenials()
    {
        _resourceDenied = Truth.False;
        _hits.RemoveAll(hit => hit.Statement is { Role: PolicyRole.Resource, Effect: PolicyEffect.Deny });
    }

    public void NoteMissing(string what) => _notes.Add(what);

    public IReadOnlyList<DecidingStatement> Denials(bool certainOnly) =>
        [.. _hits.Select(hit => hit.Statement).Where(one => one.Effect == PolicyEffect.Deny && (one.IsCertain || !certainOnly))];

    /// <summary>The statements that open what is allowed; limits (boundary, session, SCP) open nothing.</summary>
    public IReadOnlyList<DecidingStatement> Allows(GrantPaths paths, bool certainOnly) =>
        [.. _hits.Where(hit => (hit.Opens & paths) != 0 && (hit.Statement.IsCertain || !certainOnly)).Select(hit => hit.Statement)];

    /// <summary>What isn't known of the statements that could decide.</summary>
    public IReadOnlyList<string> Missing(GrantPaths paths) =>
        [.. _hits.Where(hit => hit.Opens == GrantPaths.None || (hit.Opens & paths) != 0).SelectMany(hit => hit.Missing).Concat(_notes)
            .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];

    private Truth Levels(IReadOnlyList<IReadOnlyList<PolicyDocument>> levels, PolicyRole role, StatementMatcher matcher) =>
        levels.Aggregate(Truth.True, (all, level) => all.And(Allowed(level, role, matcher)));

    private Truth Allowed(IReadOnlyList<PolicyDocument> documents, PolicyRole role, StatementMatcher matcher)
    {
        var allowed = Truth.False;
        foreach (var document in documents)
        {
            foreach (var hit in matcher.Match(document))
            {
                Keep(document, role, hit);
                if (hit.Statement.Effect == PolicyEffect.Allow)
                    allowed = allowed.Or(hit.Matches);
                else
                    _elsewhereDenied = _elsewhereDenied.Or(hit.Matches);
            }
        }

        return allowed;
    }

    private void ReadResource(PolicyDocument document, StatementMatcher matcher)
    {
        foreach (var hit in matcher.Match(document))
        {
            Keep(document, PolicyRole.Resource, hit);
            if (hit.Statement.Effect == PolicyEffect.Deny)
            {
                _resourceDenied = _resourceDenied.Or(hit.Matches);
                continue;
            }

            ResourceDirect = ResourceDirect.Or(hit.Matches.And(hit.Principal.Direct));
            ResourceEntity = ResourceEntity.Or(hit.Matches.And(hit.Principal.Entity));
            ResourceAccount = ResourceAccount.Or(hit.Matches.And(hit.Principal.Account));
        }
    }

    private void Keep(PolicyDocument document, PolicyRole role, StatementMatcher.Hit hit) => _hits.Add((
        new DecidingStatement(document.Name, role, hit.Statement.Index, hit.Statement.Sid, hit.Statement.Effect, hit.Matches == Truth.True) { Source = hit.Statement },
        Opens(role, hit),
        hit.Missing));

    // Denials and limits open nothing.
    private static GrantPaths Opens(PolicyRole role, StatementMatcher.Hit hit) => (hit.Statement.Effect, role) switch
    {
        (PolicyEffect.Allow, PolicyRole.Identity) => GrantPaths.Identity,
        (PolicyEffect.Allow, PolicyRole.Resource) => Where(hit.Principal.Direct, GrantPaths.Direct)
            | Where(hit.Principal.Entity, GrantPaths.Entity) | Where(hit.Principal.Account, GrantPaths.Account),
        _ => GrantPaths.None,
    };

    private static GrantPaths Where(Truth holds, GrantPaths path) => holds == Truth.False ? GrantPaths.None : path;
}
