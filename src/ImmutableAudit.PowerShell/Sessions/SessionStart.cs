using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Host;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>Begins a session: its first record is in the log before any command is seen.</summary>
internal sealed class SessionStart
{
    private readonly Guid _id = Guid.NewGuid();
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private readonly ConcurrentQueue<string> _toTell = [];
    private readonly WriteTarget _target;
    private readonly SessionIdentity _identity;
    private readonly SessionEntry _entry;
    private readonly string? _spool;
    private string? _folder;

    private SessionStart(WriteTarget target, SessionIdentity identity, string? spool, long newestHistory)
    {
        (_target, _identity, _spool, NewestHistory) = (target, identity, spool, newestHistory);
        _entry = CommandTracker.About(identity, _id, SessionEntry.SessionStart, 0, _now) with
        {
            Outcome = AuditOutcome.Success,
            Data = new Dictionary<string, object?>(identity.Facts) { ["version"] = Environment.Version.ToString() },
        };
    }

    /// <summary>The newest command of the console's history when the session began.</summary>
    public long NewestHistory { get; }

    /// <summary>What the user has to know.</summary>
    public IEnumerable<string> ToTell => _toTell;

    public static SessionStart Of(SessionState state, WriteTarget target, string? spool)
    {
        // The parser, the patterns and the history are warmed up here rather than at the first prompt.
        CommandMasker.Command("Get-Item -Path ./x -Token y; $password = 'z'");
        CommandTargets.Of("Get-Item ./x");
        var history = PromptWrapper.History(state).Select(info => info.Id).DefaultIfEmpty().Max();
        return new SessionStart(target, SessionIdentity.Of(state), spool, history);
    }

    /// <summary>Settles what earlier sessions left behind, and records the start.</summary>
    /// <exception cref="AuditException">The start can't be recorded.</exception>
    public async Task<SessionRecorder> BeginAsync(CancellationToken cancellationToken)
    {
        if (_spool is not null)
        {
            await SessionSpool.SettleAsync(_target, _spool, _toTell.Enqueue, cancellationToken).ConfigureAwait(false);
            _folder = SessionSpool.Create(_spool, _id);
        }

        SessionJournal? journal = null;
        var writer = new SessionWriter(_target, _folder);
        try
        {
            await writer.OpenAsync(cancellationToken).ConfigureAwait(false);
            writer.Journal = journal = _folder is null ? null : SessionJournal.Create(_folder, _target.Location.ToString(), _entry, []);
            if (writer.Contradiction is { } contradiction)
                _toTell.Enqueue(contradiction);
            var entries = new List<SessionEntry> { _entry };
            if (await writer.CommitAsync(entries, cancellationToken).ConfigureAwait(false) is { } failure)
                throw failure;
            return new SessionRecorder(writer, journal);
        }
        catch
        {
            writer.Dispose();
            journal?.Dispose();
            throw;
        }
    }

    public AuditSession Made(SessionRecorder recorder, PSHost host) => new(_target.Location.ToString(), _id, _now, _identity, recorder, host, _folder);
}
