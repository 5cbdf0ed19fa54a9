using System.Management.Automation;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <content>Opening the log, following the commits, and ending, whichever way that comes.</content>
public sealed partial class WriteAuditEventCommand
{
    private const int ProgressEvery = 500;
    private long _wouldWrite;
    private ProgressRecord? _progress;

    private void Open(LogLocation location)
    {
        var target = WriteTarget.Of(this, location, Key, Passphrase);
        // Settled, since opening sends what a spool kept.
        var spool = WriteTarget.SpoolDirectory(Spool, SessionState);
        _session = Settle(token => target.OpenAsync(spool, token, StopToken));
        if (_session.Contradiction(target.Known) is { } contradiction)
            WriteWarning(contradiction);
        if (_session.Recovered is { } recovered)
            TellRecovered(recovered);
    }

    private void TellRecovered(CommitResult recovered)
    {
        var words = $"The spool held {recovered.Submitted:N0} events of a writer that was ended; {recovered.Acknowledged:N0} of them are in the log now.";
        if (recovered.Failure is null)
            WriteVerbose(words);
        else
            WriteWarning($"{words} {recovered.Failure.Message}");
        if (PassThru)
            WriteObject(recovered.Receipts(), true);
    }

    private void Check(AuditEvent made)
    {
        if (_checked!.IsFull)
            _checked = new EventBatch();
        _checked.Add(made);
        _wouldWrite++;
    }

    private void TakeResults()
    {
        while (_session!.Feed.TryTakeResult(out var result))
        {
            if (PassThru)
            {
                foreach (var receipt in result.Receipts())
                    WriteObject(receipt);
            }

            if (result.LockUnknown is { } reason && !_lockWarned)
            {
                _lockWarned = true;
                WriteWarning($"The events are in the log, and how they are locked couldn't be read back: {reason}");
            }

            if (result.Failure is null)
                continue;
            if (result.Acknowledged == result.Submitted)
            {
                WriteError(CommitErrors.Of(result, _session.Feed, _session.Location));
                continue;
            }

            if (IsStopping)
                throw new PipelineStoppedException(); // What is lost by that is told when the cmdlet is let go of.
            _settled = true;
            Remember();
            ThrowTerminatingError(CommitErrors.Of(result, _session.Feed, _session.Location));
        }
    }

    private void Remember()
    {
        try
        {
            _session!.Remember();
        }
        catch (AuditException e)
        {
            WriteWarning($"The events are in the log, and this account can't remember how far it is: {e.Message}");
        }
    }

    private void ShowProgress()
    {
        var now = Environment.TickCount64;
        if (now < _nextProgress)
            return;
        // Nothing for the first moment: most pipelines are over by then.
        if (_nextProgress > 0)
        {
            _progress = new ProgressRecord(1, $"Writing to {_session!.Location}", $"{_session.Feed.Acknowledged:N0} of {_session.Feed.Taken:N0} events are durable");
            WriteProgress(_progress);
        }

        _nextProgress = now + ProgressEvery;
    }

    private void EndProgress()
    {
        if (_progress is null)
            return;
        _progress.RecordType = ProgressRecordType.Completed;
        WriteProgress(_progress);
    }

    /// <summary>
    /// The pipeline was ended before its end: by Ctrl+C, by a command before or behind. What was asked to stop sends
    /// nothing more; otherwise what was taken is written. Either way nothing is lost without a word.
    /// </summary>
    private void SettleAfterAbort(EventFeed feed)
    {
        try
        {
            if (IsStopping)
                feed.Settle();
            else
                feed.Flush();
            while (feed.TryTakeResult(out var result))
            {
                if (result.Failure is not null && !IsStopping)
                    TellHost(result.Failure.Message);
            }

            _session!.Remember();
        }
        catch (Exception e) when (e is AuditException or AggregateException)
        {
            TellHost(e.Message);
        }

        if (feed.NotWritten > 0 || feed.InDoubt.Count > 0)
            TellHost($"Writing to '{_session!.Location}' was ended early: of {feed.Taken:N0} events {feed.Acknowledged:N0} are in the log, {feed.InDoubt.Count:N0} in doubt, {feed.NotWritten:N0} not written. {string.Join(' ', feed.InDoubt.Take(100))}".TrimEnd());
    }
}
