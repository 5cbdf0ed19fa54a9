using System.Globalization;
using ImmutableAudit.Events;
using Microsoft.PowerShell.Commands;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Puts together what the two hooks see, the line that is about to run and the prompt after it, with PowerShell's own
/// history, into one entry a command. Called on the console's thread only.
/// </summary>
internal sealed class CommandTracker(SessionIdentity identity, Guid session, DateTimeOffset started, SessionRecorder recorder)
{
    private readonly List<Begun> _begun = [];
    private long _number;
    private long _lastHistory;

    /// <summary>How many commands were seen to end.</summary>
    public long Commands { get; private set; }

    /// <summary>The number that the next entry gets.</summary>
    public long NextNumber => ++_number;

    /// <summary>Takes the history so far for what was before the session.</summary>
    public void SkipHistory(long newest) => _lastHistory = newest;

    /// <summary>A line was read and is about to run.</summary>
    public void Begin(string line, int level, string directory)
    {
        var (masked, secrets) = CommandMasker.Command(line);
        var now = DateTimeOffset.UtcNow;
        var begun = new Begun(line, level, secrets, Entry(masked, now, directory));
        _begun.Add(begun);
        recorder.Begun(begun.Entry);
    }

    /// <summary>The prompt is shown: whatever ran at this level has ended.</summary>
    /// <param name="history">PowerShell's history, of which all is looked at that is new. An entry comes there when its command ends.</param>
    /// <param name="level">How deep prompts are nested.</param>
    /// <param name="end">How the last one ended; null where its prompt wasn't seen.</param>
    /// <param name="directory">Where the console is now.</param>
    public void End(IEnumerable<HistoryInfo> history, int level, CommandEnd? end, string directory)
    {
        var fresh = history.Where(info => info.Id > _lastHistory).OrderBy(info => info.Id).ToList();
        for (var i = 0; i < fresh.Count; i++)
        {
            var info = fresh[i];
            _lastHistory = info.Id;
            // The command that began the session isn't of it.
            if (info.StartExecutionTime.ToUniversalTime() < started.UtcDateTime && !_begun.Exists(begun => begun.Line == info.CommandLine))
                continue;
            var at = _begun.FindLastIndex(begun => begun.Line == info.CommandLine);
            var found = at < 0 ? Unseen(info, directory) : _begun[at];
            if (at >= 0)
                _begun.RemoveAt(at);
            Finish(found, info, i == fresh.Count - 1 ? end : null);
        }

        // What has no place in the history, such as a command that cleared it by other means.
        foreach (var begun in _begun.FindAll(begun => begun.Level >= level))
        {
            _begun.Remove(begun);
            Finish(begun, null, end);
        }
    }

    /// <summary>The session ends while commands run: they are told as begun, without an end.</summary>
    public void Abandon(string reason)
    {
        foreach (var begun in _begun)
        {
            Commands++;
            recorder.Record(begun.Entry.Unfinished(reason));
        }

        _begun.Clear();
    }

    /// <summary>An entry about the session itself.</summary>
    public static SessionEntry About(SessionIdentity identity, Guid session, string action, long number, DateTimeOffset time) => new()
    {
        Number = number,
        Action = action,
        Time = time,
        ActorId = identity.ActorId,
        Ip = identity.Ip,
        Session = session.ToString(),
        Host = identity.Host,
    };

    private void Finish(Begun begun, HistoryInfo? info, CommandEnd? end)
    {
        var status = info?.ExecutionStatus.ToString();
        var entry = info is null ? begun.Entry : begun.Entry with { Time = info.StartExecutionTime };
        var took = info is null ? DateTimeOffset.UtcNow - entry.Time : info.EndExecutionTime - info.StartExecutionTime;
        entry = entry.With("seconds", Math.Round(Math.Max(0, took.TotalSeconds), 3));
        if (info is not null)
            entry = entry.With("historyId", info.Id).With("status", status);
        var (outcome, reason) = Judge(status, end);
        if (end is { Errors: > 0 })
        {
            var message = BoundedText.Cut(CommandMasker.Message(end.Message ?? "", begun.Secrets), BoundedText.MessageBytes);
            entry = entry.With("errors", end.Errors).With("error", message).With("errorId", end.ErrorId is { } id ? BoundedText.Cut(CommandMasker.Message(id, begun.Secrets), 512) : null);
            if (outcome == AuditOutcome.Failure)
                reason = message;
        }
        else if (outcome == AuditOutcome.Failure && end?.ExitCode is { } code and not 0)
        {
            entry = entry.With("exitCode", code);
            reason = string.Create(CultureInfo.InvariantCulture, $"A program ended with the exit code {code}.");
        }

        Commands++;
        recorder.Record(entry with { Outcome = outcome, Reason = reason });
    }

    private static (AuditOutcome Outcome, string? Reason) Judge(string? status, CommandEnd? end) => status switch
    {
        // Nobody knows how much of it was done.
        "Stopped" => (AuditOutcome.Unknown, "stopped"),
        "Failed" => (AuditOutcome.Failure, null),
        _ when end is null => (AuditOutcome.Unknown, "It ended, and whether it succeeded wasn't seen: the prompt was replaced."),
        _ => (end.Succeeded ? AuditOutcome.Success : AuditOutcome.Failure, null),
    };

    private Begun Unseen(HistoryInfo info, string directory)
    {
        var (masked, secrets) = CommandMasker.Command(info.CommandLine);
        return new Begun(info.CommandLine, 0, secrets, Entry(masked, info.StartExecutionTime, directory));
    }

    private SessionEntry Entry(string masked, DateTimeOffset time, string directory)
    {
        var (commands, targets) = CommandTargets.Of(masked);
        var text = BoundedText.Cut(masked, BoundedText.CommandBytes, out var isCut);
        var data = new Dictionary<string, object?> { ["command"] = text };
        if (isCut)
        {
            data["commandLength"] = masked.Length;
            data["commandSha256"] = BoundedText.Digest(masked);
        }

        data["commands"] = Bounded(commands);
        if (targets.Length > 0)
            data["targets"] = Bounded(targets);
        data["directory"] = BoundedText.Cut(directory, BoundedText.MessageBytes);
        return About(identity, session, SessionEntry.CommandRun, NextNumber, time) with
        {
            Target = targets.Length > 0 ? BoundedText.Cut(targets[0], 1024) : null,
            Data = data,
        };
    }

    private static string[] Bounded(string[] texts) => [.. texts.Select(text => BoundedText.Cut(text, 1024))];

    private sealed record Begun(string Line, int Level, IReadOnlyList<string> Secrets, SessionEntry Entry);
}

/// <summary>How a command ended, as the prompt after it sees it.</summary>
/// <param name="Succeeded"><c>$?</c>.</param>
/// <param name="Errors">How many errors it added to <c>$Error</c>.</param>
/// <param name="Message">The newest one's message.</param>
/// <param name="ErrorId">Its FullyQualifiedErrorId.</param>
/// <param name="ExitCode"><c>$LASTEXITCODE</c>.</param>
internal sealed record CommandEnd(bool Succeeded, int Errors, string? Message, string? ErrorId, int? ExitCode);
