namespace ImmutableAudit.Policies;

/// <summary>What an action is done to, as seen from a log.</summary>
public enum AccessScope
{
    /// <summary>The log's bucket itself.</summary>
    Bucket,

    /// <summary>The log's objects, existing or future.</summary>
    Objects,

    /// <summary>The KMS key that the log's objects are encrypted with.</summary>
    Key,

    /// <summary>Anything of the account: roles, users, policies, access points, jobs, settings.</summary>
    Account,

    /// <summary>Other buckets, objects and keys than the log's.</summary>
    Elsewhere,
}

/// <summary>
/// What somebody in a given task may do with a log, action by action. Judging is done against such a list and never by
/// access levels: AWS counts <c>PutObjectRetention</c> as a plain write, and <c>GetDataAccess</c>, which hands out
/// credentials, as a read.
/// </summary>
public sealed class AccessProfile
{
    private static readonly string[] _harmless = ["sts:GetCallerIdentity"];

    private readonly Dictionary<AccessScope, HashSet<string>> _actions;

    private AccessProfile(string name, Dictionary<AccessScope, HashSet<string>> actions) => (Name, _actions) = (name, actions);

    /// <summary>Reads the log's records, and nothing else.</summary>
    public static AccessProfile Reader { get; } = Create("reader", ["s3:ListBucket"], ["s3:GetObject"], []);

    /// <summary>Reads everything that a verification looks at: versions, retention, and the bucket's configuration.</summary>
    public static AccessProfile Verifier { get; } = Create(
        "verifier",
        [
            "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation", "s3:GetBucketVersioning",
            "s3:GetBucketObjectLockConfiguration", "s3:GetLifecycleConfiguration", "s3:GetEncryptionConfiguration",
            "s3:GetBucketPolicy", "s3:GetBucketPolicyStatus", "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketOwnershipControls", "s3:GetReplicationConfiguration",
        ],
        [
            "s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:GetObjectLegalHold",
            "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes",
        ],
        []);

    /// <summary>Appends to the log: puts segments and reads back what came of it.</summary>
    public static AccessProfile Writer { get; } = Create(
        "writer",
        ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketObjectLockConfiguration"],
        ["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:GetObjectLegalHold"],
        []);

    /// <summary>The same where the writer states each object's lock itself, since the bucket gives none by default.</summary>
    public static AccessProfile WriterStatingRetention { get; } = Create(
        "writer", Writer.Actions(AccessScope.Bucket), [.. Writer.Actions(AccessScope.Objects), "s3:PutObjectRetention"], []);

    /// <summary>The profile's name.</summary>
    public string Name { get; }

    /// <summary>The actions that it wants in a scope.</summary>
    /// <param name="scope">The scope.</param>
    public IReadOnlyCollection<string> Actions(AccessScope scope) => _actions.TryGetValue(scope, out var list) ? list : [];

    /// <summary>A profile of your own.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="bucketActions">What may be done to the bucket.</param>
    /// <param name="objectActions">What may be done to the log's objects.</param>
    /// <param name="keyActions">What may be done with the log's KMS key.</param>
    public static AccessProfile Create(
        string name, IEnumerable<string> bucketActions, IEnumerable<string> objectActions, IEnumerable<string> keyActions) => new(name, new()
        {
            [AccessScope.Bucket] = new(bucketActions, StringComparer.OrdinalIgnoreCase),
            [AccessScope.Objects] = new(objectActions, StringComparer.OrdinalIgnoreCase),
            [AccessScope.Key] = new(keyActions, StringComparer.OrdinalIgnoreCase),
        });

    /// <summary>The same for a log whose objects are encrypted with a KMS key. Who puts objects needs data keys, too.</summary>
    public AccessProfile WithKey()
    {
        string[] more = Permits("s3:PutObject", AccessScope.Objects)
            ? ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
            : ["kms:Decrypt", "kms:DescribeKey"];
        return Create(Name, Actions(AccessScope.Bucket), Actions(AccessScope.Objects), [.. Actions(AccessScope.Key), .. more]);
    }

    /// <summary>Whether the profile has the action in this scope.</summary>
    internal bool Permits(string action, AccessScope scope) =>
        (_actions.TryGetValue(scope, out var list) && list.Contains(action)) || _harmless.Contains(action);
}
