using System.Management.Automation;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Makes a role that appends to a log and can neither delete, overwrite for readers, unlock nor configure.</summary>
[Cmdlet(VerbsSecurity.Grant, "AuditWriter", SupportsShouldProcess = true)]
[OutputType(typeof(AuditRoleInfo))]
public sealed class GrantAuditWriterCommand : GrantCommand
{
    /// <summary>Lets the role put segments only, and nothing that is derived from them.</summary>
    [Parameter]
    public SwitchParameter SegmentsOnly { get; set; }

    private protected override string What => "append to the log";

    private protected override GrantedRoleKind Kind => GrantedRoleKind.Writer;

    private protected override RolePlan Plan(LogLocation log) => new WriterRolePlan { Name = RoleName, Log = log, Trust = Trust, Derived = !SegmentsOnly };
}
