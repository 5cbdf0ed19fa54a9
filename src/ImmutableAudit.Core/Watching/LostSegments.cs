using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>
/// Valid segments that don't count at their place. Most are of writers who lost a race and write their events behind it;
/// where the events don't come within the log's tolerance, that is told.
/// </summary>
internal sealed class LostSegments(IObjectStore store, AlertBook alerts, TimeProvider time)
{
    private const int Most = 100;
    private readonly Dictionary<ShadowList.Shadow, (HashSet<UInt128> Missing, DateTimeOffset Since)> _waiting = [];

    public ShadowList List { get; } = new();

    /// <summary>Takes note of a segment that counts.</summary>
    public void Saw(ParsedSegment segment)
    {
        foreach (var (shadow, (missing, _)) in _waiting)
        {
            missing.ExceptWith(segment.Ids);
            if (missing.Count == 0)
                Forget(shadow);
        }
    }

    /// <summary>Tells those whose events haven't come.</summary>
    public void TellOld(LogHead head)
    {
        var now = time.GetUtcNow();
        foreach (var shadow in List.All.Where(shadow => !_waiting.ContainsKey(shadow)).ToList())
        {
            if (_waiting.Count < Most)
                _waiting.Add(shadow, ([.. shadow.Ids], now));
            else
                List.Remove(shadow);
        }

        var patience = TimeSpan.FromSeconds(head.State.Genesis?.ToleranceSeconds ?? LogFormat.DefaultToleranceSeconds);
        foreach (var (shadow, (missing, since)) in _waiting)
        {
            if (now - since <= patience)
                continue;
            Forget(shadow);
            alerts.Tell(shadow.Key, alerts.New(AlertKind.ShadowVersion, FindingSeverity.Warning, $"Version {shadow.Version.VersionId} of '{shadow.Key}' at '{store.Location}' is a validly sealed segment that doesn't count, and {missing.Count:N0} of its events haven't come into the log since: a writer died, or somebody with the key tried to change the record. Test-AuditChain tells more.", isCertain: false) with
            {
                Finding = FindingKind.Unfinished,
                Sequence = shadow.First,
                Segment = shadow.Key,
                VersionId = shadow.Version.VersionId,
            });
        }
    }

    private void Forget(ShadowList.Shadow shadow)
    {
        _waiting.Remove(shadow);
        List.Remove(shadow);
    }
}
