using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>The part of a bucket that belongs to one log, and how its keys are written in full.</summary>
internal sealed class S3Place(AwsConnection connection, LogLocation location)
{
    public AwsConnection Connection { get; } = connection;

    public string Bucket { get; } = location.Bucket ?? throw new ArgumentException("Not a location in a bucket.", nameof(location));

    /// <summary>What every key of the log begins with: empty, or a prefix with a slash at its end.</summary>
    public string Root { get; } = location.KeyPrefix;

    public string Location { get; } = location.ToString();

    public string Full(string key) => Root + key;

    public AwsCall OnBucket(string action) => new(Connection, action, Location, Bucket);

    public AwsCall OnObject(string action, string key) => new(Connection, action, $"s3://{Bucket}/{Full(key)}", Bucket);

    public AwsCall OnVersion(string action, StoredVersion version) =>
        new(Connection, action, $"s3://{Bucket}/{Full(version.Key)}{(version.VersionId is null ? "" : $" (version {version.VersionId})")}", Bucket);
}
