using System.Management.Automation;
using ImmutableAudit.Access;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Takes a reader's role away.</summary>
[Cmdlet(VerbsSecurity.Revoke, "AuditReadOnly", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(AuditRoleInfo))]
public sealed class RevokeAuditReadOnlyCommand : RevokeCommand
{
    private protected override GrantedRoleKind Kind => GrantedRoleKind.Reader;
}
