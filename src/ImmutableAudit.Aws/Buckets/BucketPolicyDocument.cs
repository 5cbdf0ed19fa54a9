using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>Reads and writes a bucket's policy.</summary>
internal static class BucketPolicyDocument
{
    /// <summary>The policy, JSON; null for none.</summary>
    public static async Task<string?> ReadAsync(AmazonS3Client client, string bucket, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetBucketPolicyAsync(new GetBucketPolicyRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
            return string.IsNullOrWhiteSpace(answer.Policy) ? null : answer.Policy;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucketPolicy")
        {
            return null;
        }
    }

    /// <summary>Replaces the policy; null takes it off.</summary>
    public static async Task WriteAsync(AmazonS3Client client, string bucket, string? policy, CancellationToken cancellationToken)
    {
        if (policy is null)
            await client.DeleteBucketPolicyAsync(new DeleteBucketPolicyRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
        else
            await client.PutBucketPolicyAsync(new PutBucketPolicyRequest { BucketName = bucket, Policy = policy }, cancellationToken).ConfigureAwait(false);
    }
}
