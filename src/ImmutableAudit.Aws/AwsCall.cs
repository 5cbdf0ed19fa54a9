namespace ImmutableAudit.Aws;

/// <summary>What was asked of AWS, for messages: which permission it takes, on which thing, over which connection.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Action">The IAM action that allows the call, for example <c>s3:PutObject</c>.</param>
/// <param name="Target">The thing asked for, as people write it.</param>
/// <param name="Bucket">The bucket, if there is one.</param>
internal sealed record AwsCall(AwsConnection Connection, string Action, string Target, string? Bucket)
{
    /// <summary>Whether it was asked of IAM or STS, which know roles and no buckets.</summary>
    public bool IsIdentity => Action.StartsWith("iam:", StringComparison.Ordinal) || Action.StartsWith("sts:", StringComparison.Ordinal);
}
