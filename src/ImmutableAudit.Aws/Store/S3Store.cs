using Amazon.S3;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>A log's objects under a prefix of an S3 bucket.</summary>
internal sealed class S3Store : ILockableStore
{
    private readonly AwsConnection _connection;
    private readonly AmazonS3Client _repeatable;
    private readonly AmazonS3Client _once;
    private readonly AmazonS3Client _streamed;
    private readonly S3Place _place;
    private readonly S3Listing _listing;
    private readonly S3Writer _writer;
    private readonly S3Reader _reader;
    private readonly S3Retention _retention;
    private readonly S3DefaultRetention _default;
    private readonly S3Locks _locks;

    public S3Store(LogLocation location, AwsConnection connection)
    {
        _connection = connection;
        _place = new S3Place(connection, location);
        _repeatable = connection.S3(ClientUse.Repeatable);
        _once = connection.S3(ClientUse.Once);
        _streamed = connection.S3(ClientUse.Streamed);
        _listing = new S3Listing(_repeatable, _place);
        _writer = new S3Writer(_once, _place);
        _reader = new S3Reader(_streamed, _place);
        _retention = new S3Retention(_repeatable, _place);
        _default = new S3DefaultRetention(_repeatable, _place);
        _locks = new S3Locks(_repeatable, _place);
    }

    public string Location => _place.Location;

    public bool KeepsVersions => true;

    public TimeSpan? ClockOffset => _connection.Clock.Offset;

    public string? VersionsUnseen => _listing.Unseen;

    public ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        // Which version counts is decided by the list of versions, and a writer must know.
        _listing.MustSeeVersions();
        return _writer.PutAsync(key, content, condition, lockUntil, cancellationToken);
    }

    public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) =>
        _listing.AscendAsync(prefix, startAfter, pageSize, cancellationToken);

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        new S3Descent(_listing, prefix).DescendAsync(startAfter, null, cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) =>
        _reader.ReadAsync(version, maxBytes, cancellationToken);

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) =>
        _retention.ReadAsync(version, cancellationToken);

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) =>
        _default.ReadAsync(cancellationToken);

    public void CheckUntil(DateTimeOffset until) => _locks.CheckUntil(until);

    public ValueTask PutRetentionAsync(StoredVersion version, RetentionUntil retention, CancellationToken cancellationToken)
    {
        _listing.MustSeeVersions();
        return _locks.PutRetentionAsync(version, retention, cancellationToken);
    }

    public ValueTask PutLegalHoldAsync(StoredVersion version, bool on, CancellationToken cancellationToken)
    {
        _listing.MustSeeVersions();
        return _locks.PutLegalHoldAsync(version, on, cancellationToken);
    }

    public ValueTask<LegalHoldSeen> ReadLegalHoldAsync(StoredVersion version, CancellationToken cancellationToken) =>
        _locks.ReadLegalHoldAsync(version, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _repeatable.Dispose();
        _once.Dispose();
        _streamed.Dispose();
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }
}
