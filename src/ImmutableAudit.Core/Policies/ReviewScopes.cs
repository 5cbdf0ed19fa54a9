namespace ImmutableAudit.Policies;

/// <summary>One set of resources that an action is asked about.</summary>
/// <param name="Scope">What the set is to the log.</param>
/// <param name="Resources">The set.</param>
/// <param name="Outside">Resources of the set that aren't asked about, since another question does.</param>
internal sealed record ReviewQuestion(AccessScope Scope, ResourceSet Resources, IReadOnlyList<ResourceSet> Outside);

/// <summary>Says about which resources an action must be asked.</summary>
internal sealed class ReviewScopes
{
    private readonly Dictionary<string, ReviewQuestion[]> _byType = [];
    private readonly ReviewedLog _log;
    private readonly string _account;

    public ReviewScopes(ReviewedLog log, RequestPrincipal principal)
    {
        _log = log;
        _account = string.IsNullOrEmpty(principal.Account) ? "*" : principal.Account;
        var bucket = ResourceSet.One(log.BucketArn);
        var objects = ResourceSet.Under(log.ObjectsArn);
        // The key that ends with the prefix's slash is an empty folder's, as consoles make them: nobody's concern.
        var folder = ResourceSet.From(log.ObjectsArn);
        _byType["bucket"] =
        [
            new(AccessScope.Bucket, bucket, []),
            new(AccessScope.Elsewhere, ResourceSet.Buckets(log.Partition), [bucket]),
        ];
        _byType["object"] =
        [
            new(AccessScope.Objects, objects, []),
            new(AccessScope.Elsewhere, ResourceSet.Objects(log.Partition), [folder]),
        ];
        var keys = ResourceSet.Of($"arn:{log.Partition}:kms:*:{_account}:key/*");
        _byType["kms:key"] = log.KeyArn is null
            ? [new(AccessScope.Elsewhere, keys, [])]
            : [new(AccessScope.Key, ResourceSet.One(log.KeyArn), []), new(AccessScope.Elsewhere, keys, [ResourceSet.One(log.KeyArn)])];
        _byType["*"] = [new(AccessScope.Account, ResourceSet.Everything, [])];
    }

    /// <summary>The sets that an action must be asked about.</summary>
    public IEnumerable<ReviewQuestion> For(CatalogAction action)
    {
        if (action.ResourceTypes.Count == 0)
            return _byType["*"];
        return action.ResourceTypes.Select(type => action.Service == "s3" && type is "bucket" or "object" ? type : $"{action.Service}:{type}")
            .SelectMany(Find);
    }

    private ReviewQuestion[] Find(string type)
    {
        if (!_byType.TryGetValue(type, out var questions))
            _byType[type] = questions = [new ReviewQuestion(AccessScope.Account, Arn(type) is var arn && arn == "*" ? ResourceSet.Everything : ResourceSet.Of(arn), [])];
        return questions;
    }

    // Types that aren't told apart are asked about by a wider pattern, which finds more and never less.
    private string Arn(string type)
    {
        var s3 = $"arn:{_log.Partition}:s3:*:{_account}:";
        var iam = $"arn:{_log.Partition}:iam::{_account}:";
        return type switch
        {
            "s3:accesspoint" => s3 + "accesspoint/*",
            "s3:accesspointobject" => s3 + "accesspoint/*/object/*",
            "s3:job" => s3 + "job/*",
            "s3:storagelensconfiguration" => s3 + "storage-lens/*",
            "s3:storagelensgroup" => s3 + "storage-lens-group/*",
            "s3:accessgrantsinstance" => s3 + "access-grants/default",
            "s3:accessgrant" => s3 + "access-grants/default/grant/*",
            "s3:accessgrantslocation" => s3 + "access-grants/default/location/*",
            "s3:multiregionaccesspoint" => $"arn:{_log.Partition}:s3::{_account}:accesspoint/*",
            "s3:multiregionaccesspointrequestarn" => s3 + "async-request/mrap/*",
            "s3:objectlambdaaccesspoint" => $"arn:{_log.Partition}:s3-object-lambda:*:{_account}:accesspoint/*",
            "iam:role" => iam + "role/*",
            "iam:user" => iam + "user/*",
            "iam:group" => iam + "group/*",
            "iam:policy" => iam + "policy/*",
            // A role to take may be in any account.
            "sts:role" => $"arn:{_log.Partition}:iam::*:role/*",
            "kms:alias" => $"arn:{_log.Partition}:kms:*:{_account}:alias/*",
            _ when type.StartsWith("iam:", StringComparison.Ordinal) => iam + "*",
            _ when type.StartsWith("sts:", StringComparison.Ordinal) => $"arn:{_log.Partition}:*:*:*:*",
            _ => "*",
        };
    }
}
