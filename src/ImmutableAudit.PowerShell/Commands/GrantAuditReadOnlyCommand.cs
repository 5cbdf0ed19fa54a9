using System.Management.Automation;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Makes a role that reads a log and can do nothing else.</summary>
[Cmdlet(VerbsSecurity.Grant, "AuditReadOnly", SupportsShouldProcess = true)]
[OutputType(typeof(AuditRoleInfo))]
public sealed class GrantAuditReadOnlyCommand : GrantCommand
{
    /// <summary>Lets it see versions, locks and the bucket's configuration, too: what a full verification looks at.</summary>
    [Parameter]
    public SwitchParameter Verifier { get; set; }

    private protected override string What => Verifier ? "verify the log and nothing else" : "read the log and nothing else";

    private protected override GrantedRoleKind Kind => GrantedRoleKind.Reader;

    private protected override RolePlan Plan(LogLocation log) => new ReaderRolePlan { Name = RoleName, Log = log, Trust = Trust, Verifier = Verifier };
}
