using Amazon.S3;
using Amazon.S3.Model;

namespace ImmutableAudit.Aws;

/// <summary>
/// Tries to change the bucket's configuration: to exactly what it is, so that success changes nothing. Where there is
/// nothing yet, to something without effect that is taken back. The rest is left to the documents.
/// </summary>
internal sealed class BucketAttempts(AmazonS3Client owner, AmazonS3Client role, Canary canary, Attempts attempts)
{
    private const string WouldHarm = "It would do harm if it succeeded; judged by the documents alone.";
    private const string Unseen = "What is there now can't be read, so it can't be tried without changing it: ";

    private string Bucket => canary.Bucket;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Func<Task>[] all = [PolicyAsync, LockConfigurationAsync, VersioningAsync, LifecycleAsync, PublicAccessAsync];
        foreach (var one in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await one().ConfigureAwait(false);
        }

        attempts.Leave("s3:DeleteBucketPolicy", "take the bucket's policy off", WouldHarm);
        attempts.Leave("s3:PutBucketAcl", "set the bucket's ACL", WouldHarm);
        attempts.Leave("s3:PutReplicationConfiguration", "redirect the bucket's replication", WouldHarm);
        attempts.Leave("s3:DeleteBucket", "remove the bucket", WouldHarm);
    }

    private async Task PolicyAsync()
    {
        const string action = "s3:PutBucketPolicy", what = "set the bucket's policy";
        if (await ReadAsync(action, what, () => BucketPolicyDocument.ReadAsync(owner, Bucket, default)).ConfigureAwait(false) is not (true, var policy))
            return;
        var harmless = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"{{canary.Arn}}nothing"}]}""";
        await attempts.TryAsync(action, what,
            () => role.PutBucketPolicyAsync(new PutBucketPolicyRequest { BucketName = Bucket, Policy = policy ?? harmless }),
            policy is null ? () => owner.DeleteBucketPolicyAsync(new DeleteBucketPolicyRequest { BucketName = Bucket }) : null).ConfigureAwait(false);
    }

    private async Task LockConfigurationAsync()
    {
        const string action = "s3:PutBucketObjectLockConfiguration", what = "set the bucket's Object Lock to what it is";
        if (await ReadAsync(action, what, async () => (await owner.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationRequest { BucketName = Bucket }).ConfigureAwait(false)).ObjectLockConfiguration).ConfigureAwait(false)
            is not (true, { } configuration))
            return;
        await attempts.TryAsync(action, what,
            () => role.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest { BucketName = Bucket, ObjectLockConfiguration = configuration })).ConfigureAwait(false);
    }

    private async Task VersioningAsync()
    {
        const string action = "s3:PutBucketVersioning", what = "switch versioning on, which it is";
        if (await ReadAsync(action, what, async () => (await owner.GetBucketVersioningAsync(new GetBucketVersioningRequest { BucketName = Bucket }).ConfigureAwait(false)).VersioningConfig).ConfigureAwait(false)
            is not (true, { } versioning))
            return;
        if (versioning.Status == VersionStatus.Enabled)
            await attempts.TryAsync(action, what, () => role.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = Bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } })).ConfigureAwait(false);
        else
            attempts.Leave(action, what, WouldHarm);
    }

    private async Task LifecycleAsync()
    {
        const string action = "s3:PutLifecycleConfiguration", what = "set lifecycle rules that do nothing new";
        if (await ReadAsync(action, what, LifecycleRulesAsync).ConfigureAwait(false) is not (true, var rules))
            return;
        var asked = rules ?? new LifecycleConfiguration
        {
            Rules = [new LifecycleRule { Id = "proof", Status = LifecycleRuleStatus.Disabled, Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = canary.Folder + "nothing" } }, Expiration = new LifecycleRuleExpiration { Days = 36_500 } }],
        };
        await attempts.TryAsync(action, what,
            () => role.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest { BucketName = Bucket, Configuration = asked }),
            rules is null ? () => owner.DeleteLifecycleConfigurationAsync(new DeleteLifecycleConfigurationRequest { BucketName = Bucket }) : null).ConfigureAwait(false);
    }

    private async Task<LifecycleConfiguration?> LifecycleRulesAsync()
    {
        try
        {
            var answer = await owner.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = Bucket }).ConfigureAwait(false);
            return answer.Configuration is { Rules.Count: > 0 } some ? some : null;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchLifecycleConfiguration")
        {
            return null;
        }
    }

    private async Task PublicAccessAsync()
    {
        const string action = "s3:PutBucketPublicAccessBlock", what = "set the public access block to what it is";
        if (await ReadAsync(action, what, async () => (await owner.GetPublicAccessBlockAsync(new GetPublicAccessBlockRequest { BucketName = Bucket }).ConfigureAwait(false)).PublicAccessBlockConfiguration).ConfigureAwait(false)
            is not (true, { } block))
            return;
        await attempts.TryAsync(action, what, () => role.PutPublicAccessBlockAsync(new PutPublicAccessBlockRequest { BucketName = Bucket, PublicAccessBlockConfiguration = block })).ConfigureAwait(false);
    }

    private async Task<(bool IsKnown, T? Value)> ReadAsync<T>(string action, string what, Func<Task<T?>> read)
        where T : class
    {
        try
        {
            return (true, await read().ConfigureAwait(false));
        }
        catch (AmazonS3Exception e) when (AwsErrors.IsAboutThis(e))
        {
            attempts.Leave(action, what, Unseen + (e.ErrorCode ?? "no code") + ".");
            return (false, null);
        }
        catch (Exception e) when (AwsErrors.IsGarbled(e))
        {
            attempts.Leave(action, what, Unseen + "the answer can't be understood.");
            return (false, null);
        }
    }
}
