using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// Turns verified segments into records. The chain is followed by one thread, since each segment says where the next
/// begins; making records of lines costs more than that and is done in pieces on all cores, handed out in order.
/// What is under way is bounded, so memory doesn't grow with what is read.
/// </summary>
internal static class RecordStream
{
    private const int Piece = 512;

    public static async IAsyncEnumerable<AuditRecord> ReadAsync(
        IObjectStore store, LogHead end, long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pieces = Channel.CreateBounded<Task<AuditRecord[]>>(new BoundedChannelOptions(Environment.ProcessorCount * 2) { SingleReader = true, SingleWriter = true });
        var producer = Task.Run(() => ProduceAsync(store, end, first, last, pieces.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var piece in pieces.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var record in await piece.ConfigureAwait(false))
                    yield return record;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await producer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ProduceAsync(
        IObjectStore store, LogHead end, long first, long last, ChannelWriter<Task<AuditRecord[]>> writer, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await foreach (var (segment, version) in SegmentReader.ReadAsync(store, end, first, last, cancellationToken).ConfigureAwait(false))
            {
                var from = (int)Math.Max(0, first - segment.First);
                var to = (int)Math.Min(segment.Count, last - segment.First + 1);
                for (var at = from; at < to; at += Piece)
                {
                    var (begin, count) = (at, Math.Min(Piece, to - at));
                    await writer.WriteAsync(Task.Run(() => Make(segment, version, begin, count), cancellationToken), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e)
        {
            // Handed to the reader, which throws it where the records end.
            failure = e;
        }

        writer.Complete(failure);
    }

    /// <summary>Makes records of the lines of a segment that counts.</summary>
    public static AuditRecord[] Make(ParsedSegment segment, StoredVersion version, int begin, int count)
    {
        var records = new AuditRecord[count];
        for (var i = 0; i < count; i++)
            records[i] = AuditRecord.FromVerified(segment.Line(begin + i), segment.Leaves![begin + i], segment.Seal.Checkpoint.Origin, version.Key, version.VersionId);
        return records;
    }
}
