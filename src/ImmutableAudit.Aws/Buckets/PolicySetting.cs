using Amazon.S3;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// The bucket's own policy: denials that protect every log in it, beside what others wrote there. It denies nobody to
/// read, replace or delete it, so it locks nobody out.
/// </summary>
internal sealed class PolicySetting(AmazonS3Client client, BucketPlan plan, AwsPlace place) : BucketSetting(client, plan.Name)
{
    private readonly LogLocation _bucket = LogLocation.Parse("s3://" + plan.Name);
    private readonly LogBucketPolicy _policy = LogBucketPolicy.For(
        new LogBucketPolicyPlan
        {
            Log = LogLocation.Parse("s3://" + plan.Name),
            AllLogs = true,
            Partition = Partitions.Of(place.Region),
            Mode = plan.Mode,
            RetentionDays = plan.RetentionDays ?? plan.RetentionYears * 365,
            KeyArn = plan.KmsKeyId?.StartsWith("arn:", StringComparison.Ordinal) == true ? plan.KmsKeyId : null,
            AdministratorArn = plan.AdministratorArn,
            RequireTls = place.Endpoint?.Scheme != "http",
        },
        place.IsAws);

    private string? _seen;

    public override string Name => "Policy";

    public override string ReadAction => "s3:GetBucketPolicy";

    public override string WriteAction => "s3:PutBucketPolicy";

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        _seen = await BucketPolicyDocument.ReadAsync(Client, Bucket, cancellationToken).ConfigureAwait(false);
        var left = _policy.LeftOut.Count == 0 ? null : "Left out: " + string.Join("; ", _policy.LeftOut.Select(one => $"{one.Name} ({one.Reason})")) + ".";
        var isDone = _policy.IsIn(_seen);
        var seen = _seen is null ? "none" : isDone ? $"denials {string.Join(", ", _policy.Sids)}" : "a policy without these denials";
        return new Look(isDone ? Standing.AsAsked : Standing.Lacking, seen, left);
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) =>
        BucketPolicyDocument.WriteAsync(Client, Bucket, _policy.MergeInto(_seen), cancellationToken);

    /// <summary>
    /// Takes our own denials off for the moment, since they deny strengthening the bucket, too. They are put back as the
    /// last step; a run that breaks off in between is seen by Test-AuditBucket and mended by the next.
    /// </summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> LiftAsync(CancellationToken cancellationToken)
    {
        var there = await BucketPolicyDocument.ReadAsync(Client, Bucket, cancellationToken).ConfigureAwait(false);
        if (!LogBucketPolicy.IsProtecting(there, _bucket))
            return false;
        await BucketPolicyDocument.WriteAsync(Client, Bucket, LogBucketPolicy.RemoveFrom(there, _bucket), cancellationToken).ConfigureAwait(false);
        return true;
    }
}
