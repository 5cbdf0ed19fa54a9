using System.Threading.Channels;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Takes a session's entries without making the prompt wait, and commits them in the background for as long as the
/// session lasts. Where the log can't be written it goes on trying; what no longer fits its queue is counted as lost.
/// </summary>
internal sealed class SessionRecorder : IDisposable
{
    private const int MostWaiting = 10_000;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private readonly Channel<SessionEntry> _queue = Channel.CreateBounded<SessionEntry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _giveUp = new();
    private readonly SessionWriter _writer;
    private readonly SessionJournal? _journal;
    private readonly Task _work;
    private readonly List<SessionEntry> _waiting = [];
    private long _taken;
    private long _lost;
    private volatile Exception? _trouble;
    private volatile string? _notice;

    /// <summary>Goes on with a writer whose log is open and has the session's start. Takes both over.</summary>
    public SessionRecorder(SessionWriter writer, SessionJournal? journal)
    {
        _writer = writer;
        _journal = journal;
        _work = Task.Run(WorkAsync);
    }

    public long Recorded => _writer.Recorded;

    public long InDoubt => _writer.InDoubt;

    /// <summary>How many can't come into the log any more: the queue was full, or they can't be written at all.</summary>
    public long Lost => Interlocked.Read(ref _lost) + _writer.Refused;

    /// <summary>How many are still to be committed.</summary>
    public long Waiting => Math.Max(0, Interlocked.Read(ref _taken) + 1 - Recorded - InDoubt - _writer.Refused);

    /// <summary>Why the log can't be written just now; null if it can.</summary>
    public string? Trouble => _trouble?.Message;

    /// <summary>Notes that a command is about to run. Kept by the spool only.</summary>
    public void Begun(SessionEntry entry) => Keep(entry, ended: false);

    /// <summary>Takes an entry. Returns at once.</summary>
    public void Record(SessionEntry entry)
    {
        Keep(entry, ended: true);
        if (_queue.Writer.TryWrite(entry))
        {
            Interlocked.Increment(ref _taken);
            return;
        }

        if (Interlocked.Increment(ref _lost) == 1)
            _notice = $"More than {MostWaiting:N0} commands wait to be recorded: from here on they are lost until the log can be written again.{(_journal is null ? "" : " The spool keeps them.")}";
    }

    /// <summary>What the user has to be told, once each.</summary>
    public string? TakeNotice() => Interlocked.Exchange(ref _notice, null);

    /// <summary>Takes nothing more, and waits until everything is in the log or patience ends.</summary>
    /// <returns>Whether everything is in the log.</returns>
    public bool Finish(TimeSpan patience)
    {
        _queue.Writer.TryComplete();
        if (!_work.Wait(patience))
        {
            _giveUp.Cancel();
            // What is under way is settled or told to be in doubt; the store has time-outs of its own.
            _work.Wait(TimeSpan.FromSeconds(2));
        }

        if (!_work.IsCompleted)
            return false;
        try
        {
            _writer.Remember();
        }
        catch (AuditException e)
        {
            _notice = $"The commands are in the log, and this account can't remember how far it is: {e.Message}";
        }

        return Waiting == 0 && InDoubt == 0 && Lost == 0;
    }

    public void Dispose()
    {
        // While a commit is still under way, the process's end lets go of everything.
        if (!_work.IsCompleted)
            return;
        _writer.Dispose();
        _journal?.Dispose();
        _giveUp.Dispose();
    }

    private void Keep(SessionEntry entry, bool ended)
    {
        try
        {
            _journal?.Keep(entry, ended);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _notice = $"The spool can't be written, so a command that never comes back won't be known: {e.Message}";
        }
    }

    private async Task WorkAsync()
    {
        var pause = FirstPause;
        while (await MoreAsync().ConfigureAwait(false))
        {
            while (_waiting.Count < MostWaiting && _queue.Reader.TryRead(out var entry))
                _waiting.Add(entry);
            _trouble = await CommitAsync().ConfigureAwait(false);
            if (_trouble is null)
            {
                pause = FirstPause;
                continue;
            }

            if (_waiting.Count == 0)
                continue;
            try
            {
                await Task.Delay(pause, _giveUp.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async ValueTask<bool> MoreAsync() => _waiting.Count > 0 || await _queue.Reader.WaitToReadAsync().ConfigureAwait(false);

    private async Task<Exception?> CommitAsync()
    {
        Exception? failure;
        try
        {
            failure = await _writer.CommitAsync(_waiting, _giveUp.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuditException or IOException or UnauthorizedAccessException or OperationCanceledException or AggregateException)
        {
            failure = e;
        }

        // Told once, until it went well again.
        if (failure is not null && _trouble is null)
            _notice = $"Commands aren't being recorded: {failure.Message} They are kept {(_journal is null ? "in memory" : "in the spool")} meanwhile.";
        return failure;
    }
}
