namespace ImmutableAudit.Storage;

/// <summary>
/// Where a log's objects live: a directory, or a prefix of an S3 bucket. The interface has what the commit rules
/// need and no more: put one object under a condition, list versions, read one version, read its retention.
/// Keys are relative to the log, with <c>/</c> as separator, and hold ASCII only.
/// </summary>
/// <remarks>
/// Implementations translate every failure into an <see cref="AuditException"/> with one of: <c>AccessDenied</c>,
/// <c>StoreUnreachable</c>, <c>StoreFailed</c>, <c>DiskFull</c>, <c>BucketNotFound</c>, <c>CredentialsInvalid</c>,
/// <c>RegionMismatch</c>, <c>StoreUnsuitable</c>. They are safe for use by many threads at once.
/// </remarks>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>The location as people write it: an absolute directory or <c>s3://bucket/prefix</c>.</summary>
    string Location { get; }

    /// <summary>
    /// Whether a key can hold several versions. Where it can't (a directory), what is under a name is all there is,
    /// and <see cref="StoredVersion.LastModified"/> isn't anybody else's clock.
    /// </summary>
    bool KeepsVersions { get; }

    /// <summary>
    /// Why only current objects could be listed and not all versions, where that is so; null where all are, and until a
    /// listing was refused. What counts at a place can't be told then: something newer may lie over it. Nothing can be put.
    /// </summary>
    string? VersionsUnseen => null;

    /// <summary>
    /// The store's clock minus ours, from the newest answer that told; null while none has.
    /// A directory has no clock of its own: always zero.
    /// </summary>
    TimeSpan? ClockOffset { get; }

    /// <summary>
    /// Puts one object in a single request, durable when the outcome is <see cref="PutOutcome.Stored"/>.
    /// Makes exactly one attempt: whether to try again is decided by who knows the commit rules.
    /// </summary>
    /// <param name="key">The object's key.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="condition">What must hold of the key's newest version.</param>
    /// <param name="lockUntil">Ask for a lock longer than the bucket's default (S3 only); null for the default.</param>
    /// <param name="cancellationToken">Cancels waiting. The object may have been stored all the same.</param>
    /// <exception cref="AuditException">The store refused for certain: nothing was stored by this attempt.</exception>
    ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken);

    /// <summary>
    /// Puts an object that is derived from a log, as <see cref="PutAsync"/> does; but it needn't be durable, since anybody
    /// can make it again. It is whole or not there, unless the machine itself fails.
    /// </summary>
    /// <param name="key">The object's key.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="condition">What must hold of the key's newest version.</param>
    /// <param name="cancellationToken">Cancels waiting. The object may have been stored all the same.</param>
    ValueTask<PutAnswer> PutDerivedAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) =>
        PutAsync(key, content, condition, null, cancellationToken);

    /// <summary>
    /// Lists versions and delete markers of every key with the prefix in ascending order of the key's bytes, and for
    /// one key in the order the store gives: newest first. Pages to the end.
    /// </summary>
    /// <param name="prefix">The keys' beginning; empty for all.</param>
    /// <param name="startAfter">List only keys greater than this one; null for all.</param>
    /// <param name="pageSize">How many entries the caller expects to need: a hint, at most 1,000.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken);

    /// <summary>
    /// The same entries with the keys in descending order, for one key newest version first, in memory that doesn't
    /// grow with the number of objects but for a few bytes per thousand (S3) or per object (directory).
    /// </summary>
    /// <param name="prefix">The keys' beginning; empty for all.</param>
    /// <param name="startAfter">List only keys greater than this one; null for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken);

    /// <summary>Reads one version. What can't be read is told, not thrown, because it decides what a position holds.</summary>
    /// <param name="version">Which one; never a delete marker.</param>
    /// <param name="maxBytes">Objects larger than this aren't read: <see cref="ReadStatus.TooLarge"/>.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="AuditException">Credentials or bucket are wrong as a whole, or the store can't be reached.</exception>
    ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Reads how one version is locked, by asking the store about this very version.</summary>
    /// <param name="version">Which one; never a delete marker.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken);

    /// <summary>Reads the lock that the store gives to new objects by itself (the bucket's default retention).</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken);
}
