using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Lists versions and delete markers, page by page, in the order of the store.</summary>
internal sealed class S3Listing(AmazonS3Client client, S3Place place)
{
    /// <summary>The most entries that a page can have.</summary>
    public const int FullPage = 1000;

    private readonly Lock _gate = new();
    private AuditException? _refusal;
    private bool _mustSee;

    /// <summary>Why only current objects are listed; null while all versions are.</summary>
    public string? Unseen => _refusal?.Message;

    /// <summary>From now on a refusal to list versions is an error: current objects won't do.</summary>
    /// <exception cref="AuditException"><c>AccessDenied</c> where it was refused already.</exception>
    public void MustSeeVersions()
    {
        lock (_gate)
        {
            _mustSee = true;
            if (_refusal is { } refusal)
                throw refusal;
        }
    }

    /// <summary>All entries after a key, in ascending order of keys.</summary>
    public async IAsyncEnumerable<StoredVersion> AscendAsync(
        string prefix, string? startAfter, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The hint is for the first page: whoever reads on past it needs more than he thought.
        var size = Math.Clamp(pageSize, 1, FullPage);
        for (VersionMarker? from = new VersionMarker(startAfter, null); from is { } marker; size = FullPage)
        {
            var page = await PageAsync(prefix, marker, size, cancellationToken).ConfigureAwait(false);
            foreach (var entry in page.Entries)
            {
                // Servers don't agree whether key-marker itself is in the listing.
                if (KeyOrder.IsAfter(entry.Key, startAfter))
                    yield return entry;
            }

            from = page.Next;
        }
    }

    /// <summary>The entries of one key, newest first.</summary>
    public async IAsyncEnumerable<StoredVersion> OfKeyAsync(string key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Of all keys that begin with this one, this one is the first.
        await foreach (var entry in AscendAsync(key, null, FullPage, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Key != key)
                yield break;
            yield return entry;
        }
    }

    /// <summary>One page: of versions, or where that is refused, of current objects.</summary>
    public async Task<VersionPage> PageAsync(string prefix, VersionMarker from, int size, CancellationToken cancellationToken)
    {
        if (_refusal is null)
        {
            try
            {
                return await VersionsAsync(prefix, from, size, cancellationToken).ConfigureAwait(false);
            }
            catch (AuditException e) when (e.ErrorId == AuditErrors.AccessDenied)
            {
                VersionPage page;
                try
                {
                    page = await CurrentAsync(prefix, from, size, cancellationToken).ConfigureAwait(false);
                }
                catch (AuditException other) when (other.ErrorId == AuditErrors.AccessDenied)
                {
                    throw e;
                }

                lock (_gate)
                {
                    if (_mustSee)
                        throw;
                    _refusal = e;
                }

                return page;
            }
        }

        return await CurrentAsync(prefix, from, size, cancellationToken).ConfigureAwait(false);
    }

    // A plain reader may list what is current and nothing else.
    private async Task<VersionPage> CurrentAsync(string prefix, VersionMarker from, int size, CancellationToken cancellationToken)
    {
        var call = place.OnBucket("s3:ListBucket");
        var request = new ListObjectsV2Request
        {
            BucketName = place.Bucket,
            Prefix = place.Full(prefix),
            StartAfter = from.Key is null ? null : place.Full(from.Key),
            MaxKeys = size,
            Encoding = EncodingType.Url,
        };
        ListObjectsV2Response answer;
        try
        {
            answer = await client.ListObjectsV2Async(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }

        var encoded = answer.Encoding == EncodingType.Url;
        var entries = (answer.S3Objects ?? []).ConvertAll(found => new StoredVersion(
            Relative(found.Key, encoded, prefix), null, found.ETag?.Trim('"') ?? "", found.Size ?? 0,
            found.LastModified is { } modified ? new DateTimeOffset(modified.ToUniversalTime()) : default, IsDeleteMarker: false));
        if (answer.IsTruncated != true)
            return new VersionPage(entries, null);
        return entries.Count > 0 ? new VersionPage(entries, new VersionMarker(entries[^1].Key, null)) : throw Unsuitable("it says that a listing goes on and lists nothing");
    }

    private async Task<VersionPage> VersionsAsync(string prefix, VersionMarker from, int size, CancellationToken cancellationToken)
    {
        var call = place.OnBucket("s3:ListBucketVersions");
        var request = new ListVersionsRequest
        {
            BucketName = place.Bucket,
            Prefix = place.Full(prefix),
            KeyMarker = from.Key is null ? null : place.Full(from.Key),
            VersionIdMarker = from.VersionId,
            MaxKeys = size,
            // Keys may hold characters that XML can't; a stranger's object must not break the listing.
            Encoding = EncodingType.Url,
        };

        ListVersionsResponse answer;
        try
        {
            answer = await client.ListVersionsAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (AwsErrors.IsOurs(e))
        {
            throw AwsErrors.Translate(e, call);
        }

        // Some servers lose their place among many versions of one key; a larger page gets past it.
        return Read(answer, prefix, from)
            ?? (size < FullPage
                ? await VersionsAsync(prefix, from, FullPage, cancellationToken).ConfigureAwait(false)
                : throw Unsuitable($"it says that a listing goes on and doesn't say where (asked for what is behind '{from.Key}', version {from.VersionId ?? "none"}, it names '{answer.NextKeyMarker}', version {answer.NextVersionIdMarker}), so it can't be listed to its end"));
    }

    /// <summary>A page of an answer; null where it says that there is more and doesn't say where.</summary>
    private VersionPage? Read(ListVersionsResponse answer, string prefix, VersionMarker from)
    {
        var encoded = answer.Encoding == EncodingType.Url;
        var listed = new List<ListedVersion>(answer.Versions?.Count ?? 0);
        foreach (var version in answer.Versions ?? [])
            listed.Add(new ListedVersion(Entry(version, Relative(version.Key, encoded, prefix)), version.IsLatest == true));
        var entries = MarkerOrder.Restore(listed).ConvertAll(version => version.Entry);
        for (var i = 1; i < entries.Count; i++)
        {
            if (KeyOrder.Compare(entries[i].Key, entries[i - 1].Key) < 0)
                throw Unsuitable($"it lists '{entries[i].Key}' after '{entries[i - 1].Key}', and keys must come in ascending order");
        }

        if (answer.IsTruncated != true)
            return new VersionPage(entries, null);

        var next = string.IsNullOrEmpty(answer.NextKeyMarker)
            ? entries.Count > 0 ? new VersionMarker(entries[^1].Key, entries[^1].VersionId) : from
            : new VersionMarker(Relative(answer.NextKeyMarker, encoded, prefix), Given(answer.NextVersionIdMarker));
        if (next == from || (from.Key is not null && KeyOrder.Compare(next.Key!, from.Key) < 0))
            return null;
        return new VersionPage(entries, next);
    }

    private static StoredVersion Entry(S3ObjectVersion version, string key)
    {
        var isMarker = version.IsDeleteMarker == true;
        return new StoredVersion(
            key,
            Given(version.VersionId),
            isMarker ? "" : version.ETag?.Trim('"') ?? "",
            isMarker ? 0 : version.Size ?? 0,
            version.LastModified is { } modified ? new DateTimeOffset(modified.ToUniversalTime()) : default,
            isMarker);
    }

    private string Relative(string? key, bool encoded, string prefix)
    {
        var full = encoded ? WebUtility.UrlDecode(key ?? "") : key ?? "";
        return full.StartsWith(place.Full(prefix), StringComparison.Ordinal)
            ? full[place.Root.Length..]
            : throw Unsuitable($"asked for keys that begin with '{place.Full(prefix)}' it lists '{full}'");
    }

    private AuditException Unsuitable(string why) => new(
        AuditErrors.StoreUnsuitable,
        string.Create(CultureInfo.InvariantCulture, $"{place.Connection.Place.Name} doesn't list versions as S3 does: {why}. Use another store for logs."),
        place.Location);

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
