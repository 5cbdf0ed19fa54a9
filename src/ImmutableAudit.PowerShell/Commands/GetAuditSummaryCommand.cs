using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Summary;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Counts records by who, what, where and when.</summary>
[Cmdlet(VerbsCommon.Get, "AuditSummary", DefaultParameterSetName = LogSet)]
[OutputType(typeof(SummaryRow))]
public sealed class GetAuditSummaryCommand : RecordReadingCommand
{
    private const string LogSet = "Log";
    private const string RecordSet = "Record";

    private RecordSummary? _summary;

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ParameterSetName = LogSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>Records, as Get-AuditEvent gives them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RecordSet, ValueFromPipeline = true)]
    public AuditRecord[] InputObject { get; set; } = [];

    /// <summary>What to count by.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public SummaryBy[] By { get; set; } = [SummaryBy.Actor, SummaryBy.Action, SummaryBy.Resource, SummaryBy.Outcome, SummaryBy.Day];

    /// <summary>How many values of each to show by themselves.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Top { get; set; }

    /// <summary>The first record.</summary>
    [Parameter(ParameterSetName = LogSet)]
    [ValidateRange(0, long.MaxValue)]
    public long From { get; set; }

    /// <summary>The last record, included.</summary>
    [Parameter(ParameterSetName = LogSet)]
    [ValidateRange(0, long.MaxValue)]
    public long To { get; set; } = long.MaxValue;

    private protected override void Begin() => _summary = new RecordSummary(By);

    private protected override void Process()
    {
        if (ParameterSetName == LogSet)
        {
            ReadLog(Log, size => [Range(From, To, size)], _summary!.Add);
            return;
        }

        foreach (var record in InputObject.Where(IsInTime))
            _summary!.Add(record);
    }

    private protected override void End() => WriteObject(_summary!.Rows(Top), enumerateCollection: true);
}
