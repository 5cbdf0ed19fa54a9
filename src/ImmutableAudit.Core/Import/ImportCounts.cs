namespace ImmutableAudit.Import;

/// <summary>How far an import is, or what it came to. Looked at while it goes on, the numbers need not fit each other.</summary>
public sealed record ImportCounts
{
    /// <summary>Files, or objects of a bucket, that were read or tried.</summary>
    public long Files { get; init; }

    /// <summary>Events that were read from them.</summary>
    public long Events { get; init; }

    /// <summary>Of those, how many are in the log now and weren't before. In a trial run, how many would be.</summary>
    public long Added { get; init; }

    /// <summary>How many were in the log already, or stood twice in what was read.</summary>
    public long AlreadyThere { get; init; }

    /// <summary>How many the log refused: too large, or against a rule of records. Each was reported.</summary>
    public long Refused { get; init; }

    /// <summary>Entries that couldn't be read, and files that couldn't be read to their end. Each was reported.</summary>
    public long Unparsable { get; init; }

    /// <summary>Bytes that were read, as they are stored.</summary>
    public long Bytes { get; init; }
}
