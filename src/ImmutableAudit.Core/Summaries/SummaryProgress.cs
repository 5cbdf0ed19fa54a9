namespace ImmutableAudit.Summaries;

/// <summary>What a writer's summaries came to. Nothing of it concerns the log, only how fast it is searched.</summary>
/// <param name="Written">Summaries that it put.</param>
/// <param name="Present">Summaries that others had put before.</param>
/// <param name="Trouble">Why summaries are missing; null if none are that this writer should have put.</param>
public sealed record SummaryProgress(long Written, long Present, string? Trouble);
