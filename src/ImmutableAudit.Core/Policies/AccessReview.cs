namespace ImmutableAudit.Policies;

/// <summary>What a review is made of.</summary>
public sealed record AccessReviewInput
{
    /// <summary>Who is reviewed.</summary>
    public required RequestPrincipal Principal { get; init; }

    /// <summary>The policies that apply to the principal; the resource's policy is that of the log's bucket.</summary>
    public required AppliedPolicies Policies { get; init; }

    /// <summary>The log.</summary>
    public required ReviewedLog Log { get; init; }

    /// <summary>What the principal may do.</summary>
    public required AccessProfile Profile { get; init; }

    /// <summary>What is known of every request's condition keys; by default nothing but what follows from the principal.</summary>
    public ConditionKeys Keys { get; init; } = ConditionKeys.Unknown;
}

/// <summary>
/// Goes through every action of <see cref="ActionCatalog"/> and every kind of resource that the policies tell apart, and
/// says what the principal can do beyond a profile, and by which statement. Nothing that could be allowed is left out.
/// </summary>
public sealed class AccessReview
{
    private readonly AccessReviewInput _input;
    private readonly ReviewScopes _scopes;
    private readonly PolicyDocument[] _documents;
    private readonly Dictionary<string, IReadOnlyList<string>?> _kinds = [];
    private readonly ConditionKeys[] _keys;
    private readonly List<AccessFinding> _expected = [], _excess = [];
    private readonly List<AccessGap> _gaps = [];

    private AccessReview(AccessReviewInput input)
    {
        _input = input;
        if (!input.Log.Location.IsS3)
            throw new AuditException(AuditErrors.LocationInvalid, $"Access is reviewed to logs in buckets, and '{input.Log.Location}' is a directory.", input.Log.Location);
        _scopes = new ReviewScopes(input.Log, input.Principal);
        var policies = input.Policies;
        _documents =
        [
            .. policies.Identity, .. policies.Session ?? [], .. policies.ServiceControl.SelectMany(level => level),
            .. policies.ResourceControl.SelectMany(level => level),
            .. new[] { policies.Boundary, policies.Resource, input.Log.KeyPolicy }.OfType<PolicyDocument>(),
        ];
        if (input.Log.KeyArn is { } key && key.Count(c => c == ':') < 5)
            throw new AuditException(AuditErrors.FormatInvalid, $"'{key}' isn't the ARN of a KMS key.", key);

        // Patterns are told apart as they will be resolved, for each account that a resource may turn out to be of.
        var accounts = new[] { input.Log.Account, input.Principal.Account ?? "", input.Log.KeyArn?.Split(':', 6)[4] };
        _keys = [.. accounts.Distinct().Select(account => PolicyEvaluator.KeysOf(input.Principal, account, input.Keys))];
    }

    /// <summary>Reviews a principal's access to a log.</summary>
    /// <param name="input">What is known.</param>
    /// <param name="cancellationToken">To stop it.</param>
    public static AccessReport Run(AccessReviewInput input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new AccessReview(input).Run(cancellationToken);
    }

    private AccessReport Run(CancellationToken cancellationToken)
    {
        foreach (var action in ActionCatalog.Actions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!MayMatter(action))
                continue;
            foreach (var scope in _scopes.For(action).GroupBy(question => question.Scope))
                Judge(action, scope.Key, [.. scope.SelectMany(question => Answers(action.Name, question))]);
        }

        var others = OtherActions.Find(_input, _documents);
        return new AccessReport(
            _input.Principal.ToString(),
            _input.Profile.Name,
            _expected,
            [.. _excess.Concat(others).OrderBy(finding => finding.Scope == AccessScope.Elsewhere).ThenBy(finding => finding.Escalation is null)
                .ThenByDescending(finding => finding.Outcome).ThenBy(finding => finding.Action, StringComparer.Ordinal)],
            _gaps);
    }

    // What no statement allows need not be asked about, unless the profile wants it and its lack must be told.
    private bool MayMatter(CatalogAction action) => _input.Principal.Kind == RequesterKind.Root
        || _input.Policies.ResourceUnread
        || Enum.GetValues<AccessScope>().Any(scope => _input.Profile.Actions(scope).Contains(action.Name))
        || _documents.SelectMany(document => document.Statements).Any(one => one.Effect == PolicyEffect.Allow && one.CoversAction(action.Name));

    private void Judge(CatalogAction action, AccessScope scope, List<(string Resource, AccessDecision Decision)> answers)
    {
        var permitted = _input.Profile.Permits(action.Name, scope);
        var open = answers.Where(answer => answer.Decision.MayBeAllowed).ToList();
        if (open.Count > 0)
        {
            var best = open.MaxBy(answer => answer.Decision.Outcome);
            (permitted ? _expected : _excess).Add(new AccessFinding
            {
                Action = action.Name,
                Scope = scope,
                Outcome = best.Decision.Outcome,
                Resource = best.Resource,
                OpenedBy = [.. open.SelectMany(answer => answer.Decision.Statements).Where(one => one.Effect == PolicyEffect.Allow).Distinct()],
                MissingKeys = best.Decision.MissingKeys,
                AccessLevel = action.AccessLevel,
                Escalation = Escalations.Why(action.Name),
            });
        }

        if (permitted && _input.Profile.Actions(scope).Contains(action.Name))
        {
            var worst = answers.MinBy(answer => Rank(answer.Decision.Outcome));
            if (worst.Decision.Outcome != AccessOutcome.Allowed)
                _gaps.Add(new AccessGap(action.Name, scope, worst.Decision.Outcome, worst.Resource, worst.Decision.MissingKeys));
        }
    }

    private static int Rank(AccessOutcome outcome) => outcome switch
    {
        AccessOutcome.Allowed => 2,
        AccessOutcome.Unknown => 1,
        _ => 0,
    };

    /// <summary>The decision for one resource of each kind in the question.</summary>
    private IEnumerable<(string Resource, AccessDecision Decision)> Answers(string action, ReviewQuestion question)
    {
        // An action without resources is asked about as "*". Statements that name resources may be taken for it all the same.
        var hasNoResource = question.Resources.Name == "*";
        if (hasNoResource)
            yield return ("*", Decide(action, "*", new SingleResource("*"), question.Scope, inBucket: false));
        if (Kinds(action, question) is { } kinds)
        {
            foreach (var resource in kinds)
            {
                if (question.Outside.Any(set => set.Contains(resource)))
                    continue;
                var decision = Decide(action, resource, new SingleResource(resource), question.Scope, IsInBucket(resource));
                yield return (resource, hasNoResource && resource != "*" ? Uncertain(decision, "what AWS takes for the resource of this action") : decision);
            }

            yield break;
        }

        // Too many kinds to go through one by one: the set as a whole, once as the bucket's and once as others'.
        yield return (question.Resources.Name, Decide(action, question.Resources.Name, question.Resources, question.Scope, inBucket: true));
        if (question.Scope is not (AccessScope.Bucket or AccessScope.Objects))
            yield return (question.Resources.Name, Decide(action, question.Resources.Name, question.Resources, question.Scope, inBucket: false));
    }

    private IReadOnlyList<string>? Kinds(string action, ReviewQuestion question)
    {
        var patterns = new SortedDictionary<string, ArnPattern>(StringComparer.Ordinal);
        foreach (var statement in _documents.SelectMany(document => document.Statements).Where(statement => statement.CoversAction(action)))
        {
            foreach (var text in statement.Resources)
            {
                foreach (var keys in _keys)
                {
                    var (state, pattern) = text.Resolve(keys, null);
                    if (state != TextState.Absent)
                        patterns.TryAdd(pattern, text.FixedArn ?? new ArnPattern(pattern));
                    if (patterns.Count > ResourceSet.MaxPatterns)
                        return null;
                }
            }
        }

        var bucket = ResourceSet.From(_input.Log.BucketArn + "/");
        var bucketItself = ResourceSet.One(_input.Log.BucketArn);
        var name = $"{question.Scope} {question.Resources.Name}\n{string.Join('\n', patterns.Keys)}";
        if (!_kinds.TryGetValue(name, out var kinds))
            _kinds[name] = kinds = question.Resources.Kinds(patterns.Values, [.. question.Outside, bucket, bucketItself]);
        return kinds;
    }

    private AccessDecision Decide(string action, string resource, ResourceProbe probe, AccessScope scope, bool inBucket)
    {
        var log = _input.Log;
        var isKey = scope == AccessScope.Key;
        var request = new AccessRequest
        {
            Principal = _input.Principal,
            Action = action,
            Resource = resource,
            ResourceAccount = inBucket ? log.Account : isKey ? log.KeyArn!.Split(':', 6)[4] : _input.Principal.Account ?? "",
            Keys = _input.Keys,
        };
        var policies = inBucket ? _input.Policies : _input.Policies with
        {
            Resource = isKey ? log.KeyPolicy : null,
            ResourceUnread = false,
            ResourceMustAllow = isKey && log.KeyPolicy is not null,
            ResourceControl = isKey ? _input.Policies.ResourceControl : [],
        };
        var decision = PolicyEvaluator.Evaluate(policies, request, probe);

        // Keys and roles have policies of their own that must allow, too. Where they aren't known, nothing is certain.
        var unseen = action.StartsWith("kms:", StringComparison.Ordinal) && !(isKey && log.KeyPolicy is not null) ? "the key's policy"
            : action.StartsWith("sts:AssumeRole", StringComparison.Ordinal) ? "the role's trust policy" : null;
        return unseen is null ? decision : Uncertain(decision, unseen);
    }

    private static AccessDecision Uncertain(AccessDecision decision, string what) => decision.Outcome == AccessOutcome.Allowed
        ? decision with { Outcome = AccessOutcome.Unknown, MissingKeys = [what] }
        : decision;

    private bool IsInBucket(string resource) =>
        resource == _input.Log.BucketArn || resource.StartsWith(_input.Log.BucketArn + "/", StringComparison.Ordinal);
}
