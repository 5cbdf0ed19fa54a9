using System.Management.Automation;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Shows how the recording of this console stands.</summary>
[Cmdlet(VerbsCommon.Get, "AuditSession")]
[OutputType(typeof(AuditSessionInfo))]
public sealed class GetAuditSessionCommand : AuditCommand
{
    private protected override void Begin()
    {
        if (AuditSession.Current is { } session)
            WriteObject(session.Info());
    }
}
