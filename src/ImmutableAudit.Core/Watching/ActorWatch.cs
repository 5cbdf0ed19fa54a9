using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Events;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>
/// Watches what actors do: failures that repeat, and the first access to a resource. Both in bounded memory. An actor is
/// the record's ActorId, else its ActorName; a record without either isn't counted.
/// </summary>
internal sealed class ActorWatch(WatchOptions options, AlertBook alerts)
{
    private readonly FailureMemory _failures = new(options.FailureThreshold, options.FailureWindow);
    private readonly AccessMemory _accesses = new(AccessMemory.DefaultLimit);

    /// <summary>Takes note of a record of before the watch: nothing is told.</summary>
    public void Learn(AuditRecord record)
    {
        if (options.FirstAccess && Actor(record) is { } actor && Resource(record) is { } resource)
            _accesses.IsNew(actor, resource);
    }

    public void Saw(AuditRecord record)
    {
        if (Actor(record) is not { } actor)
            return;
        if (options.FailureThreshold > 0 && record.Outcome is AuditOutcome.Failure or AuditOutcome.Denied && _failures.IsTooMuch(actor, record.Time))
            Tell(record, AlertKind.RepeatedFailures, $"'{actor}' failed or was denied {options.FailureThreshold:N0} times within {options.FailureWindow.TotalMinutes:0.##} min, the last time with {record.Action}{(Resource(record) is { } on ? $" on '{on}'" : "")} (record {record.Sequence}).");
        if (options.FirstAccess && Resource(record) is { } resource && _accesses.IsNew(actor, resource))
            Tell(record, AlertKind.FirstAccess, $"'{actor}' used '{resource}' for the first time that the watcher knows of, with {record.Action} (record {record.Sequence}).");
    }

    private void Tell(AuditRecord record, AlertKind kind, string message) => alerts.Tell(null, alerts.New(kind, FindingSeverity.Warning, message, isCertain: true) with
    {
        Sequence = record.Sequence,
        Segment = record.Segment,
        VersionId = record.VersionId,
        Actor = Actor(record),
        Resource = Resource(record),
    });

    private static string? Actor(AuditRecord record) => record.ActorId ?? record.ActorName;

    private static string? Resource(AuditRecord record) => record.ResourceId ?? record.ResourceName;
}

/// <summary>The newest failures of each actor.</summary>
internal sealed class FailureMemory(int threshold, TimeSpan window)
{
    public const int MostActors = 10_000;
    private readonly Dictionary<string, Failures> _actors = new(StringComparer.Ordinal);

    public int Count => _actors.Count;

    /// <summary>Takes note of a failure.</summary>
    /// <returns>True where it makes too many; not again for this actor within the window.</returns>
    public bool IsTooMuch(string actor, DateTimeOffset time)
    {
        if (!_actors.TryGetValue(actor, out var failures))
        {
            if (_actors.Count == MostActors)
                Forget();
            _actors[actor] = failures = new Failures();
        }

        // Sources don't always give their events in order.
        var at = failures.Times.BinarySearch(time);
        failures.Times.Insert(at < 0 ? ~at : at, time);
        var newest = failures.Times[^1];
        failures.Times.RemoveAll(old => newest - old > window);
        if (failures.Times.Count > threshold)
            failures.Times.RemoveRange(0, failures.Times.Count - threshold);
        if (failures.Times.Count < threshold || newest - failures.Told <= window)
            return false;
        failures.Told = newest;
        return true;
    }

    // The half whose newest failure is the oldest.
    private void Forget()
    {
        foreach (var (actor, _) in _actors.OrderBy(entry => entry.Value.Times[^1]).Take(MostActors / 2).ToList())
            _actors.Remove(actor);
    }

    private sealed class Failures
    {
        public List<DateTimeOffset> Times { get; } = [];

        public DateTimeOffset Told { get; set; } = DateTimeOffset.MinValue;
    }
}

/// <summary>
/// Which actor used which resource, as 64-bit hashes. When it is full, the half that wasn't used for longest is forgotten
/// and would be new again.
/// </summary>
internal sealed class AccessMemory(int limit)
{
    public const int DefaultLimit = 1_000_000;
    private HashSet<ulong> _recent = [];
    private HashSet<ulong> _older = [];

    public int Count => _recent.Count + _older.Count;

    public bool IsNew(string actor, string resource)
    {
        var hash = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{actor.Length}:{actor}{resource}")));
        if (_recent.Contains(hash))
            return false;
        var isNew = !_older.Remove(hash);
        if (_recent.Count == limit / 2)
            (_older, _recent) = (_recent, []);
        _recent.Add(hash);
        return isNew;
    }
}
