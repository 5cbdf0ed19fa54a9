using System.Management.Automation;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Forgets logs: the next visit trusts at first sight again.</summary>
[Cmdlet(VerbsCommon.Clear, "AuditTrust", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class ClearAuditTrustCommand : AuditCommand
{
    /// <summary>Locations as they are remembered; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string[] Log { get; set; } = [];

    /// <summary>The S3-compatible endpoint, where one location is remembered for several. Default: any.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Endpoint { get; set; }

    private protected override void Process()
    {
        foreach (var known in TrustSelection.Of(Log, SessionState))
        {
            if ((Endpoint is null || Endpoint == known.Endpoint)
                && ShouldProcess(known.Location, $"Forget the log '{known.Origin}' and the {known.Checkpoint?.Size ?? 0:N0} records that were seen of it"))
                KnownLogs.OfThisAccount().Update(known.Location, known.Endpoint, _ => null);
        }
    }
}
