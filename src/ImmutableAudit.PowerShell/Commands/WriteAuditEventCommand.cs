using System.Management.Automation;
using System.Security;
using ImmutableAudit.Events;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Writes events to a log, from a pipeline or from parameters.</summary>
[Cmdlet(VerbsCommunications.Write, "AuditEvent", SupportsShouldProcess = true, DefaultParameterSetName = ObjectSet)]
[OutputType(typeof(AuditReceipt))]
public sealed partial class WriteAuditEventCommand : ConnectedCommand
{
    private const string ObjectSet = "Object";
    private const string PropertySet = "Property";

    /// <summary>A custom object, a dictionary, a JSON text, an event, or any object with properties.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ObjectSet)]
    [Parameter(ValueFromPipeline = true, ParameterSetName = PropertySet)]
    public PSObject? InputObject { get; set; }

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

    /// <summary>A directory that keeps what is being sent, so that a kill neither loses nor doubles it.</summary>
    [Parameter]
    public string? Spool { get; set; }

    /// <summary>Hands out a receipt for each event, once it is durable.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private EventMapper _mapper = null!;
    private EventBatch? _checked;
    private WriteSession? _session;
    private bool _hasInput;
    private bool _settled;
    private bool _lockWarned;
    private long _refused;
    private long _nextProgress;

    private protected override void Begin()
    {
        _hasInput = MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject));
        _mapper = new EventMapper(new EventDefaults(GivenEvent()));
        var location = Locate(Log);
        if (ShouldProcess($"Write audit events to '{location}'.", $"Write audit events to '{location}'?", "Write-AuditEvent", out var reason))
            Open(location);
        else if (reason.HasFlag(ShouldProcessReason.WhatIf))
            _checked = new EventBatch();
    }

    private protected override void Process()
    {
        if (_session is null && _checked is null)
            return; // The caller was asked, and said no.
        try
        {
            var made = _hasInput ? _mapper.Map(InputObject) : _mapper.MapNothing();
            if (_session is not null)
                _session.Feed.Add(made);
            else
                Check(made);
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.EventInvalid or AuditErrors.EventTooLarge)
        {
            _refused++;
            ReportItem(e, InputObject);
        }

        if (_session is not null)
        {
            TakeResults();
            ShowProgress();
        }
    }

    private protected override void End()
    {
        if (_checked is not null)
            ShouldProcess($"Write {_wouldWrite:N0} events to '{Locate(Log)}'; {_refused:N0} would be refused.", "", "");
        if (_session is null)
            return;
        _session.Feed.Flush();
        TakeResults();
        Remember();
        _settled = true;
        EndProgress();
        if (_session.FinishTiles() is { } tiles && (tiles.Written > 0 || tiles.Trouble is not null))
            WriteVerbose($"{tiles.Written:N0} Merkle tiles were written.{(tiles.Trouble is { } trouble ? $" Some weren't, which concerns no event: {trouble}" : "")}");
        if (_session.Summaries is { } summaries && (summaries.Written > 0 || summaries.Trouble is not null))
            WriteVerbose($"{summaries.Written:N0} summaries were written.{(summaries.Trouble is { } what ? $" Some weren't, which concerns no event: {what}" : "")}");
        WriteVerbose($"{_session.Feed.Acknowledged:N0} events are in '{_session.Location}'; {_refused:N0} were refused.");
    }

    private protected override void Release()
    {
        if (_session is null)
            return;
        try
        {
            if (!_settled)
                SettleAfterAbort(_session.Feed);
        }
        finally
        {
            _session.Dispose();
        }
    }
}
