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
    public IIdentityService OpenIdentity(CloudConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return IdentityService.Open(connection, _timeouts);
    }
}
