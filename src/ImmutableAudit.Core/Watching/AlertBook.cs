using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Events;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>
/// Makes alerts and gathers what a poll hands out. Each thing is told once, however often it is seen; and a flood is told
/// in a few words.
/// </summary>
internal sealed class AlertBook(IObjectStore store, TimeProvider time)
{
    private const int MostOfAKind = 20;
    private const int MostRemembered = 50_000;
    private readonly Dictionary<string, HashSet<ulong>> _told = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];
    private readonly Dictionary<(AlertKind, FindingKind?), long> _counts = [];
    private List<WatchItem> _items = [];
    private bool _saidUnseen;

    public void Add(AuditRecord record) => _items.Add(new WatchItem(record));

    /// <summary>Tells something, unless it was told already.</summary>
    /// <param name="about">What is remembered as told: an object's key, or a word for what has none; null to tell it in any case.</param>
    /// <param name="alert">The alert, whose time and log are filled in.</param>
    public void Tell(string? about, AuditAlert alert)
    {
        if (store.VersionsUnseen is not null && alert.Severity == FindingSeverity.Failure)
            alert = alert with { Severity = FindingSeverity.Unknown, IsCertain = false };
        if (about is not null && !Remember(about, Hash(alert)))
            return;
        var kind = (alert.Kind, alert.Finding);
        var count = _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        if (count <= MostOfAKind)
            _items.Add(new WatchItem(alert));
    }

    public void Tell(AlertKind kind, FindingSeverity severity, string message, string? about = null, bool isCertain = true) =>
        Tell(about, New(kind, severity, message, isCertain));

    public AuditAlert New(AlertKind kind, FindingSeverity severity, string message, bool isCertain) => new()
    {
        Kind = kind,
        Severity = severity,
        Message = message,
        IsCertain = isCertain,
        Time = time.GetUtcNow(),
        Log = store.Location,
    };

    /// <summary>Tells what a verification would call a finding.</summary>
    public void Tell(ChainFinding finding) =>
        // Whether a lock can be seen is one thing, and not one for every segment.
        Tell(finding.Kind == FindingKind.RetentionUnknown ? nameof(FindingKind.RetentionUnknown) : finding.ObjectKey ?? finding.Kind.ToString(), New(KindOf(finding.Kind), finding.Severity, finding.Message, finding.Severity != FindingSeverity.Unknown) with
        {
            Finding = finding.Kind,
            Sequence = finding.Sequence,
            LastSequence = finding.LastSequence,
            Segment = finding.ObjectKey,
            VersionId = finding.VersionId,
        });

    public void Tell(FindingKind kind, string message, long? sequence, long? last, string? key, string? version) =>
        Tell(new ChainFinding(kind, FindingSeverity.Failure, sequence, last, key, version, message));

    /// <summary>Tells that something is over, if it was told.</summary>
    public void TellOver(string about, string message)
    {
        if (_told.Remove(about))
            Tell(AlertKind.Recovered, FindingSeverity.Information, message);
    }

    public void Forget(string about) => _told.Remove(about);

    /// <summary>Hands over what was gathered since the last time.</summary>
    public IReadOnlyList<WatchItem> Take()
    {
        if (!_saidUnseen && store.VersionsUnseen is { } unseen)
        {
            _saidUnseen = true;
            Tell(new ChainFinding(FindingKind.VersionsUnseen, FindingSeverity.Unknown, null, null, null, null, $"Only current objects can be listed, not their versions: what hides a segment can't be told from damage, and nothing alarming is certain. {unseen}"));
        }

        foreach (var ((kind, finding), count) in _counts)
        {
            if (count > MostOfAKind)
                _items.Add(new WatchItem(New(kind, FindingSeverity.Warning, $"{count - MostOfAKind:N0} more alerts of the kind {finding?.ToString() ?? kind.ToString()} at the same time. Test-AuditChain tells them all.", true) with { Finding = finding }));
        }

        _counts.Clear();
        var items = _items;
        _items = [];
        return items;
    }

    private static AlertKind KindOf(FindingKind kind) => kind switch
    {
        FindingKind.RetentionLess => AlertKind.RetentionWeakened,
        FindingKind.VersionsUnseen or FindingKind.RetentionUnknown or FindingKind.Unreadable or FindingKind.Suspect => AlertKind.Unknown,
        FindingKind.DeleteMarker => AlertKind.DeleteMarker,
        FindingKind.ShadowVersion or FindingKind.LostRace or FindingKind.Unfinished or FindingKind.GarbageOnNextKey => AlertKind.ShadowVersion,
        FindingKind.StrangeObject or FindingKind.RepeatedId or FindingKind.MoreFindings => AlertKind.StrangeObject,
        FindingKind.HeartbeatMissed => AlertKind.Silence,
        FindingKind.RecordedTooLate => AlertKind.ClockOff,
        _ => AlertKind.Tampering,
    };

    private bool Remember(string about, ulong hash)
    {
        if (!_told.TryGetValue(about, out var told))
        {
            // The oldest is forgotten, and told again if it is seen again.
            if (_order.Count == MostRemembered)
                _told.Remove(_order.Dequeue());
            _order.Enqueue(about);
            _told[about] = told = [];
        }

        return told.Add(hash);
    }

    private static ulong Hash(AuditAlert alert)
    {
        // What can't be seen is one thing, in whatever words the store refuses.
        var what = alert.Kind == AlertKind.Unknown ? $"{alert.Finding}" : $"{alert.Kind}\n{alert.Finding}\n{alert.VersionId}\n{alert.Sequence}\n{alert.Message}";
        return BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(what)));
    }
}
