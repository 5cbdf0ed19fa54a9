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

    public override string ReadAction => BucketLock.ReadAction;

    public override string WriteAction => "s3:PutBucketObjectLockConfiguration";

    /// <summary>What the last look saw; null if there is none or it couldn't be read.</summary>
    public LockPeriod? Seen { get; private set; }

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        Seen = null;
        (_, Seen) = await BucketLock.ReadAsync(Client, Bucket, cancellationToken).ConfigureAwait(false);
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
                    DefaultRetention = new Amazon.S3.Model.DefaultRetention
                    {
                        Mode = _target.Mode == RetentionMode.Compliance ? ObjectLockRetentionMode.Compliance : ObjectLockRetentionMode.Governance,
                        Days = _target.Days,
                        Years = _target.Years,
                    },
                },
            },
        },
        cancellationToken);

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
