using System.Management.Automation;
using ImmutableAudit.Export;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Writes a log's records, verified, to files for who doesn't have the log.</summary>
[Cmdlet(VerbsData.Export, "AuditLog", SupportsShouldProcess = true)]
[OutputType(typeof(ExportReport))]
public sealed class ExportAuditLogCommand : ConnectedCommand
{
    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>As what.</summary>
    [Parameter(Mandatory = true)]
    public LogExportFormat Format { get; set; }

    /// <summary>A directory for TLogTiles, a file for JsonLines.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public string Destination { get; set; } = "";

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        var location = Locate(Log);
        var destination = LogAddress.FilePath(Destination, SessionState);
        if (!ShouldProcess(destination, $"Export '{location}' as {Format}"))
            return;
        var store = OpenStore(location);
        try
        {
            // Settled, so that nothing unfinished is left behind.
            var report = Settle(token => LogExport.RunAsync(store, Format, destination, Force, token));
            if (report.VersionsUnseen is { } unseen)
                WriteWarning($"Only what is current could be listed of '{location}', not what lies under or over it: newer records may be hidden. {unseen}");
            WriteObject(report);
        }
        finally
        {
            Close(store);
        }
    }
}
