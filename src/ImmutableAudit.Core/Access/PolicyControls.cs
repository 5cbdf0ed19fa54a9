using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>
/// What the bucket's own policy stops, found by asking the evaluator whether an administrator of the account, who may do
/// everything by his own policies, could do it; and whom else the policy lets in.
/// </summary>
internal static class PolicyControls
{
    private static readonly PolicyDocument _everything = PolicyDocument.Parse(
        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""", PolicyUse.Identity, "an administrator's policy");

    private const string NobodysAccount = "000000000000";
    private static readonly string[] _writing = ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:PutBucketPolicy"];

    public static IEnumerable<BucketControl> Review(LogLocation log, BucketFacts facts, BucketPromise promise)
    {
        if (!facts.Policy.IsKnown)
        {
            yield return new BucketControl("Policy", ControlStatus.Unknown, "the bucket's policy protects the log", null, facts.Policy.Unknown, null);
            yield break;
        }

        PolicyDocument? policy = null;
        BucketControl? unreadable = null;
        if (facts.Policy.Value is { } json)
        {
            try
            {
                policy = PolicyDocument.Parse(json, PolicyUse.Resource, "the bucket's policy");
            }
            catch (AuditException e)
            {
                unreadable = new BucketControl("Policy", ControlStatus.Unknown, "the bucket's policy protects the log", "a policy that can't be judged", e.Message, null);
            }
        }

        if (unreadable is not null)
        {
            yield return unreadable;
            yield break;
        }

        var account = promise.Account ?? NobodysAccount;
        var bucket = $"arn:{facts.Partition}:s3:::{log.Bucket}";
        var segment = $"{bucket}/{log.KeyPrefix}{Chain.SegmentName.Format(1)}";
        foreach (var (control, expected, action, resource, keys, isNeeded) in Denials(bucket, segment))
        {
            var status = Decide(policy, $"arn:{facts.Partition}:iam::{account}:role/administrator", account, action, resource, keys) switch
            {
                AccessOutcome.ExplicitlyDenied => ControlStatus.Ok,
                AccessOutcome.Unknown => ControlStatus.Unknown,
                _ => isNeeded && facts.IsAws ? ControlStatus.Failed : ControlStatus.Advice,
            };
            yield return new BucketControl(
                control, status, expected, status == ControlStatus.Ok ? "denied to everybody" : policy is null ? "the bucket has no policy" : "not denied by the policy",
                status == ControlStatus.Ok ? null : "Put the bucket's own policy in place with New-AuditBucket, or allow for what this endpoint refuses of it.", null);
        }

        yield return Strangers(policy, facts, promise, bucket, segment);
    }

    private static (string Control, string Expected, string Action, string Resource, ConditionKeys Keys, bool IsNeeded)[] Denials(string bucket, string segment)
    {
        var request = ConditionKeys.Complete.With("aws:SecureTransport", "true");
        return
        [
            ("Policy.Transport", "requests without TLS are denied", "s3:GetObject", segment, ConditionKeys.Complete.With("aws:SecureTransport", "false"), true),
            ("Policy.Delete", "s3:DeleteObject on the log is denied: no delete markers", "s3:DeleteObject", segment, request, true),
            ("Policy.DeleteVersion", "s3:DeleteObjectVersion on the log is denied", "s3:DeleteObjectVersion", segment, request, true),
            ("Policy.Bypass", "s3:BypassGovernanceRetention on the log is denied", "s3:BypassGovernanceRetention", segment, request, true),
        ];
    }

    private static AccessOutcome Decide(PolicyDocument? policy, string administrator, string account, string action, string resource, ConditionKeys keys)
    {
        return PolicyEvaluator.Evaluate(
            new AppliedPolicies { Identity = [_everything], Resource = policy },
            new AccessRequest
            {
                Principal = RequestPrincipal.Role(administrator),
                Action = action,
                Resource = resource,
                ResourceAccount = account,
                Keys = keys,
            }).Outcome;
    }

    // Whom the policy lets in by itself: everybody, or other accounts.
    private static BucketControl Strangers(PolicyDocument? policy, BucketFacts facts, BucketPromise promise, string bucket, string segment)
    {
        const string name = "Policy.Strangers", expected = "the policy gives writing to nobody outside the account, and nothing to everybody";
        var allows = policy?.Statements.Where(statement => statement.Effect == PolicyEffect.Allow).ToList() ?? [];
        if (allows.Count == 0)
            return new BucketControl(name, ControlStatus.Ok, expected, policy is null ? "no policy" : "no statement that allows", null, null);
        var request = new AccessRequest { Principal = RequestPrincipal.Anonymous, Action = "s3:GetObject", Resource = segment, ResourceAccount = promise.Account ?? NobodysAccount, Keys = ConditionKeys.Unknown.With("aws:SecureTransport", "true") };
        foreach (var (action, resource) in new[] { ("s3:GetObject", segment), ("s3:PutObject", segment), ("s3:ListBucket", bucket), ("s3:PutBucketPolicy", bucket) })
        {
            var decision = PolicyEvaluator.Evaluate(new AppliedPolicies { Resource = policy }, request with { Action = action, Resource = resource });
            if (decision.MayBeAllowed)
                return new BucketControl(name, decision.Outcome == AccessOutcome.Allowed ? ControlStatus.Failed : ControlStatus.Unknown, expected,
                    $"{action} {(decision.Outcome == AccessOutcome.Allowed ? "is" : "may be")} open to everybody by {string.Join("; ", decision.Statements)}", "Take that statement out of the bucket's policy.", null);
        }

        var writers = allows.Where(statement => _writing.Any(statement.CoversAction))
            .Select(statement => $"statement {statement.Index}{(statement.Sid is null ? "" : $" ({statement.Sid})")}: {string.Join(", ", statement.Principals?.Entries.Select(entry => entry.Name) ?? ["everybody but some"])}").ToList();
        return writers.Count == 0
            ? new BucketControl(name, ControlStatus.Ok, expected, $"{allows.Count} statements allow, none of them writing", null, null)
            : new BucketControl(name, ControlStatus.Advice, expected, string.Join("; ", writers), $"These are let in to write by the bucket's policy{(facts.IsAws ? "" : " of this endpoint")}: see that each is meant to.", null);
    }
}
