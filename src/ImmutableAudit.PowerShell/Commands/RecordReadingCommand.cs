using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>A cmdlet that reads records of a log, and says what makes it doubtful that these are all.</summary>
public abstract class RecordReadingCommand : ConnectedCommand
{
    /// <summary>Only events that happened then or later.</summary>
    [Parameter]
    public DateTime? After { get; set; }

    /// <summary>Only events that happened before.</summary>
    [Parameter]
    public DateTime? Before { get; set; }

    /// <summary>Reads ranges of a log's records in their order, each record verified.</summary>
    /// <param name="log">The log as it was given.</param>
    /// <param name="ranges">First and last records, both included, for a log's size.</param>
    /// <param name="take">What to do with a record.</param>
    private protected void ReadLog(string? log, Func<long, IEnumerable<(long First, long Last)>> ranges, Action<AuditRecord> take)
    {
        var location = Locate(log);
        var store = OpenStore(location);
        try
        {
            var opened = Wait(token => AuditLog.OpenAsync(store, token));
            if (opened.VersionsUnseen is { } unseen)
                WriteWarning($"Only what is current could be listed of '{location}', not what lies under or over it: newer records may be hidden. {unseen}");
            if (opened.Doubt is { } doubt)
                ReportItem(doubt, location.ToString());
            foreach (var (first, last) in ranges(opened.Size))
                Read(opened, first, last, take);
            CheckEnd(opened, location);
        }
        finally
        {
            Close(store);
        }
    }

    /// <summary>A range as people give it.</summary>
    private protected static (long First, long Last) Range(long from, long to, long size) => from < size
        ? (from, to)
        : throw new AuditException(AuditErrors.RangeInvalid, $"There is no record {from}: the log ends with {size - 1}.", from);

    /// <summary>Whether a record is of the time that was asked for.</summary>
    private protected bool IsInTime(AuditRecord record)
    {
        // Unspecified kinds are the caller's local time, as everywhere in PowerShell.
        var time = record.Time.UtcDateTime;
        return (After is null || time >= After.Value.ToUniversalTime()) && (Before is null || time < Before.Value.ToUniversalTime());
    }

    // A log that lost its newest records reads well to its end: only who has seen more can tell.
    private void CheckEnd(AuditLog log, LogLocation location)
    {
        if (LogMemory.Contradiction(RecallOrWarn(MemoryOf(location)), log.Genesis.Origin, log.GenesisHash, log.Size) is { } contradiction)
            ReportItem(new AuditException(AuditErrors.RecordNotVerified, contradiction, log.Size), location.ToString());
    }

    private void Read(AuditLog log, long first, long last, Action<AuditRecord> take)
    {
        var records = log.ReadAsync(first, last, StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (Next(records))
            {
                if (IsInTime(records.Current))
                    take(records.Current);
            }
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            throw new PipelineStoppedException();
        }
        finally
        {
            records.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    // Most records come of a segment that is in memory: then there is nothing to wait for.
    private static bool Next(IAsyncEnumerator<AuditRecord> records)
    {
        var next = records.MoveNextAsync();
        return next.IsCompletedSuccessfully ? next.Result : next.AsTask().GetAwaiter().GetResult();
    }
}
