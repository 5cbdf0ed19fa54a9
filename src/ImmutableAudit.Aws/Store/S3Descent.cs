using System.Runtime.CompilerServices;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// Lists with the keys in descending order, which S3 doesn't offer: a first pass remembers one key per page, then the
/// stretches between those keys are listed again from the last to the first, and each is turned round in memory.
/// </summary>
internal sealed class S3Descent(S3Listing listing, string prefix)
{
    /// <summary>Neighbouring keys that fitted into one page.</summary>
    /// <param name="Last">The last of them.</param>
    /// <param name="IsTall">Whether it is one key whose versions alone fill a page: never held in memory as a whole.</param>
    private readonly record struct Stretch(string Last, bool IsTall);

    /// <summary>Lists the keys after one and up to another.</summary>
    /// <param name="after">Keys must be greater than this one; null for all.</param>
    /// <param name="upTo">Keys must not be greater than this one; null for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async IAsyncEnumerable<StoredVersion> DescendAsync(
        string? after, string? upTo, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stretches = new List<Stretch>();
        var from = after;
        var (entries, more) = await AfterAsync(from, cancellationToken).ConfigureAwait(false);
        while (more && !Passes(entries, upTo))
        {
            // The page's last key may go on on the next page, so the stretch ends with the key before it; and the next
            // page is asked for right behind that key, so that no stretch begins in the middle of a key.
            var whole = entries.FindIndex(entry => entry.Key == entries[^1].Key);
            from = whole > 0 ? entries[whole - 1].Key : entries[^1].Key;
            stretches.Add(new Stretch(from, IsTall: whole == 0));
            (entries, more) = await AfterAsync(from, cancellationToken).ConfigureAwait(false);
        }

        foreach (var entry in TurnedRound(entries, upTo))
            yield return entry;

        for (var i = stretches.Count - 1; i >= 0; i--)
        {
            var again = AgainAsync(i == 0 ? after : stretches[i - 1].Last, stretches[i], cancellationToken);
            await foreach (var entry in again.ConfigureAwait(false))
                yield return entry;
        }
    }

    private async IAsyncEnumerable<StoredVersion> AgainAsync(
        string? after, Stretch stretch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (stretch.IsTall)
        {
            await foreach (var entry in listing.OfKeyAsync(stretch.Last, cancellationToken).ConfigureAwait(false))
                yield return entry;
            yield break;
        }

        var (entries, more) = await AfterAsync(after, cancellationToken).ConfigureAwait(false);
        if (more && !Passes(entries, stretch.Last))
        {
            // Keys came in since the first pass and the stretch no longer fits: then it has stretches of its own.
            await foreach (var entry in DescendAsync(after, stretch.Last, cancellationToken).ConfigureAwait(false))
                yield return entry;
            yield break;
        }

        foreach (var entry in TurnedRound(entries, stretch.Last))
            yield return entry;
    }

    /// <summary>The first page's worth of entries after a key. Never empty if there are more.</summary>
    private async Task<(List<StoredVersion> Entries, bool More)> AfterAsync(string? key, CancellationToken cancellationToken)
    {
        var marker = new VersionMarker(key, null);
        while (true)
        {
            var page = await listing.PageAsync(prefix, marker, S3Listing.FullPage, cancellationToken).ConfigureAwait(false);

            // A server that takes key-marker itself into the listing costs pages here, and nothing else.
            var entries = page.Entries.Where(entry => KeyOrder.IsAfter(entry.Key, key)).ToList();
            if (entries.Count > 0 || page.Next is null)
                return (entries, page.Next is not null);
            marker = page.Next.Value;
        }
    }

    // Then every key up to the end is there with all of its versions.
    private static bool Passes(List<StoredVersion> entries, string? upTo) => upTo is not null && KeyOrder.IsAfter(entries[^1].Key, upTo);

    private static IEnumerable<StoredVersion> TurnedRound(List<StoredVersion> entries, string? upTo)
    {
        for (var end = entries.Count; end > 0;)
        {
            var key = entries[end - 1].Key;
            var begin = end - 1;
            while (begin > 0 && entries[begin - 1].Key == key)
                begin--;
            if (upTo is null || !KeyOrder.IsAfter(key, upTo))
            {
                for (var i = begin; i < end; i++)
                    yield return entries[i];
            }

            end = begin;
        }
    }
}
