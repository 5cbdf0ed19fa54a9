using System.Globalization;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>The statements of a log's bucket policy. Every one denies; none is about reading or writing the policy itself.</summary>
internal sealed class BucketStatements(LogBucketPolicyPlan plan, LogArns arns, string sidPrefix, bool isAws)
{
    private const string Unfilled = "this endpoint doesn't tell policies what the statement asks about, so it would deny nothing";

    private readonly List<Statement> _statements = [];
    private readonly List<LeftOutStatement> _leftOut = [];

    // A pattern's star takes in slashes, so this is every log's folder of segments, and what else ends like it.
    private string Segments => plan.AllLogs ? arns.Under("*segments/") : arns.Segments;

    public (IReadOnlyList<Statement> Statements, IReadOnlyList<LeftOutStatement> LeftOut) Make()
    {
        Transport();
        Add("NoDelete", ["s3:DeleteObject", "s3:DeleteObjectVersion"], [arns.Objects]);
        Add("NoBypass", ["s3:BypassGovernanceRetention"], [arns.Objects]);
        Add("KeepBucket", ["s3:DeleteBucket"], [arns.Bucket]);
        Configuration();
        Retention();
        PutsOfSegments();
        return (_statements, _leftOut);
    }

    private void Transport()
    {
        // Some endpoints give the key to requests over TLS only, so without IfExists the others would pass. The actions
        // stand here one by one: "s3:*" would take the policy's own with it, and lock out the owner of an endpoint without TLS.
        if (plan.RequireTls)
        {
            Add(
                "TlsOnly",
                ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:ListBucket*", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                [arns.Bucket, arns.Objects],
                new Condition("BoolIfExists", "aws:SecureTransport", "false"));
        }
    }

    private void Configuration()
    {
        List<string> actions =
        [
            "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutBucketAcl",
            "s3:PutBucketPublicAccessBlock",
        ];
        string[] unknownElsewhere = ["s3:PutEncryptionConfiguration", "s3:PutBucketOwnershipControls"];
        if (isAws)
            actions.AddRange(unknownElsewhere);
        else
            _leftOut.Add(new("KeepConfiguration: " + string.Join(", ", unknownElsewhere), "endpoints other than AWS refuse a whole document for actions that they don't know"));
        Add("KeepConfiguration", actions, [arns.Bucket], ButAdministrator("KeepConfiguration"));
    }

    private void Retention()
    {
        if (plan.RetentionDays is not { } days)
            return;
        if (!isAws)
        {
            _leftOut.Add(new("LockAsPromised", Unfilled + "; whoever may put can state a shorter lock here, and a verification finds it"));
            return;
        }

        // A put that states no lock has no such key, passes here, and gets the bucket's default.
        string[] actions = ["s3:PutObject", "s3:PutObjectRetention"];
        var exempt = ButAdministrator(null);
        Add("LockAsPromised", actions, [Segments], [new("NumericLessThan", "s3:object-lock-remaining-retention-days", days.ToString(CultureInfo.InvariantCulture)), .. exempt]);
        if (plan.Mode == RetentionMode.Compliance)
            Add("ModeAsPromised", actions, [Segments], [new("StringEquals", "s3:object-lock-mode", StatedRetention.Name(RetentionMode.Governance)), .. exempt]);
    }

    private void PutsOfSegments()
    {
        if (!plan.RequireCondition)
            _leftOut.Add(new("ConditionOnly", "it wasn't asked for"));
        // The requests that make an object have the key with "true"; the parts of an upload, which take no condition, with
        // "false". Bool is right: where the key is never filled, IfExists would deny every put.
        if (plan.RequireCondition)
            OnPut("ConditionOnly", new("Null", "s3:if-none-match", "true"), new("Null", "s3:if-match", "true"), new("Bool", "s3:ObjectCreationOperation", "true"));
        OnPut("NoParts", new Condition("Bool", "s3:ObjectCreationOperation", "false"));
        OnPut("NoCustomerKeys", new Condition("Null", "s3:x-amz-server-side-encryption-customer-algorithm", "false"));
        // A negated comparison holds without the key, so a put that says nothing would be refused: hence Null beside it.
        OnPut("StandardOnly", new("Null", "s3:x-amz-storage-class", "false"), new("StringNotEquals", "s3:x-amz-storage-class", "STANDARD"));
        const string keyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
        if (plan.KeyArn is { } key)
            OnPut("NoForeignKeys", new("Null", keyId, "false"), new("StringNotEquals", keyId, key));
        else
            OnPut("NoForeignKeys", new Condition("StringLike", "s3:x-amz-server-side-encryption", "aws:kms*"));
    }

    private void OnPut(string name, params Condition[] conditions)
    {
        if (isAws)
            Add(name, ["s3:PutObject"], [Segments], conditions);
        else
            _leftOut.Add(new(name, Unfilled));
    }

    private Condition[] ButAdministrator(string? name)
    {
        if (plan.AdministratorArn is not { } administrator)
            return [];
        if (isAws)
            return [new("ArnNotEquals", "aws:PrincipalArn", administrator)];
        if (name is not null)
            _leftOut.Add(new($"{name}: exemption of {administrator}", "this endpoint may not tell policies who asks, so the statement would deny nothing; it holds for everybody until the policy is taken off"));
        return [];
    }

    private void Add(string name, IReadOnlyList<string> actions, IReadOnlyList<string> resources, params Condition[] conditions) =>
        _statements.Add(new() { Sid = sidPrefix + name, Denies = true, Actions = actions, Resources = resources, Conditions = conditions });
}
