using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Verification;

/// <summary>Takes note, as the log goes by, of the store's times around the records that were asked for.</summary>
internal sealed class TimeBrackets(IEnumerable<long> wanted)
{
    private readonly long[] _wanted = [.. wanted.Distinct().Order()];
    private readonly List<TimeBracket> _brackets = [];
    private int _next;

    public void Pass(LogHead before, ParsedSegment segment, StoredVersion version, bool storeTellsTime)
    {
        while (_next < _wanted.Length && _wanted[_next] < segment.First)
            _next++;
        for (; _next < _wanted.Length && _wanted[_next] < segment.End; _next++)
        {
            // A file's time is whatever its owner sets. Behind a hole nobody knows what was before.
            var previous = storeTellsTime ? before.Last : null;
            _brackets.Add(new TimeBracket(
                _wanted[_next],
                previous?.LastModified, previous is null ? TimeSource.Unknown : TimeSource.Store, previous?.Key,
                storeTellsTime ? version.LastModified : null, storeTellsTime ? TimeSource.Store : TimeSource.Unknown, storeTellsTime ? version.Key : null));
        }
    }

    public IReadOnlyList<TimeBracket> Finish(TrustedTimes times) => _brackets.Select(bracket =>
        times.ExistedBy(bracket.Sequence) is { } shown && !(bracket.Latest <= shown.Latest)
            ? bracket with { Latest = shown.Latest, LatestSource = TimeSource.Timestamp, LatestFrom = shown.From }
            : bracket).ToArray();
}
