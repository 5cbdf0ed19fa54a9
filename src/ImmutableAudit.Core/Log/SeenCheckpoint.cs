using ImmutableAudit.Signing;

namespace ImmutableAudit.Log;

/// <summary>A checkpoint that was seen, and when by the clock of who saw it: he knows that its records existed by then.</summary>
/// <param name="Checkpoint">The checkpoint, read from the version that counts.</param>
/// <param name="Seen">When it was first seen.</param>
public sealed record SeenCheckpoint(Checkpoint Checkpoint, DateTimeOffset Seen)
{
    /// <summary>How many are remembered of one log.</summary>
    public const int Most = 32;

    /// <summary>Adds one to those that are remembered, oldest first. Where there are too many, the one goes whose neighbours are nearest.</summary>
    internal static IReadOnlyList<SeenCheckpoint> Add(IReadOnlyList<SeenCheckpoint> known, SeenCheckpoint seen)
    {
        List<SeenCheckpoint> all = [.. known, seen];
        if (all.Count <= Most)
            return all;
        var middle = Enumerable.Range(1, all.Count - 2).MinBy(at => all[at + 1].Seen - all[at - 1].Seen);
        all.RemoveAt(middle);
        return all;
    }
}
