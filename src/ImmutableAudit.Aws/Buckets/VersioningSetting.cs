using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>Versioning, which Object Lock stands on.</summary>
internal sealed class VersioningSetting(AmazonS3Client client, string bucket) : BucketSetting(client, bucket)
{
    public override string Name => "Versioning";

    public override bool IsEssential => true;

    public override string ReadAction => "s3:GetBucketVersioning";

    public override string WriteAction => "s3:PutBucketVersioning";

    public static Task EnableAsync(AmazonS3Client client, string bucket, CancellationToken cancellationToken) => client.PutBucketVersioningAsync(
        new PutBucketVersioningRequest
        {
            BucketName = bucket,
            VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
        },
        cancellationToken);

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        var answer = await Client.GetBucketVersioningAsync(
            new GetBucketVersioningRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false);
        var status = answer.VersioningConfig?.Status?.Value;
        return status == VersionStatus.Enabled.Value
            ? new Look(Standing.AsAsked, status)
            : new Look(Standing.Lacking, string.IsNullOrEmpty(status) ? "off" : status);
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) => EnableAsync(Client, Bucket, cancellationToken);
}
