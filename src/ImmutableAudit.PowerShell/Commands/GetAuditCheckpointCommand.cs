using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Gives the newest signed checkpoint of logs, to be kept elsewhere.</summary>
[Cmdlet(VerbsCommon.Get, "AuditCheckpoint")]
[OutputType(typeof(AuditCheckpointInfo))]
public sealed class GetAuditCheckpointCommand : ConnectedCommand
{
    /// <summary>Directories or s3:// URIs.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string[]? Log { get; set; }

    private protected override void Process()
    {
        foreach (var log in Log is { Length: > 0 } ? Log : [null!])
            Give(log);
    }

    private void Give(string? log)
    {
        try
        {
            var location = Locate(log);
            var store = OpenStore(location);
            var opened = Wait(async token =>
            {
                await using (store.ConfigureAwait(false))
                    return await AuditLog.OpenAsync(store, token).ConfigureAwait(false);
            });
            WarnOfDoubts(opened, location);
            WriteObject(new AuditCheckpointInfo(opened));
        }
        catch (AuditException e)
        {
            // The next log of the pipeline has nothing to do with it.
            ReportItem(e, log);
        }
    }
}
