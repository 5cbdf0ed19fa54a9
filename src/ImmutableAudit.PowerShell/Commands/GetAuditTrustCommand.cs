using System.Management.Automation;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Shows what this account remembers of the logs that it has seen.</summary>
[Cmdlet(VerbsCommon.Get, "AuditTrust")]
[OutputType(typeof(AuditTrustInfo))]
public sealed class GetAuditTrustCommand : AuditCommand
{
    /// <summary>Locations as they are remembered; wildcards are allowed. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string[]? Log { get; set; }

    private protected override void Process()
    {
        foreach (var known in TrustSelection.Of(Log, SessionState))
            WriteObject(new AuditTrustInfo(known));
    }
}
