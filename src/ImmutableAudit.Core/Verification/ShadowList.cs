using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Verification;

/// <summary>
/// Segments that are valid at their position and aren't the one that counts there: lost races, unfinished attempts of
/// writers that died, or one arm of a fork. Which of these they are shows only at the end.
/// </summary>
internal sealed class ShadowList
{
    private readonly List<Shadow> _shadows = [];

    public IReadOnlyList<Shadow> All => _shadows;

    public void Remove(Shadow shadow) => _shadows.Remove(shadow);

    /// <summary>Every id that occurs in them.</summary>
    public IEnumerable<UInt128> Ids => _shadows.SelectMany(shadow => shadow.Ids);

    public void Add(string key, StoredVersion version, ParsedSegment segment, LogHead head) =>
        _shadows.Add(new Shadow(key, version, segment.First, segment.StoredDigest, segment.Ids, head));

    /// <summary>The shadow that a segment goes on from; null if it goes on from none.</summary>
    public Shadow? Continued(ParsedSegment? segment) =>
        segment is null ? null : _shadows.Find(shadow => shadow.Digest == segment.PreviousSegment && shadow.Head.State.Size == segment.First);

    public void Report(HashSet<UInt128> inTheLog, FindingList findings)
    {
        foreach (var shadow in _shadows)
        {
            var missing = shadow.Ids.Where(id => !inTheLog.Contains(id)).Select(RecordId.ToGuid).ToList();
            if (missing.Count == 0)
                findings.Add(FindingKind.LostRace, FindingSeverity.Information, $"Version {shadow.Version.VersionId} of '{shadow.Key}' lost a race to the one that counts; its {shadow.Ids.Length:N0} events are in the log elsewhere.", shadow.First, null, shadow.Key, shadow.Version.VersionId);
            else
                findings.Add(FindingKind.Unfinished, FindingSeverity.Warning, $"Version {shadow.Version.VersionId} of '{shadow.Key}' is a writer's segment that never counted: {missing.Count:N0} of its events were never acknowledged and are nowhere in the log (ids {string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? ", …" : "")}). A writer died, or somebody with the key tried to change the record.", shadow.First, null, shadow.Key, shadow.Version.VersionId);
        }
    }

    internal sealed record Shadow(string Key, StoredVersion Version, long First, Merkle.Digest Digest, UInt128[] Ids, LogHead Head);
}
