using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Evidence;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Exports records with all that proves them, in one zip.</summary>
[Cmdlet(VerbsData.Export, "AuditEvidence", SupportsShouldProcess = true, DefaultParameterSetName = FilterSet)]
[OutputType(typeof(EvidenceSummary))]
public sealed class ExportAuditEvidenceCommand : ConnectedCommand
{
    private const string SequenceSet = "Sequence";
    private const string FilterSet = "Filter";
    private readonly HashSet<long> _sequences = [];
    private readonly Dictionary<long, string> _leaves = [];

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The zip to make.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The numbers of the records; records that were read can be piped in.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SequenceSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, long.MaxValue)]
    public long[] Sequence { get; set; } = [];

    /// <summary>The leaf hash of a record that is piped in: the log must still have that record.</summary>
    [Parameter(ParameterSetName = SequenceSet, ValueFromPipelineByPropertyName = true)]
    public string? LeafHash { get; set; }

    /// <summary>Only events that happened then or later.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public DateTime? After { get; set; }

    /// <summary>Only events that happened before.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public DateTime? Before { get; set; }

    /// <summary>Only of these actors, by id or name, with * and ?, in any case.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public string[] Actor { get; set; } = [];

    /// <summary>Only on these resources, by id or name, with * and ?; case counts.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public string[] Resource { get; set; } = [];

    /// <summary>Only these actions, with * and ?, in any case.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public string[] Action { get; set; } = [];

    /// <summary>Only with these outcomes.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public AuditOutcome[] Outcome { get; set; } = [];

    /// <summary>A signed checkpoint that was kept, as text or file: the proofs are under it. Default: the newest.</summary>
    [Parameter]
    public string? Checkpoint { get; set; }

    /// <summary>Files with the root certificates of the timestamping authorities that the exporter believes.</summary>
    [Parameter]
    public string[]? TimestampRoot { get; set; }

    /// <summary>Who asked, a case's number: put in as the exporter's word.</summary>
    [Parameter]
    public string? Note { get; set; }

    /// <summary>Verifies the whole log too, and puts the result in.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        if (ParameterSetName != SequenceSet)
            return;
        _sequences.UnionWith(Sequence);
        if (Sequence is [var one] && !string.IsNullOrEmpty(LeafHash))
            _leaves[one] = LeafHash;
    }

    private protected override void End()
    {
        // An empty pipeline isn't a wish for all records.
        if (ParameterSetName == SequenceSet && _sequences.Count == 0 || (MyInvocation.ExpectingInput && _sequences.Count == 0))
            throw new AuditException(AuditErrors.RangeInvalid, "No record came through the pipeline, so nothing was exported.");
        var location = Locate(Log);
        var destination = LogAddress.FilePath(Path, SessionState);
        var plan = new EvidencePlan
        {
            // Unspecified kinds are the caller's local time, as everywhere in PowerShell.
            Selection = new EvidenceSelection
            {
                Sequences = ParameterSetName == SequenceSet ? _sequences : null,
                LeafHashes = _leaves,
                After = After?.ToUniversalTime(),
                Before = Before?.ToUniversalTime(),
                Actors = Actor,
                Resources = Resource,
                Actions = Action,
                Outcomes = Outcome,
            },
            Checkpoint = Checkpoint is null ? null : TrustedHistory.ReadNote(Checkpoint, SessionState),
            TimestampRoots = RootFiles.ReadContents(TimestampRoot, SessionState),
            Note = Note,
            Verify = Verify,
        };
        if (!ShouldProcess(destination, $"Export evidence from '{location}'"))
            return;
        var store = OpenStore(location);
        try
        {
            // Settled, so that nothing unfinished is left behind.
            var summary = Settle(token => EvidenceBuilder.ExportAsync(store, plan, destination, Force, token));
            foreach (var unknown in summary.Unknown)
                WriteWarning(unknown);
            WriteObject(summary);
        }
        finally
        {
            Close(store);
        }
    }
}
