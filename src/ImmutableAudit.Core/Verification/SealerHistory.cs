using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Verification;

/// <summary>
/// Which key sealed what, and when the store had it: that a key is compromised is told by a later record, and then it
/// matters for what came before. 24 bytes a segment where the store's time counts, hardly anything where it doesn't.
/// </summary>
internal sealed class SealerHistory
{
    private readonly Dictionary<uint, List<Run>> _runs = [];

    /// <summary>Takes note of a segment that counts.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="version">The version that holds it.</param>
    /// <param name="seen">How that is locked; null where it wasn't asked, or the store has no locks.</param>
    public void Add(ParsedSegment segment, StoredVersion version, RetentionSeen? seen)
    {
        var id = segment.Seal.Signature.KeyId;
        if (!_runs.TryGetValue(id, out var runs))
            _runs[id] = runs = [];
        // A file's time is whatever its owner sets, and what isn't locked in Compliance mode may have been put anew.
        var timeCounts = seen is { Knowledge: RetentionKnowledge.Locked, Mode: RetentionMode.Compliance };
        if (!timeCounts && runs.Count > 0 && runs[^1].End == segment.First && runs[^1].StoredTicks == long.MaxValue)
            runs[^1] = runs[^1] with { End = segment.End };
        else
            runs.Add(new Run(segment.First, segment.End, timeCounts ? version.LastModified.UtcTicks : long.MaxValue));
    }

    /// <summary>Tells what compromised keys sealed, where nothing but their word says that it was before.</summary>
    public void Report(KeyRing keys, int toleranceSeconds, TrustedTimes times, FindingList findings)
    {
        var tolerance = TimeSpan.FromSeconds(toleranceSeconds).Ticks;
        foreach (var entry in keys.Compromised)
        {
            if (!_runs.TryGetValue(entry.Key.KeyId, out var runs))
                continue;
            Run? open = null;
            var stamped = times.CountBefore(entry.CompromisedSince - tolerance);
            foreach (var late in runs.Where(run => run.StoredTicks >= entry.CompromisedSince - tolerance && run.End > stamped))
            {
                // A timestamp clears everything below it, in the middle of a run as well.
                var run = late with { First = Math.Max(late.First, stamped) };
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
            ? "neither a trusted timestamp nor the store's time of a version locked in Compliance mode nor a checkpoint that is remembered from before shows that they are older"
            : "the store received them after that, or too close to it to tell, and neither a trusted timestamp nor a checkpoint that is remembered from before shows that they are older";
        findings.Add(
            FindingKind.Suspect, FindingSeverity.Unknown,
            $"Records {records.First} to {records.End - 1} are sealed by key {entry.Key.KeyId:x8}, which record {entry.CompromisedAt} reports compromised since {since}, and {why}. Whoever has the key may have written them.",
            records.First, records.End - 1);
    }

    private readonly record struct Run(long First, long End, long StoredTicks);
}
