namespace ImmutableAudit.Fuzz;

/// <summary>A reader of untrusted bytes, and what is right for it.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Samples">Good inputs to begin from.</param>
/// <param name="Read">
/// Reads an input. Returns what became of it: <see cref="Accepted"/>, or why it was refused. Whatever it throws is a
/// finding, so it catches what is documented and no more.
/// </param>
internal sealed record Target(string Name, IReadOnlyList<byte[]> Samples, Func<byte[], string> Read)
{
    public const string Accepted = "accepted";

    /// <summary>The most bytes that one input may make the thread allocate, beside <see cref="PerByte"/> for each of its own.</summary>
    public long Fixed { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most bytes allocated for each byte of the input.</summary>
    public int PerByte { get; init; } = 200;

    /// <summary>How much of a run's time it gets, beside the others.</summary>
    public int Weight { get; init; } = 2;

    /// <summary>What became of an input that may be refused with these errors only.</summary>
    public static string Documented(Action read, params ReadOnlySpan<string> errorIds)
    {
        try
        {
            read();
            return Accepted;
        }
        catch (AuditException e) when (errorIds.Contains(e.ErrorId))
        {
            return e.ErrorId + ": " + e.Message;
        }
    }

    /// <summary>What became of an input whose reader gives null for what it refuses.</summary>
    public static string Told(bool accepted) => accepted ? Accepted : "refused";
}
