using System.Management.Automation;
using ImmutableAudit.Access;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Takes a writer's role away.</summary>
[Cmdlet(VerbsSecurity.Revoke, "AuditWriter", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(AuditRoleInfo))]
public sealed class RevokeAuditWriterCommand : RevokeCommand
{
    private protected override GrantedRoleKind Kind => GrantedRoleKind.Writer;
}
