using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Reads records, each verified before it is handed out.</summary>
[Cmdlet(VerbsCommon.Get, "AuditEvent", DefaultParameterSetName = RangeSet)]
[OutputType(typeof(AuditRecord))]
public sealed class GetAuditEventCommand : ConnectedCommand
{
    private const string RangeSet = "Range";
    private const string NewestSet = "Newest";
    private const string SequenceSet = "Sequence";

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The numbers of single records.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SequenceSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, long.MaxValue)]
    public long[] Sequence { get; set; } = [];

    /// <summary>The first record.</summary>
    [Parameter(ParameterSetName = RangeSet)]
    [ValidateRange(0, long.MaxValue)]
    public long From { get; set; }

    /// <summary>The last record, included.</summary>
    [Parameter(ParameterSetName = RangeSet)]
    [ValidateRange(0, long.MaxValue)]
    public long To { get; set; } = long.MaxValue;

    /// <summary>So many records from the log's end, in the log's order.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NewestSet)]
    [ValidateRange(1, long.MaxValue)]
    public long Newest { get; set; }

    /// <summary>Only events that happened then or later.</summary>
    [Parameter]
    public DateTime? After { get; set; }

    /// <summary>Only events that happened before.</summary>
    [Parameter]
    public DateTime? Before { get; set; }

    private protected override void Process()
    {
        var location = Locate(Log);
        var store = OpenStore(location);
        try
        {
            var log = Wait(token => AuditLog.OpenAsync(store, token));
            if (log.VersionsUnseen is { } unseen)
                WriteWarning($"Only what is current could be listed of '{location}', not what lies under or over it: newer records may be hidden. {unseen}");
            if (log.Doubt is { } doubt)
                ReportItem(doubt, location.ToString());
            foreach (var (first, last) in Ranges(log.Size))
                Read(log, first, last);
            CheckEnd(log, location);
        }
        finally
        {
            Close(store);
        }
    }

    private IEnumerable<(long First, long Last)> Ranges(long size) => ParameterSetName switch
    {
        NewestSet => [(Math.Max(0, size - Newest), size - 1)],
        SequenceSet => Sequence.Select(sequence => sequence < size
            ? (sequence, sequence)
            : throw new AuditException(AuditErrors.RangeInvalid, $"There is no record {sequence}: the log ends with {size - 1}.", sequence)),
        _ when From >= size => throw new AuditException(AuditErrors.RangeInvalid, $"There is no record {From}: the log ends with {size - 1}.", From),
        _ => [(From, To)],
    };

    // A log that lost its newest records reads well to its end: only who has seen more can tell.
    private void CheckEnd(AuditLog log, LogLocation location)
    {
        if (LogMemory.Contradiction(RecallOrWarn(MemoryOf(location)), log.Genesis.Origin, log.GenesisHash, log.Size) is { } contradiction)
            ReportItem(new AuditException(AuditErrors.RecordNotVerified, contradiction, log.Size), location.ToString());
    }

    private void Read(AuditLog log, long first, long last)
    {
        // Unspecified kinds are the caller's local time, as everywhere in PowerShell.
        var after = After?.ToUniversalTime();
        var before = Before?.ToUniversalTime();
        var records = log.ReadAsync(first, last, StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (Next(records))
            {
                var time = records.Current.Time.UtcDateTime;
                if ((after is null || time >= after) && (before is null || time < before))
                    WriteObject(records.Current);
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
