using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Access;

namespace ImmutableAudit.Aws;

/// <summary>Reads a bucket's configuration, each part by itself: what can't be read is unknown, with the reason.</summary>
internal sealed class BucketInspection(AwsConnection connection, AmazonS3Client client, string bucket)
{
    private static readonly string[] _nobody = [];

    public static async ValueTask<BucketFacts> ReadAsync(string bucket, AwsConnection connection, CancellationToken cancellationToken)
    {
        using var client = connection.S3(ClientUse.Repeatable);
        var inspection = new BucketInspection(connection, client, bucket);
        // Whether there is such a bucket, and whether these credentials are good at all, is no part's affair.
        var isLocked = await inspection.AskAsync(BucketLock.ReadAction, token => inspection.ObjectLockAsync(token), cancellationToken).ConfigureAwait(false);
        return new BucketFacts
        {
            Bucket = bucket,
            Place = connection.Place.Name,
            IsAws = connection.Place.IsAws,
            Partition = connection.Place.Partition,
            ObjectLock = isLocked,
            Versioning = await inspection.AskAsync("s3:GetBucketVersioning", token => inspection.VersioningAsync(token), cancellationToken).ConfigureAwait(false),
            Policy = await inspection.AskAsync("s3:GetBucketPolicy", token => BucketPolicyDocument.ReadAsync(client, bucket, token), cancellationToken).ConfigureAwait(false),
            PublicAccess = await inspection.AskAsync("s3:GetBucketPublicAccessBlock", token => inspection.PublicAccessAsync(token), cancellationToken).ConfigureAwait(false),
            PublicGrants = await inspection.AskAsync("s3:GetBucketAcl", token => inspection.PublicGrantsAsync(token), cancellationToken).ConfigureAwait(false),
            Encryption = await inspection.AskAsync("s3:GetEncryptionConfiguration", token => inspection.EncryptionAsync(token), cancellationToken).ConfigureAwait(false),
            Ownership = await inspection.AskAsync("s3:GetBucketOwnershipControls", token => inspection.OwnershipAsync(token), cancellationToken).ConfigureAwait(false),
            Lifecycle = await inspection.AskAsync("s3:GetLifecycleConfiguration", token => inspection.LifecycleAsync(token), cancellationToken).ConfigureAwait(false),
            Replication = await inspection.AskAsync("s3:GetReplicationConfiguration", token => inspection.ReplicationAsync(token), cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<Fact<T>> AskAsync<T>(string action, Func<CancellationToken, Task<T?>> ask, CancellationToken cancellationToken)
        where T : class
    {
        var call = new AwsCall(connection, action, "s3://" + bucket, bucket);
        try
        {
            return new Fact<T>(await ask(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonServiceException e) when (AwsErrors.IsAboutThis(e))
        {
            var said = AwsErrors.Words(e, call);
            return new Fact<T>(null, AwsErrorCodes.IsDenied(e) ? $"{said}. {AwsErrors.Allow(call)}" : $"{connection.Place.Name} couldn't tell: {said}.");
        }
        catch (Exception e) when (AwsErrors.IsGarbled(e))
        {
            return new Fact<T>(null, AwsErrors.Translate(e, call).Message);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    // Ceph 16.2 doesn't know some questions, and answers another one with 200: then nothing was said.
    private static AmazonS3Exception NothingSaid(string what) => new($"the answer says nothing of {what}") { StatusCode = HttpStatusCode.NotImplemented, ErrorCode = "NotImplemented" };

    private async Task<ObjectLockFact?> ObjectLockAsync(CancellationToken cancellationToken)
    {
        var (isEnabled, period) = await BucketLock.ReadAsync(client, bucket, cancellationToken).ConfigureAwait(false);
        return new ObjectLockFact(isEnabled, period?.Mode, period?.TotalDays);
    }

    private async Task<string?> VersioningAsync(CancellationToken cancellationToken)
    {
        var answer = await client.GetBucketVersioningAsync(new GetBucketVersioningRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
        return string.IsNullOrEmpty(answer.VersioningConfig?.Status?.Value) || answer.VersioningConfig.Status == VersionStatus.Off ? null : answer.VersioningConfig.Status.Value;
    }

    private async Task<PublicAccessFact?> PublicAccessAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetPublicAccessBlockAsync(new GetPublicAccessBlockRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
            var block = answer.PublicAccessBlockConfiguration ?? throw NothingSaid("a public access block");
            return new PublicAccessFact(block.BlockPublicAcls == true, block.IgnorePublicAcls == true, block.BlockPublicPolicy == true, block.RestrictPublicBuckets == true);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchPublicAccessBlockConfiguration")
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<string>?> PublicGrantsAsync(CancellationToken cancellationToken)
    {
        var answer = await client.GetBucketAclAsync(new GetBucketAclRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
        return answer.Grants?.Where(grant => grant.Grantee?.URI is { } uri && (uri.EndsWith("/AllUsers", StringComparison.Ordinal) || uri.EndsWith("/AuthenticatedUsers", StringComparison.Ordinal)))
            .Select(grant => $"{grant.Permission?.Value} for {grant.Grantee.URI[(grant.Grantee.URI.LastIndexOf('/') + 1)..]}").ToList() ?? [.. _nobody];
    }

    private async Task<EncryptionFact?> EncryptionAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetBucketEncryptionAsync(new GetBucketEncryptionRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
            var rule = answer.ServerSideEncryptionConfiguration?.ServerSideEncryptionRules?.Select(each => each.ServerSideEncryptionByDefault).FirstOrDefault(each => each is not null);
            return string.IsNullOrEmpty(rule?.ServerSideEncryptionAlgorithm?.Value)
                ? throw NothingSaid("encryption")
                : new EncryptionFact(rule.ServerSideEncryptionAlgorithm.Value, rule.ServerSideEncryptionKeyManagementServiceKeyId);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "ServerSideEncryptionConfigurationNotFoundError")
        {
            return null;
        }
    }

    private async Task<string?> OwnershipAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetBucketOwnershipControlsAsync(new GetBucketOwnershipControlsRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
            return answer.OwnershipControls?.Rules?.FirstOrDefault()?.ObjectOwnership?.Value is { Length: > 0 } seen ? seen : throw NothingSaid("ownership");
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "OwnershipControlsNotFoundError")
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<LifecycleFact>?> LifecycleAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
            return [.. (answer.Configuration?.Rules ?? []).Select(Lifecycle)];
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchLifecycleConfiguration")
        {
            return [];
        }
    }

    private static LifecycleFact Lifecycle(LifecycleRule rule)
    {
        var (prefix, isNarrowed) = rule.Filter?.LifecycleFilterPredicate switch
        {
            LifecyclePrefixPredicate one => (one.Prefix ?? "", false),
            LifecycleAndOperator all => (all.Operands.OfType<LifecyclePrefixPredicate>().FirstOrDefault()?.Prefix ?? "", true),
            null => (LegacyPrefix(rule), false),
            _ => ("", true),
        };
        return new LifecycleFact(
            rule.Id ?? "(unnamed)",
            rule.Status == LifecycleRuleStatus.Enabled,
            prefix,
            isNarrowed,
            rule.Expiration is { } expiration && (expiration.Days > 0 || expiration.Date is not null),
            rule.NoncurrentVersionExpiration is not null,
            rule.Transitions?.Count > 0 || rule.NoncurrentVersionTransitions?.Count > 0);
    }

#pragma warning disable CS0618 // Rules made long ago have their prefix here.
    private static string LegacyPrefix(LifecycleRule rule) => rule.Prefix ?? "";
#pragma warning restore CS0618

    private async Task<IReadOnlyList<ReplicationFact>?> ReplicationAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.GetBucketReplicationAsync(new GetBucketReplicationRequest { BucketName = bucket }, cancellationToken).ConfigureAwait(false);
            return [.. (answer.Configuration?.Rules ?? []).Select(Replication)];
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "ReplicationConfigurationNotFoundError")
        {
            return [];
        }
    }

    private static ReplicationFact Replication(ReplicationRule rule) => new(
        rule.Id ?? "(unnamed)",
        rule.Status == ReplicationRuleStatus.Enabled,
        rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? LegacyPrefix(rule),
        rule.Filter?.Tag is not null || rule.Filter?.And?.Tags?.Count > 0,
        rule.Destination?.BucketArn ?? "",
        rule.Destination?.AccountId);

#pragma warning disable CS0618
    private static string LegacyPrefix(ReplicationRule rule) => rule.Prefix ?? "";
#pragma warning restore CS0618
}
