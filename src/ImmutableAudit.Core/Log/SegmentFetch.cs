using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

internal enum FetchStatus
{
    /// <summary>Read; it is a segment that proves itself, or there is a defect that says why not.</summary>
    Read,

    /// <summary>No longer there.</summary>
    Gone,

    /// <summary>There, and not to be read: nobody can say.</summary>
    Unknown,
}

/// <summary>Fetches one version and reads it as a segment.</summary>
internal static class SegmentFetch
{
    public static async ValueTask<(FetchStatus Status, ParsedSegment? Segment, SegmentDefect? Defect)> FetchAsync(
        IObjectStore store, SegmentParser parser, StoredVersion version, long first, SegmentParts keep, CancellationToken cancellationToken)
    {
        if (Ineligible(version) is { } before)
            return (FetchStatus.Read, null, before);
        var read = await store.ReadAsync(version, LogFormat.MaxStoredBytes, cancellationToken).ConfigureAwait(false);
        return Interpret(read, parser, first, keep);
    }

    /// <summary>Why a version can't count whatever its bytes are; null if they decide.</summary>
    public static SegmentDefect? Ineligible(StoredVersion version)
    {
        if (version.IsMultipart)
            return new SegmentDefect(DefectKind.Ineligible, null, "it was uploaded in parts, and only single PUTs count");
        return version.Size > LogFormat.MaxStoredBytes
            ? new SegmentDefect(DefectKind.Ineligible, null, "it is larger than a segment may be")
            : null;
    }

    /// <summary>Reads what was fetched as a segment and gives its memory back.</summary>
    public static (FetchStatus Status, ParsedSegment? Segment, SegmentDefect? Defect) Interpret(
        in ReadResult read, SegmentParser parser, long first, SegmentParts keep)
    {
        switch (read.Status)
        {
            case ReadStatus.Gone:
                return (FetchStatus.Gone, null, null);
            case ReadStatus.TooLarge:
                return (FetchStatus.Read, null, new SegmentDefect(DefectKind.Ineligible, null, "it is larger than a segment may be"));
            case ReadStatus.CustomerKey:
                return (FetchStatus.Read, null, new SegmentDefect(DefectKind.Ineligible, null, "it is encrypted with a key that only its writer has"));
            case ReadStatus.Unreadable:
                return (FetchStatus.Unknown, null, new SegmentDefect(DefectKind.Ineligible, null, read.Reason ?? "the store gives no reason"));
            default:
                if (read.IsReplica)
                    return (FetchStatus.Read, null, new SegmentDefect(DefectKind.Ineligible, null, "it was made by replication, and this log was never moved"));
                var segment = parser.Parse(read.Content, first, keep, out var defect);
                read.Release();
                return (FetchStatus.Read, segment, defect);
        }
    }
}
