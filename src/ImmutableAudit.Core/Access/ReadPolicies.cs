using ImmutableAudit.Policies;

namespace ImmutableAudit.Access;

/// <summary>The documents that decide what a role may do with a bucket, read; and those that couldn't be.</summary>
internal sealed class ReadPolicies
{
    private readonly List<(string What, string Why)> _unread = [];

    public ReadPolicies(RoleState role, BucketFacts facts)
    {
        var identity = new List<PolicyDocument>();
        foreach (var policy in role.Inline)
            Add(identity, policy.Document, $"inline policy '{policy.Name}'");
        foreach (var policy in role.Attached ?? [])
            Add(identity, policy.Document, $"attached policy '{policy.Arn}'", policy.Reason);
        if (role.AttachedUnknown is { } reason)
            _unread.Add(("attached policies", reason));
        PolicyDocument? boundary = null;
        // A boundary that can't be read only takes away; leaving it out judges the role by more than it has.
        if (role.Boundary is { Document: { } limits } set)
            boundary = Read(limits, PolicyUse.Identity, $"permissions boundary '{set.Arn}'");
        PolicyDocument? bucket = null;
        var isUnread = !facts.Policy.IsKnown;
        if (facts.Policy.Value is { } policyOfBucket)
        {
            bucket = Read(policyOfBucket, PolicyUse.Resource, "the bucket's policy");
            isUnread = bucket is null;
        }
        else if (isUnread)
        {
            _unread.Add(("the bucket's policy", facts.Policy.Unknown!));
        }

        Policies = new AppliedPolicies { Identity = identity, Boundary = boundary, Resource = bucket, ResourceUnread = isUnread };
    }

    public AppliedPolicies Policies { get; }

    public IReadOnlyList<(string What, string Why)> Unread => _unread;

    private void Add(List<PolicyDocument> list, string? json, string name, string? reason = null)
    {
        if (json is null)
            _unread.Add((name, reason ?? "It couldn't be read."));
        else if (Read(json, PolicyUse.Identity, name) is { } document)
            list.Add(document);
    }

    private PolicyDocument? Read(string json, PolicyUse use, string name)
    {
        try
        {
            return PolicyDocument.Parse(json, use, name);
        }
        catch (AuditException e)
        {
            _unread.Add((name, e.Message));
            return null;
        }
    }
}
