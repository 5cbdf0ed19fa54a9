namespace ImmutableAudit.Events.Import;

/// <summary>How a source is to be read.</summary>
public sealed record SourceOptions
{
    /// <summary>Its format; by default it is found out from the content.</summary>
    public SourceFormat Format { get; init; }

    /// <summary>Which field becomes which part of an event, for JSON Lines and CSV.</summary>
    public FieldMap Map { get; init; } = FieldMap.ByName;

    /// <summary>What parts the fields of a CSV file: one ASCII character other than a quote or a line's end.</summary>
    public char Delimiter { get; init; } = ',';
}
