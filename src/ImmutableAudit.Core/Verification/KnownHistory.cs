using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Verification;

/// <summary>What the verifier remembers of a log, checked against what the log says now as it goes by.</summary>
internal sealed class KnownHistory
{
    private readonly SortedDictionary<long, List<Digest>> _roots = [];
    private readonly SortedDictionary<long, List<Digest>> _leaves = [];

    public KnownHistory(VerifyOptions options)
    {
        foreach (var checkpoint in options.KnownCheckpoints)
            Put(_roots, checkpoint.Size, checkpoint.Root);
        foreach (var (sequence, leafHash) in options.Receipts)
        {
            if (!Digest.TryParse(leafHash, out var leaf) || sequence < 0)
                throw new AuditException(AuditErrors.FormatInvalid, $"The receipt for record {sequence} has no leaf hash of 64 lower-case hex digits.", sequence);
            Put(_leaves, sequence, leaf);
        }
    }

    /// <summary>Whether something known falls into what a segment at this position can hold.</summary>
    public bool ConcernsSegmentAt(long first) =>
        _roots.Keys.Any(size => size > first && size <= first + LogFormat.MaxSegmentRecords)
        || _leaves.Keys.Any(sequence => sequence >= first && sequence < first + LogFormat.MaxSegmentRecords);

    /// <summary>Compares what is known of a segment's records. The segment was parsed with its leaves if anything is.</summary>
    public void Check(ParsedSegment segment, string? versionId, MerkleHasher hasher, FindingList findings)
    {
        var key = SegmentName.Format(segment.First);
        foreach (var (size, roots) in _roots.Where(known => known.Key > segment.First && known.Key <= segment.End))
        {
            var range = segment.Seal.Frontier.Clone();
            for (var i = 0; i < size - segment.First; i++)
                range.Append(segment.Leaves![i], hasher);
            var root = range.Root(hasher);
            if (roots.Any(known => known != root))
                findings.Add(FindingKind.HistoryChanged, FindingSeverity.Failure, $"The first {size:N0} records aren't the ones of the checkpoint that is known: their root is {root.ToBase64()}, known is {roots.First(known => known != root).ToBase64()}. Some record up to {size - 1} was changed, or the log was forked and signed again.", size - 1, null, key, versionId);
        }

        foreach (var (sequence, leaves) in _leaves.Where(known => known.Key >= segment.First && known.Key < segment.End))
        {
            if (leaves.Any(known => known != segment.Leaves![(int)(sequence - segment.First)]))
                findings.Add(FindingKind.HistoryChanged, FindingSeverity.Failure, $"Record {sequence} isn't the one of the receipt that is known: it was changed and the log signed again.", sequence, null, key, versionId);
        }
    }

    /// <summary>Tells what is known to have been there and lies beyond the log's end.</summary>
    public void CheckEnd(long size, FindingList findings)
    {
        var known = Math.Max(_roots.Count > 0 ? _roots.Keys.Last() : 0, _leaves.Count > 0 ? _leaves.Keys.Last() + 1 : 0);
        if (known > size)
            findings.Add(FindingKind.Truncated, FindingSeverity.Failure, $"The log ends after {size:N0} records, and a checkpoint or receipt shows that it had at least {known:N0}: the newest records were removed or are hidden.", size, known - 1);
    }

    private static void Put(SortedDictionary<long, List<Digest>> known, long at, Digest value)
    {
        if (!known.TryGetValue(at, out var values))
            known[at] = values = [];
        values.Add(value);
    }
}
