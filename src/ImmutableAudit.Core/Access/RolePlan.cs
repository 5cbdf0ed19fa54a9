using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>A role for one log: what it may do, who may take it, and how it is called.</summary>
public abstract record RolePlan
{
    /// <summary>The path under which all roles of this module are.</summary>
    public const string AllRoles = "/immutableaudit/";

    /// <summary>What the role's one inline policy is called.</summary>
    public const string PolicyName = "ImmutableAudit";

    // Outside this package nobody could keep the promise that only listed actions are allowed.
    private protected RolePlan()
    {
    }

    /// <summary>The role's name.</summary>
    public required string Name { get; init; }

    /// <summary>The log.</summary>
    public required LogLocation Log { get; init; }

    /// <summary>Who may take the role.</summary>
    public required TrustPlan Trust { get; init; }

    /// <summary>The partition of AWS that bucket and role are in.</summary>
    public string Partition { get; init; } = "aws";

    /// <summary>The longest session in seconds, 3,600 to 43,200; null for the service's default.</summary>
    public int? MaxSessionSeconds { get; init; }

    /// <summary>Ranges of addresses (CIDR) that the role works from; empty for all.</summary>
    public IReadOnlyList<string> SourceRanges { get; init; } = [];

    /// <summary>The ARN of the KMS key that the log's objects are encrypted with; null for SSE-S3.</summary>
    public string? KeyArn { get; init; }

    /// <summary>Whether a permissions boundary that says the same is set, so that a policy added later opens nothing.</summary>
    public bool Boundary { get; init; }

    /// <summary>Actions that the endpoint refuses in a document, and that are left out.</summary>
    public IReadOnlyCollection<string> LeaveOut { get; init; } = [];

    /// <summary>The role's path.</summary>
    public abstract string Path { get; }

    /// <summary>What the role is for, in words.</summary>
    public abstract string Description { get; }

    /// <summary>What the role may do, for a review.</summary>
    public abstract AccessProfile Profile { get; }

    /// <summary>Makes the documents.</summary>
    /// <exception cref="AuditException"><c>FormatInvalid</c>, <c>RangeInvalid</c>, <c>PolicyInvalid</c> or <c>LocationInvalid</c>.</exception>
    public RoleDocuments Build()
    {
        RoleChecks.Name(Name);
        RoleChecks.Session(MaxSessionSeconds);
        RoleChecks.Key(KeyArn);
        var arns = new LogArns(Log, Partition);
        var trust = Trust.ToDocument(Partition);
        var ranges = SourceRanges.Select(RoleChecks.Range).Distinct(StringComparer.Ordinal).ToArray();
        var from = ranges.Length == 0 ? null : new Condition("IpAddress", "aws:SourceIp", ranges);

        var wanted = Statements(arns).Select(one => from is null ? one : one with { Conditions = [.. one.Conditions, from] }).ToList();
        if (KeyArn is not null)
            wanted.AddRange(KeyStatements(KeyArn, from));
        var leaveOut = new HashSet<string>(LeaveOut, StringComparer.OrdinalIgnoreCase);
        var kept = wanted.Select(one => one with { Actions = [.. one.Actions.Where(action => !leaveOut.Contains(action))] })
            .Where(one => one.Actions.Count > 0).ToList();
        if (kept.Count == 0)
            throw new AuditException(AuditErrors.PolicyInvalid, $"Nothing would be left of the role '{Name}': every action was to be left out.", Name);
        return new RoleDocuments(
            trust, PolicyOutput.Document(kept), [.. wanted.SelectMany(one => one.Actions).Where(leaveOut.Contains).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>What rests on condition keys that endpoints other than AWS may never fill, and what then happens.</summary>
    internal virtual IEnumerable<string> UnsureElsewhere()
    {
        if (Trust.ExternalId is not null)
            yield return "the external id: where the endpoint doesn't tell policies what was given, nobody can take the role";
        if (Trust.RequireMfa)
            yield return "the second factor: where the endpoint doesn't tell policies of it, nobody can take the role";
    }

    private protected abstract IEnumerable<Statement> Statements(LogArns arns);

    private protected virtual IReadOnlyList<string> KeyUses => ["kms:Decrypt"];

    // Where S3 uses the key for somebody, the request comes from S3 and not from his address: a range would refuse it. S3
    // itself was asked from the range, or it wouldn't have come so far; so it is enough to let nobody but S3 use the key.
    private IEnumerable<Statement> KeyStatements(string key, Condition? from)
    {
        if (from is null)
            return [new() { Sid = "Key", Actions = [.. KeyUses, "kms:DescribeKey"], Resources = [key] }];
        return
        [
            new() { Sid = "Key", Actions = KeyUses, Resources = [key], Conditions = [new("StringLike", "kms:ViaService", "s3.*")] },
            new() { Sid = "KeyDescription", Actions = ["kms:DescribeKey"], Resources = [key], Conditions = [from] },
        ];
    }
}

/// <summary>The documents of a role.</summary>
/// <param name="Trust">Who may take it.</param>
/// <param name="Permissions">What it may do: its inline policy, and its boundary if it has one.</param>
/// <param name="LeftOut">Actions that belong there and were left out, as <see cref="RolePlan.LeaveOut"/> said.</param>
public sealed record RoleDocuments(string Trust, string Permissions, IReadOnlyList<string> LeftOut);
