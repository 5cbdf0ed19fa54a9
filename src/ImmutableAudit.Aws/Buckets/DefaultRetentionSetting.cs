using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>The lock that each new object gets without asking.</summary>
internal sealed class DefaultRetentionSetting(AmazonS3Client client, string bucket, LockPeriod asked) : BucketSetting(client, bucket)
{
    private LockPeriod _target;

    public override string Name => "DefaultRetention";

    public override bool IsEssential => true;

    public override string ReadAction => "s3:GetBucketObjectLockConfiguration";

    public override string WriteAction => "s3:PutBucketObjectLockConfiguration";

    /// <summary>What the last look saw; null if there is none or it couldn't be read.</summary>
    public LockPeriod? Seen { get; private set; }

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        Seen = null;
        Seen = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (Seen is not { } inPlace)
        {
            _target = asked;
            return new Look(Standing.Lacking, "none");
        }

        _target = LockPeriod.Strongest(asked, inPlace);
        if (!inPlace.IsAsStrongAs(_target))
            return new Look(Standing.Lacking, inPlace.ToString(), Mixed(inPlace));
        return inPlace.IsAsStrongAs(asked)
            ? new Look(Standing.AsAsked, inPlace.ToString())
            : new Look(Standing.Stronger, inPlace.ToString(), $"Asked was {asked}; what is in place is stronger and stays.");
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) => Client.PutObjectLockConfigurationAsync(
        new PutObjectLockConfigurationRequest
        {
            BucketName = Bucket,
            ObjectLockConfiguration = new ObjectLockConfiguration
            {
                ObjectLockEnabled = ObjectLockEnabled.Enabled,
                Rule = new ObjectLockRule
                {
                    DefaultRetention = new DefaultRetention
                    {
                        Mode = _target.Mode == RetentionMode.Compliance ? ObjectLockRetentionMode.Compliance : ObjectLockRetentionMode.Governance,
                        Days = _target.Days,
                        Years = _target.Years,
                    },
                },
            },
        },
        cancellationToken);

    private async Task<LockPeriod?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Client.GetObjectLockConfigurationAsync(
                new GetObjectLockConfigurationRequest { BucketName = Bucket }, cancellationToken).ConfigureAwait(false);
            var rule = answer.ObjectLockConfiguration?.Rule?.DefaultRetention;
            if (rule?.Mode is null || ((rule.Days ?? 0) <= 0 && (rule.Years ?? 0) <= 0))
                return null;
            var mode = rule.Mode == ObjectLockRetentionMode.Compliance ? RetentionMode.Compliance : RetentionMode.Governance;
            return rule.Days > 0 ? new LockPeriod(mode, rule.Days, null) : new LockPeriod(mode, null, rule.Years);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "ObjectLockConfigurationNotFoundError")
        {
            return null;
        }
    }

    // One of mode and period was stronger already: it is kept, and the other is raised.
    private string? Mixed(LockPeriod inPlace)
    {
        if (_target.IsAsStrongAs(asked))
            return null;
        return _target.Mode != asked.Mode
            ? $"Asked was {asked}; the mode {inPlace.Mode.ToString().ToUpperInvariant()} was in place and is kept, so it is {_target}."
            : $"Asked was {asked}; the longer period of {inPlace} is kept, so it is {_target}.";
    }
}
