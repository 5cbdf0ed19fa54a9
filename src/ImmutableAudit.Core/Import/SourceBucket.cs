using System.Runtime.CompilerServices;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Import;

/// <summary>Objects of a bucket as a source: one, or all under a prefix, each in its current version.</summary>
public sealed class SourceBucket
{
    /// <summary>Objects larger than this aren't read: they are held in memory as they are stored.</summary>
    internal const int MaxObjectBytes = 256 * 1024 * 1024;

    private const int PageSize = 1000;
    private readonly string _last;

    private SourceBucket(LogLocation folder, string last) => (Folder, _last) = (folder, last);

    /// <summary>The location to open a store at: one above what is wanted, since that may be an object or a prefix.</summary>
    public LogLocation Folder { get; }

    /// <summary>Reads a location as people write it.</summary>
    /// <param name="location">For example <c>s3://bucket/AWSLogs/111122223333/CloudTrail/</c>, or one object's URI.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c>.</exception>
    public static SourceBucket Parse(string location)
    {
        var wanted = LogLocation.Parse(location);
        if (!wanted.IsS3)
            throw new AuditException(AuditErrors.LocationInvalid, $"'{location}' isn't in a bucket. Give s3://bucket/prefix.", location);
        var slash = wanted.Path.LastIndexOf('/');
        var folder = slash < 0 ? $"s3://{wanted.Bucket}" : $"s3://{wanted.Bucket}/{wanted.Path[..slash]}";
        return new SourceBucket(LogLocation.Parse(folder), wanted.Path[(slash + 1)..]);
    }

    /// <summary>The current version of each object that is wanted, in the order of keys.</summary>
    internal async IAsyncEnumerable<StoredVersion> ListAsync(IObjectStore store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? before = null;
        await foreach (var version in store.ListAsync(_last, null, PageSize, cancellationToken).ConfigureAwait(false))
        {
            // Of a key the newest version comes first; where that is a delete marker, there is no object.
            var isCurrent = version.Key != before;
            before = version.Key;
            // Keys that end in a slash stand for folders, as consoles make them.
            if (isCurrent && !version.IsDeleteMarker && IsWanted(version.Key) && !version.Key.EndsWith('/'))
                yield return version;
        }
    }

    /// <summary>Reads an object whole.</summary>
    internal static async ValueTask<(ReadOnlyMemory<byte> Content, AuditException? Error)> ReadAsync(
        IObjectStore store, StoredVersion version, string name, CancellationToken cancellationToken)
    {
        ReadResult read;
        try
        {
            read = await store.ReadAsync(version, MaxObjectBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.AccessDenied or AuditErrors.StoreFailed or AuditErrors.StoreUnreachable)
        {
            return (default, e);
        }

        return read.Status switch
        {
            ReadStatus.Ok => (read.Content, null),
            ReadStatus.TooLarge => (default, new AuditException(AuditErrors.ObjectUnreadable, $"'{name}' is larger than 256 MiB. Copy it into a folder, and import it from there.", name)),
            _ => (default, new AuditException(AuditErrors.ObjectUnreadable, $"'{name}' can't be read: {read.Reason ?? read.Status.ToString()}", name)),
        };
    }

    private bool IsWanted(string key) => _last.Length == 0 || key == _last || key.StartsWith(_last + "/", StringComparison.Ordinal);
}
