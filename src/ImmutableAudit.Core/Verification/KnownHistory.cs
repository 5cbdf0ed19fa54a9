using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Verification;

/// <summary>What the verifier remembers of a log, checked against what the log says now as it goes by.</summary>
internal sealed class KnownHistory
{
    // Sorted by place; a place may occur twice, with different values even.
    private readonly (long Size, Digest Root, bool MustBe)[] _roots;
    private readonly (long Sequence, Digest Leaf)[] _leaves;

    private readonly HashSet<(long Size, Digest Root)> _kept = [];

    public KnownHistory(VerifyOptions options)
    {
        // What was seen besides is only looked for: the newest of it is among the known, and would tell.
        _roots = [.. options.KnownCheckpoints.Select(checkpoint => (checkpoint.Size, checkpoint.Root, true))
            .Concat(options.SeenCheckpoints.Select(seen => (seen.Checkpoint.Size, seen.Checkpoint.Root, false))).OrderBy(known => known.Size)];
        _leaves = [.. options.Receipts.Select(receipt => (receipt.Sequence, Leaf: Parse(receipt.Sequence, receipt.LeafHash))).OrderBy(known => known.Sequence)];
    }

    /// <summary>Whether something known falls into what a segment at this position can hold.</summary>
    public bool ConcernsSegmentAt(long first)
    {
        var end = first + LogFormat.MaxSegmentRecords;
        return !Among(_roots, known => known.Size, first + 1, end + 1).IsEmpty || !Among(_leaves, known => known.Sequence, first, end).IsEmpty;
    }

    /// <summary>Compares what is known of a segment's records. The segment was parsed with its leaves if anything is.</summary>
    public void Check(ParsedSegment segment, string? versionId, MerkleHasher hasher, FindingList findings)
    {
        var key = SegmentName.Format(segment.First);
        var range = segment.Seal.Frontier.Clone();
        foreach (var (size, known, mustBe) in Among(_roots, known => known.Size, segment.First + 1, segment.End + 1))
        {
            while (range.Size < size)
                range.Append(segment.Leaves![(int)(range.Size - segment.First)], hasher);
            var root = range.Root(hasher);
            if (known == root)
                _kept.Add((size, root));
            else if (mustBe)
                findings.Add(FindingKind.HistoryChanged, FindingSeverity.Failure, $"The first {size:N0} records aren't the ones of the checkpoint that is known: their root is {root.ToBase64()}, known is {known.ToBase64()}. Some record up to {size - 1} was changed, or the log was forked and signed again.", size - 1, null, key, versionId);
        }

        foreach (var (sequence, known) in Among(_leaves, known => known.Sequence, segment.First, segment.End))
        {
            if (known != segment.Leaves![(int)(sequence - segment.First)])
                findings.Add(FindingKind.HistoryChanged, FindingSeverity.Failure, $"Record {sequence} isn't the one of the receipt that is known: it was changed and the log signed again.", sequence, null, key, versionId);
        }
    }

    /// <summary>Whether the log went by a known checkpoint's place and still has its history.</summary>
    public bool IsKept(Checkpoint checkpoint) => _kept.Contains((checkpoint.Size, checkpoint.Root));

    /// <summary>Tells what is known to have been there and lies beyond the log's end.</summary>
    public void CheckEnd(long size, FindingList findings)
    {
        var known = Math.Max(_roots.LastOrDefault(root => root.MustBe).Size, _leaves.Length > 0 ? _leaves[^1].Sequence + 1 : 0);
        if (known > size)
            findings.Add(FindingKind.Truncated, FindingSeverity.Failure, $"The log ends after {size:N0} records, and a checkpoint or receipt shows that it had at least {known:N0}: the newest records were removed or are hidden.", size, known - 1);
    }

    private static Digest Parse(long sequence, string leafHash) => sequence >= 0 && Digest.TryParse(leafHash, out var leaf)
        ? leaf
        : throw new AuditException(AuditErrors.FormatInvalid, $"The receipt for record {sequence} has no leaf hash of 64 lower-case hex digits.", sequence);

    // The part of a sorted array whose places are in [from, to).
    private static ReadOnlySpan<T> Among<T>(T[] known, Func<T, long> place, long from, long to)
    {
        var start = LowerBound(known, place, from);
        return known.AsSpan(start, LowerBound(known, place, to) - start);
    }

    private static int LowerBound<T>(T[] known, Func<T, long> place, long value)
    {
        int low = 0, high = known.Length;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (place(known[middle]) < value)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
