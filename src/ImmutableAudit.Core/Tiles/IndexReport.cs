namespace ImmutableAudit.Tiles;

/// <summary>How what is derived from a log is brought up to date.</summary>
public sealed record IndexOptions
{
    /// <summary>Reads the whole log and compares what is there with it, too.</summary>
    public bool Rebuild { get; init; }

    /// <summary>
    /// Replaces what is wrong in a directory, where nothing is kept below. In a bucket a right version is put over a wrong
    /// one without this.
    /// </summary>
    public bool Replace { get; init; }

    /// <summary>A sealing key of the log, which signs summaries. Null to write tiles only. The caller disposes of it.</summary>
    public Signing.ISealKey? Key { get; init; }

    /// <summary>Told now and then how many records were read.</summary>
    public IProgress<long>? Progress { get; init; }
}

/// <summary>What bringing the derived objects up to date came to. Counts are of tiles.</summary>
public sealed record IndexReport
{
    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>How many records the log had.</summary>
    public required long Records { get; init; }

    /// <summary>Objects that were missing and are there now.</summary>
    public required long Written { get; init; }

    /// <summary>Objects that were there: compared with the log where the whole was read, otherwise seen by their name only.</summary>
    public required long Present { get; init; }

    /// <summary>Objects that differ from what the log says.</summary>
    public required long Wrong { get; init; }

    /// <summary>How many of those have the right bytes now.</summary>
    public required long Replaced { get; init; }

    /// <summary>What became of the summaries; null where no key was given to sign them with.</summary>
    public SummaryCounts? Summaries { get; init; }

    /// <summary>Keys of objects that differ, the first 1,000.</summary>
    public required IReadOnlyList<string> WrongObjects { get; init; }
}

/// <summary>What became of a log's summaries.</summary>
/// <param name="Written">Those that were missing and are there now.</param>
/// <param name="Present">Those that were there: compared with the log where the whole was read, otherwise seen by their name only.</param>
/// <param name="Wrong">Those that differ from what the log says, or aren't signed by a key that counts.</param>
/// <param name="Replaced">How many of those are right now.</param>
public sealed record SummaryCounts(long Written, long Present, long Wrong, long Replaced)
{
    /// <summary>One line for a person.</summary>
    public override string ToString() => $"{Written:N0} written, {Present:N0} there, {Wrong:N0} wrong, {Replaced:N0} replaced";
}
