using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Reads a bucket's Object Lock configuration. That there is none is a finding, though S3 makes it an error.</summary>
internal static class BucketLock
{
    public const string ReadAction = "s3:GetBucketObjectLockConfiguration";

    public static async Task<(bool IsEnabled, LockPeriod? Default)> ReadAsync(AmazonS3Client client, string bucket, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetObjectLockConfigurationAsync(
                new GetObjectLockConfigurationRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
            var configuration = answer.ObjectLockConfiguration;
            return (configuration?.ObjectLockEnabled == ObjectLockEnabled.Enabled, Period(configuration?.Rule?.DefaultRetention));
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "ObjectLockConfigurationNotFoundError")
        {
            return (false, null);
        }
    }

    private static LockPeriod? Period(Amazon.S3.Model.DefaultRetention? rule)
    {
        if (rule?.Mode is null || ((rule.Days ?? 0) <= 0 && (rule.Years ?? 0) <= 0))
            return null;
        var mode = rule.Mode == ObjectLockRetentionMode.Compliance ? RetentionMode.Compliance : RetentionMode.Governance;
        return rule.Days > 0 ? new LockPeriod(mode, rule.Days, null) : new LockPeriod(mode, null, rule.Years);
    }
}
