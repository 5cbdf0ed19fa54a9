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
    public ValueTask<ISealKey> OpenKmsKeyAsync(string keyId, CloudConnection connection, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<BucketReport> CreateBucketAsync(BucketPlan plan, CloudConnection connection, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
