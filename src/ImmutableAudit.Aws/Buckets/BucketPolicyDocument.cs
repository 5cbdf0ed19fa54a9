using System.Net;
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
            // The SDK hands out the body of some 404 answers as if it were the policy.
            if (answer.HttpStatusCode == HttpStatusCode.NotFound)
                return null;
            if (answer.HttpStatusCode != HttpStatusCode.OK)
                throw new AmazonS3Exception($"the policy was answered by HTTP {(int)answer.HttpStatusCode}") { StatusCode = answer.HttpStatusCode };
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
