using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// A folder below the spool for each session, so that several consoles can share one spool. What a session left behind
/// whose process was killed is brought into the log when the next one starts.
/// </summary>
internal static class SessionSpool
{
    private const string Prefix = "session-";

    /// <summary>Makes a session's own folder, which only its owner can enter.</summary>
    public static string Create(string spool, Guid session)
    {
        var folder = Path.Combine(spool, Prefix + session.ToString("n"));
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AuditException(AuditErrors.SpoolInvalid, $"The spool '{spool}' can't be used: {e.Message} Give a directory that this account can write to.", spool, e);
        }
    }

    /// <summary>Removes the folder of a session whose entries are all in the log.</summary>
    public static void Remove(string folder) => Directory.Delete(folder, recursive: true);

    /// <summary>Brings what killed sessions left behind into the log.</summary>
    /// <param name="target">The log.</param>
    /// <param name="spool">The spool.</param>
    /// <param name="tell">Takes what has to be told of each.</param>
    /// <param name="cancellationToken">Stops before the next one.</param>
    public static async Task SettleAsync(WriteTarget target, string spool, Action<string> tell, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(spool))
            return;
        foreach (var folder in Directory.GetDirectories(spool, Prefix + "*"))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (await SettleOneAsync(target, folder, cancellationToken).ConfigureAwait(false) is { } words)
                    tell(words);
            }
            catch (AuditException e) when (e.ErrorId == AuditErrors.SpoolInUse)
            {
                // A session that is alive.
            }
            catch (Exception e) when (e is AuditException or IOException or UnauthorizedAccessException)
            {
                tell($"What an earlier session left in '{folder}' couldn't be brought into the log: {e.Message}");
            }
        }
    }

    private static async Task<string?> SettleOneAsync(WriteTarget target, string folder, CancellationToken cancellationToken)
    {
        using var writer = new SessionWriter(target, folder);
        // Opening takes the spool's lock, so nobody else settles it, and its owner is gone.
        await writer.OpenAsync(cancellationToken).ConfigureAwait(false);
        var left = SessionJournal.Read(folder);
        if (left.Start is not { } start)
        {
            if (left.Unreadable > 0)
                throw new AuditException(AuditErrors.SpoolInvalid, $"'{folder}' holds a journal that can't be read. Keep it aside and look into it.", folder);
            // It ended before it began.
            writer.Dispose();
            Remove(folder);
            return null;
        }

        if (left.Log != target.Location.ToString())
            throw new AuditException(AuditErrors.SpoolInvalid, $"'{folder}' is of a session that was recorded into '{left.Log}'. Start a session into that log with this spool.", folder);
        var entries = left.Entries.Where(kept => kept.Id is not { } id || !writer.Recovered.Contains(id))
            .Select(kept => (kept.Ended ? kept.Entry : kept.Entry.Unfinished("It never came back: the session ended while it ran.")).With("recovered", true)).ToList();
        var unfinished = left.Entries.Count(kept => !kept.Ended);
        var end = start with
        {
            Number = Math.Max(start.Number, left.Entries.Select(kept => kept.Entry.Number).DefaultIfEmpty().Max()) + 1,
            Action = SessionEntry.SessionEnd,
            Time = left.Last,
            Outcome = AuditOutcome.Unknown,
            Reason = "The session ended without a word: its process was killed, or the machine stopped.",
            Data = new Dictionary<string, object?> { ["recovered"] = true },
        };
        if (left.Unreadable > 0)
            end = end.With("unreadable", left.Unreadable);
        if (!left.Entries.Any(kept => kept.Entry.Action == SessionEntry.SessionEnd))
            entries.Add(end);
        var count = entries.Count;
        string? trouble = null;
        using (var journal = SessionJournal.Create(folder, target.Location.ToString(), start, entries))
        {
            writer.Journal = journal;
            while (entries.Count > 0)
            {
                var failure = await writer.CommitAsync(entries, cancellationToken).ConfigureAwait(false);
                if (failure is not null && entries.Count > 0)
                    throw failure;
                trouble = failure?.Message;
            }
        }

        writer.Dispose();
        Remove(folder);
        return $"The session {start.Session} had ended without a word at {left.Last.ToLocalTime():u}: {count:N0} records of it were added to the log, {unfinished:N0} of them without a known end.{(trouble is null ? "" : " " + trouble)}";
    }
}
