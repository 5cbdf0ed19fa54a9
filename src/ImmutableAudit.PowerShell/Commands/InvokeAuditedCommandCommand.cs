using System.Collections;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using System.Security;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Runs a block only if its start is in the log, and records how it ended.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "AuditedCommand", SupportsShouldProcess = true)]
[OutputType(typeof(PSObject))]
public sealed class InvokeAuditedCommandCommand : ConnectedCommand
{
    // In the caller's own scope, as if it stood there.
    private static readonly ScriptBlock RunHere = ScriptBlock.Create("param($Block) . $Block");

    /// <summary>What to run.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Command")]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>What it is done to; the first is the records' resource, all are in their data.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("ResourceId", "Target")]
    [ValidateNotNullOrEmpty]
    public string[] Resource { get; set; } = [];

    /// <summary>The kind of resource.</summary>
    [Parameter]
    public string? ResourceType { get; set; }

    /// <summary>What is done.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Action { get; set; } = "powershell:Invoke";

    /// <summary>Why it is done.</summary>
    [Parameter]
    public string? Reason { get; set; }

    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The key that seals: a file, or the ARN or alias of an AWS KMS key.</summary>
    [Parameter]
    public string? Key { get; set; }

    /// <summary>The passphrase of the key file.</summary>
    [Parameter]
    public SecureString? Passphrase { get; set; }

    /// <summary>A directory that keeps what is being sent.</summary>
    [Parameter]
    public string? Spool { get; set; }

    private bool _running;

    private protected override bool IsCallers(Exception exception) => _running;

    private protected override void End()
    {
        var location = Locate(Log);
        if (!ShouldProcess(Resource[0], $"{Action}, recorded in '{location}'"))
            return;
        var target = WriteTarget.Of(this, location, Key, Passphrase);
        var (command, secrets) = CommandMasker.Command(ScriptBlock.ToString());
        var (start, data) = StartOf(command);
        var spool = WriteTarget.SpoolDirectory(Spool, SessionState);
        using var run = Settle(token => AuditedRun.StartAsync(target, spool, start, data, token));
        var errors = new CommandErrors();
        errors.Forget(Errors());
        var thrown = RunBlock();
        var end = BlockEnd.Of(thrown?.SourceException, IsStopping, errors.New(Errors()), secrets);
        // As it stands then: PowerShell doesn't tell whether a program of the block set it.
        if (GetVariableValue("global:LASTEXITCODE") is int code)
            end = end with { Data = new Dictionary<string, object?>(end.Data) { ["lastExitCode"] = code } };
        Record(run, end, thrown is not null);
        if (thrown is null)
            return;
        _running = true;
        thrown.Throw();
    }

    /// <summary>Runs the block, its output going on as it comes; gives what it threw.</summary>
    private ExceptionDispatchInfo? RunBlock()
    {
        var pipeline = RunHere.GetSteppablePipeline(CommandOrigin.Internal, [ScriptBlock]);
        try
        {
            pipeline.Begin(this);
            pipeline.Process();
            pipeline.End();
            return null;
        }
        catch (Exception e)
        {
            return ExceptionDispatchInfo.Capture(e); // Thrown again, unchanged, once the end is recorded.
        }
        finally
        {
            pipeline.Dispose();
        }
    }

    // Where the block failed, its own error is what the caller gets; so this one is a warning then.
    private void Record(AuditedRun run, BlockEnd end, bool hasThrown)
    {
        try
        {
            Task.Run(() => run.EndAsync(end.Outcome, end.Reason, end.Data)).GetAwaiter().GetResult();
            if (run.NotRemembered is { } words && !hasThrown)
                WriteWarning(words);
        }
        catch (AuditException e) when (hasThrown)
        {
            Host.UI.WriteWarningLine(e.Message);
        }
        catch (AuditException e)
        {
            ReportItem(e, run.Receipt.Sequence);
        }
    }

    private (AuditEvent Start, Dictionary<string, object?> Data) StartOf(string command)
    {
        var identity = SessionIdentity.Of(SessionState);
        var data = new Dictionary<string, object?>(identity.Facts) { ["command"] = BoundedText.Cut(command, BoundedText.CommandBytes, out var isCut) };
        if (isCut)
            data["commandSha256"] = BoundedText.Digest(command);
        if (Resource.Length > 1)
            data["resources"] = Resource;
        if (MyInvocation.ScriptName is { Length: > 0 } script)
            data["script"] = $"{script}:{MyInvocation.ScriptLineNumber}";
        var start = new AuditEvent
        {
            Action = Action,
            Time = DateTimeOffset.UtcNow,
            ActorType = "User",
            ActorId = identity.ActorId,
            Ip = identity.Ip,
            Session = AuditSession.Current?.Id.ToString(),
            ResourceType = ResourceType,
            ResourceId = Resource[0],
            Reason = Reason,
            Host = identity.Host,
            App = "PowerShell",
        };
        return (start, data);
    }

    private IList? Errors() => GetVariableValue("global:Error") as IList;
}
