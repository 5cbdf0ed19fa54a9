using ImmutableAudit.Policies;

namespace ImmutableAudit.Access;

/// <summary>
/// A role for auditors: reads a log and changes nothing. Every action stands there by name; the actions and what they
/// can be given on are in AWS's
/// <see href="https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"/>.
/// </summary>
public sealed record ReaderRolePlan : RolePlan
{
    /// <summary>The path of these roles.</summary>
    public const string RolePath = AllRoles + "reader/";

    /// <summary>Whether versions, retention and the bucket's configuration are read, too: what a full verification looks at.</summary>
    public bool Verifier { get; init; }

    /// <inheritdoc/>
    public override string Path => RolePath;

    /// <inheritdoc/>
    public override string Description => $"{(Verifier ? "Verifies" : "Reads")} the audit log, and changes nothing";

    /// <inheritdoc/>
    public override AccessProfile Profile
    {
        get
        {
            var profile = Verifier ? AccessProfile.Verifier : AccessProfile.Reader;
            return KeyArn is null ? profile : profile.WithKey();
        }
    }

    private protected override IEnumerable<Statement> Statements(LogArns arns)
    {
        var profile = Verifier ? AccessProfile.Verifier : AccessProfile.Reader;
        var onBucket = profile.Actions(AccessScope.Bucket);
        yield return new() { Sid = "Objects", Actions = [.. profile.Actions(AccessScope.Objects)], Resources = [arns.Objects] };
        yield return new()
        {
            Sid = "Listings",
            Actions = [.. onBucket.Where(IsListing)],
            Resources = [arns.Bucket],
            Conditions = arns.ListingsOnly,
        };
        // A request for configuration has no prefix, so the condition on it would refuse every one.
        if (Verifier)
            yield return new() { Sid = "Configuration", Actions = [.. onBucket.Where(action => !IsListing(action))], Resources = [arns.Bucket] };
    }

    private static bool IsListing(string action) => action.StartsWith("s3:ListBucket", StringComparison.Ordinal);
}
