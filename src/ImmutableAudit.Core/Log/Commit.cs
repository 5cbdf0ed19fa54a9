using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Log;

/// <summary>Whether an acknowledged segment is locked as the genesis promised.</summary>
public enum LockState
{
    /// <summary>The log promises no lock (a directory).</summary>
    NotPromised,

    /// <summary>Read back from the store: mode and period are as promised, or more.</summary>
    AsPromised,

    /// <summary>Read back from the store: less than promised.</summary>
    Less,

    /// <summary>The store didn't tell; see the reason.</summary>
    Unknown,
}

/// <summary>The proof that an event is in a log, given only once that is durable.</summary>
public sealed record AuditReceipt
{
    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>The log's origin.</summary>
    public required string Origin { get; init; }

    /// <summary>The record's number.</summary>
    public required long Sequence { get; init; }

    /// <summary>The record's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>SHA-256(0x00 ‖ line) in hex: keep it to prove later that the record was there.</summary>
    public required string LeafHash { get; init; }

    /// <summary>When the log took the event.</summary>
    public required DateTimeOffset Recorded { get; init; }

    /// <summary>The key of the segment that holds it.</summary>
    public required string Segment { get; init; }

    /// <summary>The version of that object; null where the store keeps none.</summary>
    public string? VersionId { get; init; }

    /// <summary>Whether that version is locked as promised.</summary>
    public required LockState Lock { get; init; }

    /// <summary>Until when, as read back; null where nothing is promised or known.</summary>
    public DateTimeOffset? LockedUntil { get; init; }
}

/// <summary>One segment that holds events of a commit: all of its records, or only those with the given ids.</summary>
internal sealed record CommittedSegment(
    string Key, StoredVersion Version, long First, DateTimeOffset Recorded, UInt128[] Ids, HashSet<UInt128>? Only, TileLeaves Leaves, LockState Lock, RetentionSeen? Retention);

/// <summary>What became of a batch. Where <see cref="Failure"/> is set, the events without a receipt aren't acknowledged.</summary>
public sealed class CommitResult
{
    private readonly string _location;
    private readonly string _origin;

    internal CommitResult(string location, string origin, IReadOnlyList<CommittedSegment> segments, int submitted, UInt128[] inDoubt, AuditException? failure)
    {
        _location = location;
        _origin = origin;
        Segments = segments;
        Failure = failure;
        Acknowledged = segments.Sum(segment => segment.Only?.Count ?? segment.Ids.Length);
        Submitted = submitted;
        InDoubtIds = [.. inDoubt.Select(Chain.RecordId.ToGuid)];
    }

    internal IReadOnlyList<CommittedSegment> Segments { get; }

    /// <summary>How many events are in the log for certain.</summary>
    public int Acknowledged { get; }

    /// <summary>How many events were given.</summary>
    public int Submitted { get; }

    /// <summary>Of how many nobody knows whether they are in the log. The rest, neither acknowledged nor in doubt, aren't.</summary>
    public int InDoubt => InDoubtIds.Count;

    /// <summary>The ids of those: what to look for before they are sent again.</summary>
    public IReadOnlyList<Guid> InDoubtIds { get; }

    /// <summary>What became of events that an earlier commit had left in doubt, if this one found out; null if there were none.</summary>
    public CommitResult? Settled { get; internal set; }

    /// <summary>Why the others aren't acknowledged, or aren't locked; null if all is well.</summary>
    public AuditException? Failure { get; }

    /// <summary>Why the lock of some segment couldn't be read back; null if it could.</summary>
    public string? LockUnknown => Segments.FirstOrDefault(segment => segment.Lock == LockState.Unknown)?.Retention?.Reason;

    /// <summary>A receipt for each acknowledged event, in the log's order. Made as they are asked for.</summary>
    public IEnumerable<AuditReceipt> Receipts()
    {
        foreach (var segment in Segments)
        {
            for (var i = 0; i < segment.Ids.Length; i++)
            {
                if (segment.Only is not null && !segment.Only.Contains(segment.Ids[i]))
                    continue;
                yield return new AuditReceipt
                {
                    Log = _location,
                    Origin = _origin,
                    Sequence = segment.First + i,
                    Id = Chain.RecordId.ToGuid(segment.Ids[i]),
                    LeafHash = segment.Leaves[i].ToString(),
                    Recorded = segment.Recorded,
                    Segment = segment.Key,
                    VersionId = segment.Version.VersionId,
                    Lock = segment.Lock,
                    LockedUntil = segment.Retention?.Until,
                };
            }
        }
    }
}
