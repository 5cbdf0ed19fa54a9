using ImmutableAudit.Storage;

namespace ImmutableAudit.Policies;

/// <summary>The log that access is reviewed to, and what is known of it.</summary>
public sealed record ReviewedLog
{
    /// <summary>Where the log is: a bucket and a prefix.</summary>
    public required LogLocation Location { get; init; }

    /// <summary>The account that the bucket belongs to; null if it isn't known.</summary>
    public string? Account { get; init; }

    /// <summary>The ARN of the KMS key that the objects are encrypted with; null for SSE-S3.</summary>
    public string? KeyArn { get; init; }

    /// <summary>The key's policy; null if it isn't known.</summary>
    public PolicyDocument? KeyPolicy { get; init; }

    /// <summary>The partition of AWS that the bucket is in.</summary>
    public string Partition { get; init; } = "aws";

    internal string BucketArn => $"arn:{Partition}:s3:::{Location.Bucket}";

    internal string ObjectsArn => $"{BucketArn}/{Location.KeyPrefix}";
}
