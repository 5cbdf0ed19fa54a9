namespace ImmutableAudit.Log;

/// <summary>How a writer behaves.</summary>
public sealed record WriterOptions
{
    /// <summary>
    /// A directory where segments are kept from before they are sent until it is decided what became of them, so that
    /// a writer that was killed settles them when it starts again. Null for none: a kill then leaves "unknown".
    /// </summary>
    public string? SpoolDirectory { get; init; }

    /// <summary>How long to go on trying where the store doesn't answer.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Whether the writer puts the Merkle tiles that its commits complete, in the background. They are derived from the
    /// log and never hold up a commit.
    /// </summary>
    public bool Tiles { get; init; } = true;

    /// <summary>
    /// Whether the writer puts the summaries that its commits complete, in the background, signed by its key. They are
    /// derived from the log, make it quick to search, and never hold up a commit.
    /// </summary>
    public bool Summaries { get; init; } = true;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Random numbers in [0, 1) for the jitter of waiting.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}
