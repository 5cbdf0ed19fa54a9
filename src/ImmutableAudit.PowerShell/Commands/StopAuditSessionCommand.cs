using System.Management.Automation;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Ends the recording of this console.</summary>
[Cmdlet(VerbsLifecycle.Stop, "AuditSession", SupportsShouldProcess = true)]
[OutputType(typeof(AuditSessionInfo))]
public sealed class StopAuditSessionCommand : AuditCommand
{
    private protected override void Begin()
    {
        var session = AuditSession.Current
            ?? throw new AuditException(AuditErrors.SessionNotStarted, "This console isn't being recorded. Start-AuditSession begins.");
        if (!ShouldProcess(session.Log, "End the recording of this console"))
            return;
        session.Unwrap();
        WriteObject(session.End("Stop-AuditSession"));
    }
}
