namespace ImmutableAudit.Events.Summary;

/// <summary>What a row of a summary stands for.</summary>
public enum SummaryKind
{
    /// <summary>The records with one value.</summary>
    Value,

    /// <summary>The records that have no value.</summary>
    None,

    /// <summary>All records that have a value which isn't shown by itself.</summary>
    Others,
}

/// <summary>
/// How many records there are of one value, and how they ended. A row's counts are always exact: those of all rows of
/// one <see cref="By"/> add up to all records.
/// </summary>
public sealed record SummaryRow
{
    /// <summary>What was counted by.</summary>
    public required SummaryBy By { get; init; }

    /// <summary>The value; null where <see cref="Kind"/> isn't <see cref="SummaryKind.Value"/>.</summary>
    public required string? Value { get; init; }

    /// <summary>The value for people, or in brackets what the row stands for instead.</summary>
    public string Label => Kind switch
    {
        SummaryKind.Value => Value!,
        SummaryKind.None => "(none)",
        _ => Values is { } values ? $"({values} others)" : "(others, too many to rank)",
    };

    /// <summary>How many records.</summary>
    public required long Records { get; init; }

    /// <summary>Those that ended with Success.</summary>
    public required long Success { get; init; }

    /// <summary>Those that ended with Failure.</summary>
    public required long Failure { get; init; }

    /// <summary>Those that were denied.</summary>
    public required long Denied { get; init; }

    /// <summary>Those of which the log doesn't say how they ended.</summary>
    public required long Unknown { get; init; }

    /// <summary>The earliest time at which one happened, as the sources say.</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>The latest time at which one happened, as the sources say.</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>What the row stands for.</summary>
    public required SummaryKind Kind { get; init; }

    /// <summary>How many values the row stands for: 1, and for the others how many they are; null where they are too many to be counted.</summary>
    public required long? Values { get; init; }

    /// <summary>
    /// Whether every value was counted by itself. Where it is false there were too many, and one of the others can have
    /// more records than a value that is shown.
    /// </summary>
    public required bool IsComplete { get; init; }
}
