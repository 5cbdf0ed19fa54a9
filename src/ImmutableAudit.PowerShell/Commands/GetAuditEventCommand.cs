using System.Management.Automation;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Reads records, each verified before it is handed out.</summary>
[Cmdlet(VerbsCommon.Get, "AuditEvent", DefaultParameterSetName = RangeSet)]
[OutputType(typeof(AuditRecord))]
public sealed class GetAuditEventCommand : RecordReadingCommand
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

    private protected override void Process() => ReadLog(Log, Ranges, WriteObject);

    private IEnumerable<(long First, long Last)> Ranges(long size) => ParameterSetName switch
    {
        NewestSet => [(Math.Max(0, size - Newest), size - 1)],
        SequenceSet => Sequence.Select(sequence => Range(sequence, sequence, size)),
        _ => [Range(From, To, size)],
    };
}
