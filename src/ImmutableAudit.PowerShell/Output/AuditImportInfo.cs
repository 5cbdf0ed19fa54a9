using ImmutableAudit.Import;

namespace ImmutableAudit.PowerShell;

/// <summary>What an import came to.</summary>
public sealed class AuditImportInfo
{
    internal AuditImportInfo(string log, ImportCounts counts, long? size, bool isTrial, TimeSpan duration)
    {
        Log = log;
        Files = counts.Files;
        Events = counts.Events;
        Added = counts.Added;
        AlreadyThere = counts.AlreadyThere;
        Refused = counts.Refused;
        Unparsable = counts.Unparsable;
        Bytes = counts.Bytes;
        Size = size;
        IsTrial = isTrial;
        Duration = duration;
    }

    /// <summary>The log's location.</summary>
    public string Log { get; }

    /// <summary>Files and objects that were read or tried.</summary>
    public long Files { get; }

    /// <summary>Events that were read.</summary>
    public long Events { get; }

    /// <summary>Events that are in the log now and weren't before; with -WhatIf, that would be.</summary>
    public long Added { get; }

    /// <summary>Events that the log had already, or that were read twice.</summary>
    public long AlreadyThere { get; }

    /// <summary>Events that the log refused.</summary>
    public long Refused { get; }

    /// <summary>Entries that couldn't be read, and files that couldn't be read to their end.</summary>
    public long Unparsable { get; }

    /// <summary>Bytes that were read, as they are stored.</summary>
    public long Bytes { get; }

    /// <summary>How many records the log has now; nothing with -WhatIf.</summary>
    public long? Size { get; }

    /// <summary>Whether nothing was written, since -WhatIf was given.</summary>
    public bool IsTrial { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; }
}
