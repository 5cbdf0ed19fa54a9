using ImmutableAudit.Storage;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Verification;

/// <summary>
/// What lies under <c>timestamps/</c>, by its names. Anybody who may write there can add any number, and none of it decides
/// anything: so no more is kept and read than is bounded here, and what is left out is told.
/// </summary>
internal static class TimestampList
{
    internal const int MostOfOneSize = 100;
    internal const int MostInAll = 10_000;

    public static async Task<List<(long Size, StoredVersion Version)>> ReadAsync(IObjectStore store, FindingList findings, CancellationToken cancellationToken)
    {
        var found = new List<(long Size, StoredVersion Version)>();
        var ofSize = new Dictionary<long, int>();
        long leftOut = 0;
        try
        {
            await foreach (var version in store.ListAsync(TimestampName.Prefix, null, 1000, cancellationToken).ConfigureAwait(false))
            {
                if (version.IsDeleteMarker)
                {
                    findings.Add(FindingKind.DeleteMarker, FindingSeverity.Warning, $"A delete marker lies on '{version.Key}'. A timestamp below it is looked at all the same.", null, null, version.Key, version.VersionId);
                    continue;
                }

                if (!TimestampName.TryParse(version.Key, out var size))
                {
                    Reject(findings, version, "isn't a timestamp's name");
                    continue;
                }

                if (version.Size is 0 or > TimestampToken.MaxBytes)
                {
                    Reject(findings, version, "is of a size that no timestamp has");
                    continue;
                }

                var count = ofSize[size] = ofSize.GetValueOrDefault(size) + 1;
                if (count > MostOfOneSize || found.Count == MostInAll)
                    leftOut++;
                else
                    found.Add((size, version));
            }
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.AccessDenied or AuditErrors.LocationInvalid)
        {
            // The log doesn't rest on them; but that there are none isn't known.
            findings.Add(FindingKind.TimestampUnchecked, FindingSeverity.Information, $"Whether there are timestamps isn't known: {e.Message}", null, null, TimestampName.Prefix);
        }

        if (leftOut > 0)
            findings.Add(FindingKind.TimestampUnchecked, FindingSeverity.Information, $"{leftOut:N0} more objects with names of timestamps weren't looked at: at most {MostOfOneSize:N0} over one checkpoint are, and {MostInAll:N0} in all.", null, null, TimestampName.Prefix);
        return found;
    }

    public static void Reject(FindingList findings, StoredVersion version, string why) => findings.Add(
        FindingKind.TimestampInvalid, FindingSeverity.Warning, $"'{version.Key}' {why}; it proves nothing, and no record is affected by it.", null, null, version.Key, version.VersionId);
}
