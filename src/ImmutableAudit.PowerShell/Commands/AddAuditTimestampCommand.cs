using System.Management.Automation;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Has a log's checkpoint timestamped by an RFC 3161 authority, and keeps the token beside the log.</summary>
[Cmdlet(VerbsCommon.Add, "AuditTimestamp", SupportsShouldProcess = true)]
[OutputType(typeof(AuditTimestamp))]
public sealed class AddAuditTimestampCommand : ConnectedCommand
{
    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The timestamping authority's address, http or https.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public Uri TsaUrl { get; set; } = null!;

    /// <summary>Files with the root certificates that are trusted. Without, nobody says who issued the timestamp.</summary>
    [Parameter]
    [Alias("TimestampRoot")]
    public string[]? Root { get; set; }

    /// <summary>A signed checkpoint of this log, as text or file. Default: the newest.</summary>
    [Parameter]
    public string? Checkpoint { get; set; }

    /// <summary>The authority's policy to ask for, an object identifier. Default: the authority's own choice.</summary>
    [Parameter]
    public string? Policy { get; set; }

    /// <summary>How many seconds the authority may take.</summary>
    [Parameter]
    [ValidateRange(1, 600)]
    public int TimeoutSeconds { get; set; } = 30;

    private protected override void Process()
    {
        var location = Locate(Log);
        var plan = new TimestampPlan
        {
            TsaUrl = TsaUrl,
            Roots = RootFiles.Read(Root, SessionState),
            Checkpoint = Checkpoint is null ? null : TrustedHistory.ReadNote(Checkpoint, SessionState),
            Policy = Policy,
            Patience = TimeSpan.FromSeconds(TimeoutSeconds),
        };
        if (!ShouldProcess(location.ToString(), $"Send the hash of {(Checkpoint is null ? "the newest" : "a")} checkpoint to {plan.Tsa} and store its timestamp"))
            return;
        var store = OpenStore(location);
        try
        {
            WriteObject(Settle(token => Timestamper.AddAsync(store, plan, token)));
        }
        catch (AuditException e)
        {
            ReportItem(e, location.ToString());
        }
        finally
        {
            Close(store);
        }
    }
}
