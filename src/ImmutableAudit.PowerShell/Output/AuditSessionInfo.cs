namespace ImmutableAudit.PowerShell;

/// <summary>The recording of this console.</summary>
public sealed record AuditSessionInfo
{
    internal AuditSessionInfo(string log, Guid session, DateTimeOffset since, long commands, SessionRecorder recorder, bool isActive)
    {
        Log = log;
        Session = session;
        Since = since;
        Active = isActive;
        Commands = commands;
        Recorded = recorder.Recorded;
        Waiting = recorder.Waiting;
        InDoubt = recorder.InDoubt;
        Lost = recorder.Lost;
        LastError = recorder.Trouble;
    }

    /// <summary>The log's location.</summary>
    public string Log { get; }

    /// <summary>The id that all records of this session have as their actor's session.</summary>
    public Guid Session { get; }

    /// <summary>When the recording began.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Whether commands are being recorded.</summary>
    public bool Active { get; }

    /// <summary>How many commands were seen to end.</summary>
    public long Commands { get; }

    /// <summary>How many records of this session are in the log for certain, its start and end included.</summary>
    public long Recorded { get; }

    /// <summary>How many are still to be written.</summary>
    public long Waiting { get; }

    /// <summary>Of how many nobody knows whether they are in the log.</summary>
    public long InDoubt { get; }

    /// <summary>How many can't come into the log any more.</summary>
    public long Lost { get; }

    /// <summary>Why the log can't be written just now; null if it can.</summary>
    public string? LastError { get; }
}
