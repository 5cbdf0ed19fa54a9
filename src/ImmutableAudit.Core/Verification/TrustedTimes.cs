using ImmutableAudit.Log;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Verification;

/// <summary>
/// What the trusted timestamps of a log prove together. One over a checkpoint of n records shows that each of the records
/// 0 to n − 1 existed by its time, so the best for a record is the earliest of all that reach beyond it.
/// </summary>
internal sealed class TrustedTimes
{
    // By size; each with the earliest of its own and all larger ones.
    private readonly (long Size, DateTimeOffset Latest, string From)[] _bounds;

    private TrustedTimes(IEnumerable<(long Size, DateTimeOffset Latest, string From)> bounds)
    {
        _bounds = [.. bounds.OrderBy(bound => bound.Size)];
        for (var i = _bounds.Length - 2; i >= 0; i--)
        {
            if (_bounds[i + 1].Latest < _bounds[i].Latest)
                _bounds[i] = (_bounds[i].Size, _bounds[i + 1].Latest, _bounds[i + 1].From);
        }
    }

    public static TrustedTimes None { get; } = new([]);

    public static TrustedTimes Of(IEnumerable<AuditTimestamp> trusted) =>
        new(trusted.Select(stamp => (stamp.Size, stamp.Latest, stamp.ObjectKey)));

    /// <summary>The same, with what the verifier himself saw. His clock counts for him alone.</summary>
    public TrustedTimes With(IEnumerable<SeenCheckpoint> seen) =>
        new(_bounds.Concat(seen.Select(one => (one.Checkpoint.Size, one.Seen, "a checkpoint that is remembered"))));

    /// <summary>By when a record existed; null where no trusted timestamp covers it.</summary>
    public (DateTimeOffset Latest, string From)? ExistedBy(long sequence)
    {
        int low = 0, high = _bounds.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_bounds[middle].Size <= sequence)
                low = middle + 1;
            else
                high = middle;
        }

        return low == _bounds.Length ? null : (_bounds[low].Latest, _bounds[low].From);
    }

    /// <summary>How many records, from the first on, are shown to have existed before a moment.</summary>
    public long CountBefore(long utcTicks) => _bounds.Where(bound => bound.Latest.UtcTicks < utcTicks).Select(bound => bound.Size).DefaultIfEmpty().Max();
}
