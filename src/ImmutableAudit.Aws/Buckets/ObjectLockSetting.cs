using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>Object Lock: enabled when the bucket is made, and on AWS also later if it keeps versions.</summary>
internal sealed class ObjectLockSetting(AmazonS3Client client, string bucket) : BucketSetting(client, bucket)
{
    public override string Name => "ObjectLock";

    public override bool IsEssential => true;

    public override string ReadAction => BucketLock.ReadAction;

    public override string WriteAction => "s3:PutBucketObjectLockConfiguration";

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        var (isEnabled, _) = await BucketLock.ReadAsync(Client, Bucket, cancellationToken).ConfigureAwait(false);
        return isEnabled ? new Look(Standing.AsAsked, "Enabled") : new Look(Standing.Lacking, "not enabled");
    }

    public override async Task ChangeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await EnableAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "InvalidBucketState" && e.Message.Contains("versioning", StringComparison.OrdinalIgnoreCase))
        {
            await VersioningSetting.EnableAsync(Client, Bucket, cancellationToken).ConfigureAwait(false);
            await EnableAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task EnableAsync(CancellationToken cancellationToken) => await Client.PutObjectLockConfigurationAsync(
        new PutObjectLockConfigurationRequest
        {
            BucketName = Bucket,
            ObjectLockConfiguration = new ObjectLockConfiguration { ObjectLockEnabled = ObjectLockEnabled.Enabled },
        },
        cancellationToken).ConfigureAwait(false);
}
