using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>An entry as it was listed.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="IsLatest">Whether the store calls it the newest of its key.</param>
internal readonly record struct ListedVersion(StoredVersion Entry, bool IsLatest);

/// <summary>
/// S3 lists versions and delete markers in one order. Some servers (moto) list a page's markers behind all of its
/// versions; then the markers are put back where they belong. The versions' own order, which decides what counts, is
/// never touched.
/// </summary>
internal static class MarkerOrder
{
    public static List<ListedVersion> Restore(List<ListedVersion> listed)
    {
        var firstMarker = listed.FindIndex(version => version.Entry.IsDeleteMarker);
        if (firstMarker < 0 || listed.FindIndex(firstMarker, version => !version.Entry.IsDeleteMarker) >= 0 || !IsTornApart(listed))
            return listed;

        var merged = new List<ListedVersion>(listed.Count);
        var next = firstMarker;
        for (var i = 0; i < firstMarker; i++)
        {
            while (next < listed.Count && Precedes(listed[next], listed[i]))
                merged.Add(listed[next++]);
            merged.Add(listed[i]);
        }

        merged.AddRange(listed.Skip(next));
        return merged;
    }

    // Proof that the order isn't S3's: a key comes after a greater one, or the newest of a key isn't its first.
    private static bool IsTornApart(List<ListedVersion> listed)
    {
        for (var i = 1; i < listed.Count; i++)
        {
            var order = KeyOrder.Compare(listed[i].Entry.Key, listed[i - 1].Entry.Key);
            if (order < 0 || (order == 0 && listed[i].IsLatest))
                return true;
        }

        return false;
    }

    // Between a marker and a version of one key there is nothing to go by but the time, unless one is the newest.
    private static bool Precedes(ListedVersion marker, ListedVersion version)
    {
        var order = KeyOrder.Compare(marker.Entry.Key, version.Entry.Key);
        return order < 0 || (order == 0 && !version.IsLatest && (marker.IsLatest || marker.Entry.LastModified >= version.Entry.LastModified));
    }
}
