using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>Default encryption: SSE-S3, or SSE-KMS where a key was named.</summary>
internal sealed class EncryptionSetting(AmazonS3Client client, string bucket, string? kmsKeyId) : BucketSetting(client, bucket)
{
    public override string Name => "Encryption";

    public override string ReadAction => "s3:GetEncryptionConfiguration";

    public override string WriteAction => "s3:PutEncryptionConfiguration";

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        ServerSideEncryptionByDefault? rule = null;
        try
        {
            var answer = await Client.GetBucketEncryptionAsync(
                new GetBucketEncryptionRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false);
            rule = answer.ServerSideEncryptionConfiguration?.ServerSideEncryptionRules?
                .Select(each => each.ServerSideEncryptionByDefault).FirstOrDefault(each => each is not null);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "ServerSideEncryptionConfigurationNotFoundError")
        {
            return new Look(Standing.Lacking, "none");
        }

        // Ceph 16.2 doesn't know the question, and answers another one with 200.
        var method = rule?.ServerSideEncryptionAlgorithm?.Value;
        if (string.IsNullOrEmpty(method))
            return new Look(Standing.Lacking, null);

        var key = rule!.ServerSideEncryptionKeyManagementServiceKeyId;
        var seen = string.IsNullOrEmpty(key) ? method : $"{method} with key {key}";
        if (kmsKeyId is not null)
            return new Look(method != ServerSideEncryptionMethod.AES256.Value && IsSameKey(key) ? Standing.AsAsked : Standing.Lacking, seen);
        return method == ServerSideEncryptionMethod.AES256.Value
            ? new Look(Standing.AsAsked, seen)
            : new Look(Standing.Stronger, seen,
                "A KMS key is in use, and is kept. Whoever deletes or disables that key makes locked objects unreadable: deny it.");
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) => Client.PutBucketEncryptionAsync(
        new PutBucketEncryptionRequest
        {
            BucketName = Bucket,
            ServerSideEncryptionConfiguration = new ServerSideEncryptionConfiguration
            {
                ServerSideEncryptionRules =
                [
                    new ServerSideEncryptionRule
                    {
                        // Fewer calls to KMS; of no meaning for SSE-S3.
                        BucketKeyEnabled = kmsKeyId is null ? null : true,
                        ServerSideEncryptionByDefault = new ServerSideEncryptionByDefault
                        {
                            ServerSideEncryptionAlgorithm = kmsKeyId is null ? ServerSideEncryptionMethod.AES256 : ServerSideEncryptionMethod.AWSKMS,
                            ServerSideEncryptionKeyManagementServiceKeyId = kmsKeyId,
                        },
                    },
                ],
            },
        },
        cancellationToken);

    // A key may have been named by its id, and be shown by its ARN.
    private bool IsSameKey(string? key) =>
        key is not null
        && (key == kmsKeyId || key.EndsWith("/" + kmsKeyId, StringComparison.Ordinal) || kmsKeyId!.EndsWith("/" + key, StringComparison.Ordinal));
}
