using System.Globalization;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>
/// A role for writers: appends to a log. It has what committing takes (put, list versions, read them back) and nothing
/// that deletes, bypasses, tags or configures. The condition keys are in AWS's
/// <see href="https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"/>.
/// </summary>
public sealed record WriterRolePlan : RolePlan
{
    /// <summary>The path of these roles.</summary>
    public const string RolePath = AllRoles + "writer/";

    /// <summary>Whether the writer may also put what is derived from the log: <c>bundles/</c>, <c>tile/</c>, <c>index/</c>, <c>timestamps/</c>.</summary>
    public bool Derived { get; init; }

    /// <summary>
    /// The lock that the writer states with each object, where the bucket gives none by default; null to let it state
    /// none. It may state this lock and no other, neither shorter nor longer.
    /// </summary>
    public StatedRetention? StateRetention { get; init; }

    /// <inheritdoc/>
    public override string Path => RolePath;

    /// <inheritdoc/>
    public override string Description => "Appends to the audit log";

    /// <inheritdoc/>
    public override AccessProfile Profile
    {
        get
        {
            var profile = StateRetention is null ? AccessProfile.Writer : AccessProfile.WriterStatingRetention;
            return KeyArn is null ? profile : profile.WithKey();
        }
    }

    // Putting an object takes a data key; checking it takes decryption.
    private protected override IReadOnlyList<string> KeyUses => ["kms:GenerateDataKey", "kms:Decrypt"];

    internal override IEnumerable<string> UnsureElsewhere()
    {
        foreach (var one in base.UnsureElsewhere())
            yield return one;
        yield return "plain puts only: where the endpoint doesn't tell policies how an object is put, uploads in parts, archives and customer keys pass; they never count as segments";
        if (StateRetention is not null)
            yield return "the stated lock: the endpoint may refuse every lock, or check none";
    }

    private protected override IEnumerable<Statement> Statements(LogArns arns)
    {
        string[] targets = Derived
            ? [arns.Segments, arns.Under("bundles/"), arns.Under("tile/"), arns.Under("index/"), arns.Under("timestamps/")]
            : [arns.Segments];
        yield return new() { Sid = "Append", Actions = ["s3:PutObject"], Resources = targets, Conditions = PlainPutsOnly };
        if (StateRetention is { } stated)
            yield return new() { Sid = "StateRetention", Actions = ["s3:PutObjectRetention"], Resources = targets, Conditions = stated.Conditions() };
        yield return new()
        {
            Sid = "Objects",
            Actions = [.. AccessProfile.Writer.Actions(AccessScope.Objects).Where(action => action != "s3:PutObject")],
            Resources = [arns.Objects],
        };
        yield return new() { Sid = "Listings", Actions = ["s3:ListBucket", "s3:ListBucketVersions"], Resources = [arns.Bucket], Conditions = arns.ListingsOnly };
        yield return new() { Sid = "Configuration", Actions = ["s3:GetBucketObjectLockConfiguration"], Resources = [arns.Bucket] };
    }

    // What a segment may not be, since it would never count or couldn't be read at once: uploaded in parts (whose
    // requests alone have the key with "false"), archived, or encrypted with a key that only the sender knows. A put
    // that leaves the header out has no key, hence IfExists.
    private static IReadOnlyList<Condition> PlainPutsOnly { get; } =
    [
        new("BoolIfExists", "s3:ObjectCreationOperation", "true"),
        new("StringEqualsIfExists", "s3:x-amz-storage-class", "STANDARD"),
        new("Null", "s3:x-amz-server-side-encryption-customer-algorithm", "true"),
    ];
}

/// <summary>The lock that a writer states with each object.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Days">
/// The promised days. Stated as days from the writer's own clock it would fall short by the way of the request; so state a
/// minute more. Up to a day more is let through, however the store rounds.
/// </param>
public sealed record StatedRetention(RetentionMode Mode, int Days)
{
    internal const int MaxDays = 36_500;

    internal IReadOnlyList<Condition> Conditions()
    {
        if (Days is < 1 or > MaxDays)
            throw new AuditException(AuditErrors.RangeInvalid, $"A lock is stated for 1 to {MaxDays:N0} days, and not {Days:N0}.", Days);
        return
        [
            new("StringEquals", "s3:object-lock-mode", Name(Mode)),
            new("NumericGreaterThanEquals", "s3:object-lock-remaining-retention-days", Days.ToString(CultureInfo.InvariantCulture)),
            new("NumericLessThanEquals", "s3:object-lock-remaining-retention-days", (Days + 1).ToString(CultureInfo.InvariantCulture)),
        ];
    }

    internal static string Name(RetentionMode mode) => mode == RetentionMode.Compliance ? "COMPLIANCE" : "GOVERNANCE";
}
