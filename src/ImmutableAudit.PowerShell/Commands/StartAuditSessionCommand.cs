using System.Management.Automation;
using System.Security;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Records each command of this console.</summary>
[Cmdlet(VerbsLifecycle.Start, "AuditSession", SupportsShouldProcess = true)]
[OutputType(typeof(AuditSessionInfo))]
public sealed class StartAuditSessionCommand : ConnectedCommand
{
    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The key that seals: a file, or the ARN or alias of an AWS KMS key.</summary>
    [Parameter]
    public string? Key { get; set; }

    /// <summary>The passphrase of the key file.</summary>
    [Parameter]
    public SecureString? Passphrase { get; set; }

    /// <summary>A directory that keeps what isn't in the log yet.</summary>
    [Parameter]
    public string? Spool { get; set; }

    private protected override void Begin()
    {
        ConsoleCheck.Require(Host);
        if (AuditSession.Current is { } current)
            throw new AuditException(AuditErrors.SessionAlreadyStarted, $"This console is being recorded already, into '{current.Log}'. End that with Stop-AuditSession.", current.Log);
        var location = Locate(Log);
        if (!ShouldProcess(location.ToString(), "Record each command of this console"))
            return;
        var target = WriteTarget.Of(this, location, Key, Passphrase);
        var start = SessionStart.Of(SessionState, target, WriteTarget.SpoolDirectory(Spool, SessionState));
        var recorder = Settle(start.BeginAsync);
        foreach (var words in start.ToTell)
            WriteWarning(words);
        var session = start.Made(recorder, Host);
        session.Watch(SessionState, Events, start.NewestHistory);
        WriteObject(session.Info());
    }
}
