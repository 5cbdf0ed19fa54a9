using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Verification;

/// <summary>
/// Which key sealed what, and when the store had it: that a key is compromised is told by a later record, and then it
/// matters for what came before. 24 bytes a segment where the store tells times, hardly anything where it doesn't.
/// </summary>
internal sealed class SealerHistory
{
    private readonly Dictionary<uint, List<Run>> _runs = [];

    /// <summary>Takes note of a segment that counts.</summary>
    public void Add(ParsedSegment segment, StoredVersion version, bool storeTellsTime)
    {
        var id = segment.Seal.Signature.KeyId;
        if (!_runs.TryGetValue(id, out var runs))
            _runs[id] = runs = [];
        // The file system's times are whatever its owner sets.
        if (!storeTellsTime && runs.Count > 0 && runs[^1].End == segment.First)
            runs[^1] = runs[^1] with { End = segment.End };
        else
            runs.Add(new Run(segment.First, segment.End, storeTellsTime ? version.LastModified.UtcTicks : long.MaxValue));
    }

    /// <summary>Tells what compromised keys sealed, where nothing but their word says that it was before.</summary>
    public void Report(KeyRing keys, int toleranceSeconds, FindingList findings)
    {
        var tolerance = TimeSpan.FromSeconds(toleranceSeconds).Ticks;
        foreach (var entry in keys.Compromised)
        {
            if (!_runs.TryGetValue(entry.Key.KeyId, out var runs))
                continue;
            Run? open = null;
            foreach (var run in runs.Where(run => run.StoredTicks >= entry.CompromisedSince - tolerance))
            {
                if (open is { } before && before.End == run.First)
                {
                    open = before with { End = run.End };
                    continue;
                }

                Tell(open, entry, findings);
                open = run;
            }

            Tell(open, entry, findings);
        }
    }

    private static void Tell(Run? run, KeyRing.Entry entry, FindingList findings)
    {
        if (run is not { } records)
            return;
        var since = LogTime.ToText(entry.CompromisedSince);
        var why = records.StoredTicks == long.MaxValue
            ? "a directory has no clock of its own that would show which of them are older"
            : "the store received them after that, or too close to it to tell";
        findings.Add(
            FindingKind.Suspect, FindingSeverity.Unknown,
            $"Records {records.First} to {records.End - 1} are sealed by key {entry.Key.KeyId:x8}, which record {entry.CompromisedAt} reports compromised since {since}, and {why}. Whoever has the key may have written them.",
            records.First, records.End - 1);
    }

    private readonly record struct Run(long First, long End, long StoredTicks);
}
