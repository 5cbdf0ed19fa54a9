using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Host;
using ImmutableAudit.Events;
using Microsoft.PowerShell.Commands;

namespace ImmutableAudit.PowerShell;

/// <summary>The recording of one console, from Start-AuditSession to its end, whichever way that comes. A process has at most one.</summary>
internal sealed class AuditSession
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Lock _ending = new();
    private readonly CommandErrors _errors = new();
    private readonly SessionIdentity _identity;
    private readonly SessionRecorder _recorder;
    private readonly CommandTracker _tracker;
    private readonly PSHost _host;
    private readonly string? _spool;
    private PromptWrapper? _prompt;
    private SessionEnding? _endings;
    private SessionState? _state;
    private CommandEnd? _end;
    private bool _promptSeen = true;
    private string? _why;

    public AuditSession(string log, Guid id, DateTimeOffset started, SessionIdentity identity, SessionRecorder recorder, PSHost host, string? spool)
    {
        (Log, Id, Since, _identity, _recorder, _host, _spool) = (log, id, started, identity, recorder, host, spool);
        _tracker = new CommandTracker(identity, id, started, recorder);
    }

    /// <summary>The session of this process; null where none is recorded.</summary>
    public static AuditSession? Current { get; private set; }

    public string Log { get; }

    public Guid Id { get; }

    public DateTimeOffset Since { get; }

    public PromptWrapper? Prompt => _prompt;

    /// <summary>Begins to see commands.</summary>
    public void Watch(SessionState state, PSEventManager events, long newestHistory)
    {
        _tracker.SkipHistory(newestHistory);
        _errors.Forget(Errors(state));
        Current = this;
        _state = state;
        _prompt = PromptWrapper.Install(state);
        _endings = SessionEnding.Watch(events, End);
    }

    /// <summary>Puts the prompt back as it was.</summary>
    public void Unwrap() => _prompt?.Restore(_state!);

    /// <summary>The prompt is about to be shown. Runs nothing of PowerShell, which would change <c>$?</c>.</summary>
    public void BeforePrompt(bool succeeded, SessionState state)
    {
        _promptSeen = true;
        var (count, message, id) = _errors.New(Errors(state));
        _end = new CommandEnd(succeeded, count, message, id, state.PSVariable.GetValue("global:LASTEXITCODE") as int?);
    }

    /// <summary>The prompt has been made: now the history can be asked.</summary>
    public void AfterPrompt(SessionState state)
    {
        _tracker.End(History(state), Level(state), _end, Directory(state));
        _errors.Forget(Errors(state));
        _prompt?.Mend(state, prompt: false);
        Tell();
    }

    /// <summary>A line was read and is about to run.</summary>
    public void BeforeCommand(string? line, SessionState state)
    {
        if (!_promptSeen)
        {
            // Somebody put another prompt in place of ours, and it doesn't call it.
            _tracker.End(History(state), Level(state), null, Directory(state));
            _errors.Forget(Errors(state));
            _prompt?.Mend(state, prompt: true);
        }

        _promptSeen = false;
        if (!string.IsNullOrWhiteSpace(line))
            _tracker.Begin(line, Level(state), Directory(state));
    }

    /// <summary>Ends the recording: tells what never came back, and waits for the log.</summary>
    /// <param name="reason">Why it ends.</param>
    public AuditSessionInfo End(string reason)
    {
        lock (_ending)
        {
            if (_why is not null)
                return Info();
            _why = reason;
            if (ReferenceEquals(Current, this))
                Current = null;
            _endings?.Dispose();
            _tracker.Abandon("It hadn't come back when the recording ended.");
            var end = CommandTracker.About(_identity, Id, SessionEntry.SessionEnd, _tracker.NextNumber, DateTimeOffset.UtcNow) with { Outcome = AuditOutcome.Success, Reason = reason };
            end = end.With("commands", _tracker.Commands).With("lost", _recorder.Lost).With("inDoubt", _recorder.InDoubt);
            _recorder.Record(end);
            var complete = _recorder.Finish(Patience);
            Tell();
            if (!complete)
                Warn($"Not everything of this session is in '{Log}': {_recorder.Waiting:N0} records wait, {_recorder.InDoubt:N0} are in doubt, {_recorder.Lost:N0} are lost. {_recorder.Trouble}{(_spool is null ? "" : " What waits is in the spool, and the next session that uses it writes it.")}");
            var info = Info();
            _recorder.Dispose();
            if (complete && _spool is not null)
                Forget(_spool);
            return info;
        }
    }

    public AuditSessionInfo Info() => new(Log, Id, Since, _tracker.Commands, _recorder, _why is null);

    /// <summary>Says something at the prompt, where no pipeline is.</summary>
    public void Warn(string words)
    {
        try
        {
            _host.UI.WriteWarningLine(words);
        }
        catch (Exception e) when (e is HostException or InvalidOperationException or IOException or NotImplementedException)
        {
            Console.Error.WriteLine("WARNING: " + words);
        }
    }

    private void Tell()
    {
        if (_recorder.TakeNotice() is { } notice)
            Warn(notice);
    }

    private void Forget(string spool)
    {
        try
        {
            SessionSpool.Remove(spool);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Warn($"Everything of this session is in the log, and its spool '{spool}' couldn't be removed: {e.Message}");
        }
    }

    private static IList? Errors(SessionState state) => state.PSVariable.GetValue("global:Error") as IList;

    private static int Level(SessionState state) => state.PSVariable.GetValue("NestedPromptLevel") as int? ?? 0;

    // As PowerShell shows it, and not resolved, which would ask a drive that may be slow.
    private static string Directory(SessionState state) => state.Path.CurrentLocation.Path;

    private static IEnumerable<HistoryInfo> History(SessionState state) => PromptWrapper.History(state);
}
