using ImmutableAudit.Access;
using ImmutableAudit.Policies;

namespace ImmutableAudit.PowerShell;

/// <summary>A statement of a bucket's policy in short.</summary>
/// <param name="Sid">Its id; null for none.</param>
/// <param name="IsOurs">Whether this module put it.</param>
/// <param name="Effect">Allow or Deny.</param>
/// <param name="Actions">What it is about.</param>
/// <param name="Resources">Of what.</param>
public sealed record AuditPolicyStatement(string? Sid, bool IsOurs, PolicyEffect Effect, IReadOnlyList<string> Actions, IReadOnlyList<string> Resources);

/// <summary>A bucket's policy.</summary>
public sealed record AuditBucketPolicyInfo
{
    // Arrays, since the lists that [..] makes can't be indexed in PowerShell.
    internal AuditBucketPolicyInfo(BucketFacts facts)
    {
        Bucket = facts.Bucket;
        Policy = facts.Policy.Value;
        Statements = Policy is null
            ? []
            : PolicyDocument.Parse(Policy, PolicyUse.Resource, "the bucket's policy").Statements.Select(one => new AuditPolicyStatement(
                one.Sid, LogBucketPolicy.IsOwn(one.Sid), one.Effect, one.Actions.ToArray(), one.ResourcePatterns.ToArray())).ToArray();
    }

    /// <summary>The bucket.</summary>
    public string Bucket { get; }

    /// <summary>The policy, JSON; null for none.</summary>
    public string? Policy { get; }

    /// <summary>Its statements in short.</summary>
    public IReadOnlyList<AuditPolicyStatement> Statements { get; }
}
