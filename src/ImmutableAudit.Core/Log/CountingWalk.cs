using System.Runtime.CompilerServices;
using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// Goes from the genesis to the end of a range and gives the version that counts for each segment with a record of the
/// range. The way always begins with the genesis: a short cut can be misled by who holds a stolen key, and then the
/// wrong version would be locked, and the right one not.
/// </summary>
internal sealed class CountingWalk(IObjectStore store, AuditLog log, IProgress<long>? progress)
{
    /// <summary>Why the way ended before the range did; null if it didn't.</summary>
    public AuditException? Broken { get; private set; }

    public async IAsyncEnumerable<CountingSegment> ReadAsync(long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var positions = new PositionReader(store);
        for (var head = LogHead.Empty; head.State.Size <= last;)
        {
            var begin = head.State.Size;
            if (await NextAsync(positions, head, cancellationToken).ConfigureAwait(false) is not { } next)
                yield break;
            head = next;
            progress?.Report(head.State.Size);
            if (head.State.Size > first)
                yield return new CountingSegment(head.Last!, begin, head.State.Size - 1);
        }
    }

    private async ValueTask<LogHead?> NextAsync(PositionReader positions, LogHead head, CancellationToken cancellationToken)
    {
        try
        {
            var position = await positions.ReadAsync(head, SegmentParts.None, cancellationToken).ConfigureAwait(false);
            if (position.Next is not null)
                return position.Next;
            var why = position.Rejected.Count > 0 ? position.Rejected[^1].Defect.Message : "it isn't there";
            Broken = new AuditException(AuditErrors.RecordNotVerified, $"From record {head.State.Size:N0} on, nothing of '{log.Location}' was touched: the segment '{SegmentName.Format(head.State.Size)}' doesn't verify ({why}). Run Test-AuditChain.", head.State.Size);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.ObjectUnreadable)
        {
            Broken = new AuditException(e.ErrorId, $"From record {head.State.Size:N0} on, nothing of '{log.Location}' was touched. {e.Message}", e.Target, e);
        }

        return null;
    }
}
