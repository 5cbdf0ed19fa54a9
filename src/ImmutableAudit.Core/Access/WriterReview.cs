using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>
/// Says which roles of an account can change a log, by the documents of each. Users, and who acts for other accounts, are
/// not looked at; the control says so.
/// </summary>
public sealed class WriterReview(IIdentityService identity)
{
    private const string Name = "Writers";
    private const string Expected = "only writers' roles may put, and no role may delete, unlock or reconfigure";
    private static readonly string[] _onObjects =
        ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:PutObjectLegalHold"];
    private static readonly string[] _onBucket = ["s3:PutBucketPolicy", "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"];

    /// <summary>Looks at every role.</summary>
    /// <param name="log">The log.</param>
    /// <param name="facts">What was read of its bucket.</param>
    /// <param name="account">The bucket's account; null for that of each role.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BucketControl> RunAsync(LogLocation log, BucketFacts facts, string? account, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(facts);
        var found = new List<string>();
        var unread = new List<string>();
        var looked = 0;
        try
        {
            await foreach (var name in identity.ListRolesAsync("/", cancellationToken).ConfigureAwait(false))
            {
                if (await identity.ReadRoleAsync(name, cancellationToken).ConfigureAwait(false) is not { } role)
                    continue;
                looked++;
                var policies = new ReadPolicies(role, facts);
                unread.AddRange(policies.Unread.Select(one => $"{role.Name}: {one.What}"));
                var can = Can(log, role, policies.Policies, account);
                // Putting is what a writer's role is for.
                if (role.Path == WriterRolePlan.RolePath)
                    can.Remove("s3:PutObject");
                if (can.Count > 0)
                    found.Add($"{role.Name} ({string.Join(", ", can)})");
            }
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.AccessDenied or AuditErrors.IdentityCallUnsupported)
        {
            return new BucketControl(Name, ControlStatus.Unknown, Expected, found.Count == 0 ? null : string.Join("; ", found), e.Message, null);
        }

        const string limits = "Roles were looked at, with the bucket's policy; users, other accounts and service control policies weren't.";
        if (found.Count > 0)
            return new BucketControl(Name, ControlStatus.Advice, Expected, string.Join("; ", found), $"See that each is meant to. {limits}", null);
        return unread.Count > 0
            ? new BucketControl(Name, ControlStatus.Unknown, Expected, $"{looked} roles", $"These couldn't be read: {string.Join("; ", unread)}. {limits}", null)
            : new BucketControl(Name, ControlStatus.Ok, Expected, $"{looked} roles, none can", limits, null);
    }

    private static List<string> Can(LogLocation log, RoleState role, AppliedPolicies policies, string? account)
    {
        var principal = RequestPrincipal.Role(role.Arn);
        var bucket = $"arn:{principal.Partition}:s3:::{log.Bucket}";
        var segment = $"{bucket}/{log.KeyPrefix}{Chain.SegmentName.Format(1)}";
        return [.. _onObjects.Select(action => (action, segment)).Concat(_onBucket.Select(action => (action, bucket)))
            .Where(one => PolicyEvaluator.Evaluate(policies, new AccessRequest
            {
                Principal = principal,
                Action = one.action,
                Resource = one.Item2,
                ResourceAccount = account ?? principal.Account,
                Keys = ConditionKeys.Unknown.With("aws:SecureTransport", "true"),
            }).MayBeAllowed)
            .Select(one => one.action)];
    }
}
