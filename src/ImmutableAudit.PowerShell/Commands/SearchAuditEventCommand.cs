using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Search;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Finds records by what they say; each is verified before it is handed out.</summary>
[Cmdlet(VerbsCommon.Search, "AuditEvent")]
[OutputType(typeof(AuditRecord))]
public sealed class SearchAuditEventCommand : ConnectedCommand
{
    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The actor's id or name, one of several. Wildcards; the case doesn't matter.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Actor { get; set; } = [];

    /// <summary>The resource's id or name, one of several. Wildcards; the case matters.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Resource { get; set; } = [];

    /// <summary>The action, one of several. Wildcards; the case doesn't matter.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ActionCompleter))]
    public string[] Action { get; set; } = [];

    /// <summary>The outcome, one of several.</summary>
    [Parameter]
    public AuditOutcome[] Outcome { get; set; } = [];

    /// <summary>Only events that happened then or later.</summary>
    [Parameter]
    public DateTime? After { get; set; }

    /// <summary>Only events that happened before.</summary>
    [Parameter]
    public DateTime? Before { get; set; }

    /// <summary>Stands anywhere in the record's JSON; the case doesn't matter.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Text { get; set; }

    /// <summary>So many records at most.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long? First { get; set; }

    /// <summary>From the log's beginning on; otherwise the newest record comes first.</summary>
    [Parameter]
    public SwitchParameter OldestFirst { get; set; }

    /// <summary>The name of a variable that gets the report: what was read and what was left out. Several logs give a list.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportVariable { get; set; }

    private readonly List<SearchReport> _reports = [];

    private protected override void Process()
    {
        var location = Locate(Log);
        var store = OpenStore(location);
        try
        {
            var log = Wait(token => AuditLog.OpenAsync(store, token));
            WarnOfDoubts(log, location);
            var search = log.Search(Query());
            try
            {
                Read(search);
            }
            finally
            {
                Tell(search.Report);
            }
        }
        finally
        {
            Close(store);
        }
    }

    // Unspecified kinds are the caller's local time, as everywhere in PowerShell.
    private SearchQuery Query() => new()
    {
        Actors = Actor,
        Resources = Resource,
        Actions = Action,
        Outcomes = Outcome,
        After = After?.ToUniversalTime(),
        Before = Before?.ToUniversalTime(),
        Text = Text,
        OldestFirst = OldestFirst,
        Most = First,
    };

    private void Read(AuditSearch search)
    {
        var records = search.ReadAsync(StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (Next(records))
                WriteObject(records.Current);
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

    // Most records come of a block that is in memory: then there is nothing to wait for.
    private bool Next(IAsyncEnumerator<AuditRecord> records)
    {
        var next = records.MoveNextAsync();
        return next.IsCompletedSuccessfully ? next.Result : Wait(_ => next.AsTask());
    }

    private void Tell(SearchReport report)
    {
        _reports.Add(report);
        if (ReportVariable is not null)
            SessionState.PSVariable.Set(ReportVariable, _reports.Count == 1 ? report : _reports.ToArray());
        if (IsStopping)
            return;
        if (report.SummariesIgnored > 0)
            WriteWarning($"{report.SummariesIgnored:N0} summaries in '{report.Log}' weren't believed, and what they cover was read instead. The first: {report.Ignored[0]} Test-AuditChain tells more, and Update-AuditIndex -Rebuild with a key rights them.");
        if (report.SummariesUsed == 0 && report.RecordsUncovered > 1024)
            WriteVerbose($"There were no summaries to search '{report.Log}' by, so all of its records were read. Update-AuditIndex with a key writes them.");
        else if (report.RecordsUncovered > 16_384)
            WriteVerbose($"No summary covers {report.RecordsUncovered:N0} of the records that were read. Update-AuditIndex with a key writes those that are missing.");
        WriteVerbose(report.ToString());
    }
}
