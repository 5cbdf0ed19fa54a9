using Amazon.Runtime;
using Amazon.S3;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// The bucket's own policy: denials that protect every log in it, beside what others wrote there. It denies nobody to
/// read, replace or delete it, so it locks nobody out.
/// </summary>
/// <param name="client">A client.</param>
/// <param name="plan">What was asked for.</param>
/// <param name="place">The endpoint.</param>
/// <param name="period">The lock to promise: what was asked for, or what is in place where that is stronger.</param>
internal sealed class PolicySetting(AmazonS3Client client, BucketPlan plan, AwsPlace place, Func<LockPeriod> period) : BucketSetting(client, plan.Name)
{
    private readonly LogLocation _bucket = LogLocation.Parse("s3://" + plan.Name);
    private LogBucketPolicy? _policy;
    private string? _seen;
    private string? _lifted;

    public override string Name => "Policy";

    public override string ReadAction => "s3:GetBucketPolicy";

    public override string WriteAction => "s3:PutBucketPolicy";

    /// <summary>Says what is wrong with what was asked for, before anything is made.</summary>
    /// <exception cref="AuditException"><c>FormatInvalid</c>, <c>RangeInvalid</c>.</exception>
    public void Check() => Make();

    public override async Task<Look> LookAsync(CancellationToken cancellationToken)
    {
        _seen = await BucketPolicyDocument.ReadAsync(Client, Bucket, cancellationToken).ConfigureAwait(false);
        _policy = Make();
        var left = _policy.LeftOut.Count == 0 ? null : "Left out: " + string.Join("; ", _policy.LeftOut.Select(one => $"{one.Name} ({one.Reason})")) + ".";
        var isDone = _policy.IsIn(_seen);
        var seen = _seen is null ? "none" : isDone ? $"denials {string.Join(", ", _policy.Sids)}" : "a policy without these denials";
        return new Look(isDone ? Standing.AsAsked : Standing.Lacking, seen, left);
    }

    public override Task ChangeAsync(CancellationToken cancellationToken) =>
        BucketPolicyDocument.WriteAsync(Client, Bucket, (_policy ?? Make()).MergeInto(_seen), cancellationToken);

    /// <summary>
    /// Takes our own denials off for the moment, since they deny strengthening the bucket, too. The last step puts them
    /// there again, or else <see cref="PutBackAsync"/>.
    /// </summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> LiftAsync(CancellationToken cancellationToken)
    {
        var there = await BucketPolicyDocument.ReadAsync(Client, Bucket, cancellationToken).ConfigureAwait(false);
        if (!LogBucketPolicy.IsProtecting(there, _bucket))
            return false;
        try
        {
            await BucketPolicyDocument.WriteAsync(Client, Bucket, LogBucketPolicy.RemoveFrom(there, _bucket), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not AmazonServiceException service || !AwsErrors.IsAboutThis(service))
        {
            // No answer: it may be off.
            _lifted = there;
            throw;
        }

        _lifted = there;
        return true;
    }

    /// <summary>Puts back what was taken off, where the last step doesn't come about. Not to be cancelled.</summary>
    /// <returns>Whether something was taken off.</returns>
    public async Task<bool> PutBackAsync()
    {
        if (_lifted is null)
            return false;
        await BucketPolicyDocument.WriteAsync(Client, Bucket, _lifted, CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    private LogBucketPolicy Make()
    {
        var promised = period();
        return LogBucketPolicy.For(
            new LogBucketPolicyPlan
            {
                Log = _bucket,
                AllLogs = true,
                Partition = place.Partition,
                Mode = promised.Mode,
                RetentionDays = promised.TotalDays,
                KeyArn = plan.KmsKeyId?.StartsWith("arn:", StringComparison.Ordinal) == true ? plan.KmsKeyId : null,
                AdministratorArn = plan.AdministratorArn,
                RequireTls = place.Endpoint?.Scheme != "http",
            },
            place.IsAws);
    }
}
