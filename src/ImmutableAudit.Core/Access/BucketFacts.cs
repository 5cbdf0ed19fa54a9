using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>Something that was asked of an endpoint: its answer, or why there is none.</summary>
/// <param name="Value">The answer; null says that there is nothing of the kind, unless <see cref="Unknown"/> is set.</param>
/// <param name="Unknown">Why it isn't known, and which permission would tell; null where it is known.</param>
/// <typeparam name="T">The answer's type.</typeparam>
public sealed record Fact<T>(T? Value, string? Unknown = null)
    where T : class
{
    /// <summary>Whether the endpoint answered.</summary>
    public bool IsKnown => Unknown is null;
}

/// <summary>A bucket's Object Lock.</summary>
/// <param name="IsEnabled">Whether it is on.</param>
/// <param name="Mode">The default lock's mode; null for no default.</param>
/// <param name="Days">The default lock's period in days, a year counting as 365; null for no default.</param>
public sealed record ObjectLockFact(bool IsEnabled, RetentionMode? Mode, int? Days);

/// <summary>The four switches of a bucket's public access block.</summary>
/// <param name="BlockAcls">Refuses public ACLs.</param>
/// <param name="IgnoreAcls">Ignores public ACLs.</param>
/// <param name="BlockPolicy">Refuses public policies.</param>
/// <param name="Restrict">Lets nobody outside in by a public policy.</param>
public sealed record PublicAccessFact(bool BlockAcls, bool IgnoreAcls, bool BlockPolicy, bool Restrict);

/// <summary>A bucket's default encryption.</summary>
/// <param name="Method">AES256, aws:kms, aws:kms:dsse.</param>
/// <param name="KeyId">The KMS key; null for none.</param>
public sealed record EncryptionFact(string Method, string? KeyId);

/// <summary>A lifecycle rule.</summary>
/// <param name="Id">Its name.</param>
/// <param name="IsEnabled">Whether it acts.</param>
/// <param name="Prefix">The keys that it is about; empty for all.</param>
/// <param name="IsNarrowed">Whether tags or sizes narrow it further.</param>
/// <param name="ExpiresCurrent">Whether it expires current versions, which places delete markers.</param>
/// <param name="ExpiresNoncurrent">Whether it removes versions that aren't current, once no lock holds them.</param>
/// <param name="Moves">Whether it moves objects to another storage class.</param>
public sealed record LifecycleFact(string Id, bool IsEnabled, string Prefix, bool IsNarrowed, bool ExpiresCurrent, bool ExpiresNoncurrent, bool Moves);

/// <summary>A replication rule.</summary>
/// <param name="Id">Its name.</param>
/// <param name="IsEnabled">Whether it acts.</param>
/// <param name="Prefix">The keys that it is about; empty for all.</param>
/// <param name="IsNarrowed">Whether tags narrow it further.</param>
/// <param name="DestinationBucket">The destination's ARN.</param>
/// <param name="DestinationAccount">The destination's account where the rule names it.</param>
public sealed record ReplicationFact(string Id, bool IsEnabled, string Prefix, bool IsNarrowed, string DestinationBucket, string? DestinationAccount);

/// <summary>What a bucket's configuration says, as read from the endpoint just now.</summary>
public sealed record BucketFacts
{
    /// <summary>The bucket's name.</summary>
    public required string Bucket { get; init; }

    /// <summary>The endpoint in words.</summary>
    public required string Place { get; init; }

    /// <summary>Whether the endpoint is AWS itself.</summary>
    public required bool IsAws { get; init; }

    /// <summary>The partition of AWS, which ARNs name.</summary>
    public string Partition { get; init; } = "aws";

    /// <summary>Object Lock.</summary>
    public required Fact<ObjectLockFact> ObjectLock { get; init; }

    /// <summary>Enabled, Suspended, or null for never switched on.</summary>
    public required Fact<string> Versioning { get; init; }

    /// <summary>The bucket's policy, JSON; null for none.</summary>
    public required Fact<string> Policy { get; init; }

    /// <summary>The public access block; null for none.</summary>
    public required Fact<PublicAccessFact> PublicAccess { get; init; }

    /// <summary>Those of the bucket's ACL's grants that reach everybody or every AWS account, in words; empty for none.</summary>
    public required Fact<IReadOnlyList<string>> PublicGrants { get; init; }

    /// <summary>The default encryption; null for none.</summary>
    public required Fact<EncryptionFact> Encryption { get; init; }

    /// <summary>BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter; null for none.</summary>
    public required Fact<string> Ownership { get; init; }

    /// <summary>The lifecycle rules.</summary>
    public required Fact<IReadOnlyList<LifecycleFact>> Lifecycle { get; init; }

    /// <summary>The replication rules.</summary>
    public required Fact<IReadOnlyList<ReplicationFact>> Replication { get; init; }
}
