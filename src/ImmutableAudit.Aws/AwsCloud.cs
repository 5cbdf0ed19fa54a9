using Amazon.S3;
using ImmutableAudit.Access;
using ImmutableAudit.Aws.Identity;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>What AWS, or an S3-compatible server, does for a log. The only type of this assembly that others know.</summary>
public sealed class AwsCloud : ICloud
{
    private readonly AwsTimeouts _timeouts;

    /// <summary>Creates it. Makes no request.</summary>
    public AwsCloud()
        : this(AwsTimeouts.Default)
    {
    }

    internal AwsCloud(AwsTimeouts timeouts) => _timeouts = timeouts;

    /// <inheritdoc/>
    public IObjectStore OpenStore(LogLocation location, CloudConnection connection)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(connection);
        if (!location.IsS3)
            throw new ArgumentException("Not a location in a bucket.", nameof(location));
        return new S3Store(location, AwsConnection.Open(connection, "S3", _timeouts));
    }

    /// <inheritdoc/>
    public async ValueTask<ISealKey> OpenKmsKeyAsync(string keyId, CloudConnection connection, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(keyId);
        ArgumentNullException.ThrowIfNull(connection);

        // A key's ARN says where it is: arn:aws:kms:REGION:ACCOUNT:key/ID. A region that was given goes before.
        if (connection.Region is null && keyId.Split(':') is ["arn", _, "kms", { Length: > 0 } region, ..])
            connection = connection with { Region = region };

        var opened = AwsConnection.Open(connection, "KMS", _timeouts);
        try
        {
            return await KmsSealKey.OpenAsync(keyId, opened, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BucketReport> CreateBucketAsync(BucketPlan plan, CloudConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(connection);
        using var opened = AwsConnection.Open(connection, "S3", _timeouts);
        return await BucketSetup.RunAsync(plan, opened, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<BucketFacts> ReadBucketAsync(string bucket, CloudConnection connection, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bucket);
        ArgumentNullException.ThrowIfNull(connection);
        using var opened = AwsConnection.Open(connection, "S3", _timeouts);
        return await BucketInspection.ReadAsync(bucket, opened, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> PutBucketPolicyAsync(string bucket, string? policy, CloudConnection connection, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bucket);
        ArgumentNullException.ThrowIfNull(connection);
        using var opened = AwsConnection.Open(connection, "S3", _timeouts);
        using var client = opened.S3(ClientUse.Repeatable);
        var call = new AwsCall(opened, policy is null ? "s3:DeleteBucketPolicy" : "s3:PutBucketPolicy", "s3://" + bucket, bucket);
        try
        {
            await BucketPolicyDocument.WriteAsync(client, bucket, policy, cancellationToken).ConfigureAwait(false);
            call = call with { Action = "s3:GetBucketPolicy" };
            return await BucketPolicyDocument.ReadAsync(client, bucket, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode is "MalformedPolicy" or "InvalidPolicyDocument")
        {
            throw new AuditException(AuditErrors.PolicyInvalid, $"{opened.Place.Name} doesn't take the policy of '{bucket}': {AwsErrors.Words(e, call)}.", bucket, e);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    /// <inheritdoc/>
    public IIdentityService OpenIdentity(CloudConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return IdentityService.Open(connection, _timeouts);
    }

    /// <inheritdoc/>
    public async ValueTask<ProbeReport> ProbeAsync(ProbePlan plan, CloudConnection owner, CloudConnection role, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(role);
        using var owners = AwsConnection.Open(owner, "S3", _timeouts);
        using var roles = AwsConnection.Open(role, "S3", _timeouts);
        using var ownersIdentity = OpenIdentity(owner);
        using var rolesIdentity = OpenIdentity(role);
        return await AccessProbe.RunAsync(plan, owners, roles, ownersIdentity, rolesIdentity, cancellationToken).ConfigureAwait(false);
    }
}
