using System.Runtime.CompilerServices;
using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>Reads the segments that hold a range of records, each from the version that counts and linked to the one before.</summary>
internal static class SegmentReader
{
    public static async IAsyncEnumerable<(ParsedSegment Segment, StoredVersion Version)> ReadAsync(
        IObjectStore store, LogHead end, long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (first > last)
            yield break;
        using var heads = new HeadFinder(store);
        using var positions = new PositionReader(store);
        var head = await BeforeRecordAsync(store, heads, end, first, cancellationToken).ConfigureAwait(false);
        while (head.State.Size <= last)
        {
            var position = await positions.ReadAsync(head, SegmentParts.Leaves | SegmentParts.Text, cancellationToken).ConfigureAwait(false);
            if (position.Next is null)
            {
                var why = position.Rejected.Count > 0 ? position.Rejected[^1].Defect.Message : "it isn't there";
                throw new AuditException(AuditErrors.RecordNotVerified, $"Record {head.State.Size} can't be handed out: its segment '{SegmentName.Format(head.State.Size)}' doesn't verify ({why}). Run Test-AuditChain.", head.State.Size);
            }

            yield return (position.Segment!, position.Next.Last!);
            head = position.Next;
        }
    }

    /// <summary>The log before the segment that holds a record.</summary>
    public static async ValueTask<LogHead> BeforeRecordAsync(IObjectStore store, HeadFinder heads, LogHead end, long sequence, CancellationToken cancellationToken)
    {
        var tried = 0;
        await foreach (var version in store.ListAsync(SegmentName.Prefix, SegmentName.Before(sequence), 10, cancellationToken).ConfigureAwait(false))
        {
            if (!SegmentName.TryParse(version.Key, out var first))
                continue;
            if (sequence - first >= LogFormat.MaxSegmentRecords || ++tried > 1000)
                break;
            if (await heads.BeforeAsync(first, cancellationToken).ConfigureAwait(false) is not { } before)
                continue;
            if (await heads.HoldsAsync(before, sequence, cancellationToken).ConfigureAwait(false))
                return before;
        }

        throw new AuditException(AuditErrors.RecordNotVerified, $"The segment that holds record {sequence} of {end.State.Size} isn't there, or doesn't verify. Run Test-AuditChain.", sequence);
    }
}
