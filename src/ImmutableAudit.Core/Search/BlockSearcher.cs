using System.Collections.Concurrent;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Search;

/// <summary>A line that matches, verified.</summary>
internal readonly record struct Hit(byte[] Line, Digest Leaf, StoredVersion Version)
{
    public AuditRecord ToRecord(string origin) => AuditRecord.FromVerified(Line, Leaf, origin, Version.Key, Version.VersionId);
}

/// <summary>What came of a block.</summary>
/// <param name="Hits">Newest first.</param>
/// <param name="Read">Records that were compared.</param>
/// <param name="Uncovered">Of those, such as no summary tells of.</param>
/// <param name="Plan">What was left out.</param>
internal sealed record BlockResult(List<Hit> Hits, long Read, long Uncovered, BlockPlan Plan);

/// <summary>
/// Reads what a plan wants of a block, from its end to its beginning: so each segment is named, by its digest, by the one
/// that was read before it, and only one that stands alone has to be found in the tree. Where anything doesn't fit, the whole
/// block is read as the log's own rules have it, and that decides.
/// </summary>
internal sealed class BlockSearcher(IObjectStore store, LogHead end, RecordFilter filter, Action<string> ignored) : IDisposable
{
    private const int AtOnce = 8;
    private readonly ConcurrentBag<(SegmentParser Parser, LineTerms Terms)> _workers = [];
    // One for all: most of what it reads for one segment it needs for the next.
    private readonly TreeCheck _tree = new(store, end);
    private readonly SemaphoreSlim _treeRoom = new(1);

    public async Task<BlockResult> SearchAsync(long from, long to, BlockPlan plan, CancellationToken cancellationToken)
    {
        if (await TryReadAsync(plan, cancellationToken).ConfigureAwait(false) is { } result)
            return result;
        var all = BlockPlan.All(from, to);
        return await ReadByTheRulesAsync(from, to, all with { Used = plan.Used }, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Parser.Dispose();
        _tree.Dispose();
        _treeRoom.Dispose();
    }

    private async Task<BlockResult?> TryReadAsync(BlockPlan plan, CancellationToken cancellationToken)
    {
        var hits = new List<Hit>();
        long read = 0, uncovered = 0;
        ParsedSegment? next = null;
        for (var i = plan.Wanted.Count - 1; i >= 0;)
        {
            var wanted = plan.Wanted[i];
            var candidates = new List<(long First, List<StoredVersion> Versions)>();
            if (wanted.Segment is null)
            {
                candidates = await ListAsync(wanted.First, wanted.End, cancellationToken).ConfigureAwait(false);
                i--;
            }
            else
            {
                // Those that summaries name, some at once.
                var run = new List<long>();
                for (; i >= 0 && plan.Wanted[i].Segment is not null && run.Count < AtOnce; i--)
                    run.Add(plan.Wanted[i].First);
                var versions = await Task.WhenAll(run.Select(first => Task.Run(() => PositionReader.ListAsync(store, SegmentName.Format(first), cancellationToken).AsTask(), cancellationToken))).ConfigureAwait(false);
                candidates.AddRange(run.Zip(versions));
            }

            var reached = wanted.End;
            var lowest = plan.Wanted[i + 1];
            foreach (var some in candidates.Chunk(AtOnce))
            {
                var fetched = await Task.WhenAll(some.Select(one => Task.Run(() => FetchAsync(one.First, one.Versions, cancellationToken), cancellationToken))).ConfigureAwait(false);
                foreach (var (found, candidate) in fetched.Zip(some))
                {
                    if (found is null && wanted.Segment is null)
                        continue; // Something that isn't a segment; what counts is found without it, or missed below.
                    if (found is null || !await FitsAsync(found.Segment, next, cancellationToken).ConfigureAwait(false))
                        return Doubt(candidate.First, found is null ? "there is no valid segment" : "the segment there isn't in the log");
                    if (wanted.Segment is null ? found.Segment.End != reached : !IsNamed(plan, found.Segment))
                        return Doubt(candidate.First, "the segment there is another than a summary names");
                    next = found.Segment;
                    reached = next.First;
                    read += next.Count;
                    uncovered += wanted.Segment is null ? next.Count : 0;
                    hits.AddRange(found.Hits);
                }
            }

            if (reached != lowest.First)
                return Doubt(lowest.First, "no segment begins there");
        }

        return new BlockResult(hits, read, uncovered, plan);
    }

    private static bool IsNamed(BlockPlan plan, ParsedSegment segment)
    {
        var at = plan.Wanted.FindIndex(wanted => wanted.First == segment.First);
        return at >= 0 && plan.Wanted[at].End == segment.End && plan.Wanted[at].Segment!.Stored == segment.StoredDigest;
    }

    private BlockResult? Doubt(long record, string why)
    {
        ignored($"At record {record} {why}: its block of the log was read whole.");
        return null;
    }

    // By the digest that the following segment names; else by the tree.
    private async ValueTask<bool> FitsAsync(ParsedSegment segment, ParsedSegment? next, CancellationToken cancellationToken)
    {
        if (next is not null && next.First == segment.End)
            return next.PreviousSegment == segment.StoredDigest && next.Previous == segment.LastLeaf;
        await _treeRoom.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _tree.HoldsAsync(segment, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _treeRoom.Release();
        }
    }

    // The names of a range, newest first.
    private async Task<List<(long First, List<StoredVersion> Versions)>> ListAsync(long from, long to, CancellationToken cancellationToken)
    {
        var found = new List<(long First, List<StoredVersion> Versions)>();
        await foreach (var version in store.ListAsync(SegmentName.Prefix, SegmentName.Before(to - 1), 1000, cancellationToken).ConfigureAwait(false))
        {
            if (!SegmentName.TryParse(version.Key, out var first))
                continue;
            if (first < from)
                break;
            if (found.Count == 0 || found[^1].First != first)
                found.Add((first, []));
            found[^1].Versions.Add(version);
        }

        return found;
    }

    // The oldest version that is a segment sealed by a key of the log; whether it is in the log is asked afterwards.
    private async Task<Found?> FetchAsync(long first, List<StoredVersion> versions, CancellationToken cancellationToken)
    {
        if (!_workers.TryTake(out var worker))
            worker = (new SegmentParser(), new LineTerms());
        try
        {
            for (var i = versions.Count - 1; i >= 0; i--)
            {
                if (versions[i].IsDeleteMarker)
                    continue;
                var (_, segment, _) = await SegmentFetch.FetchAsync(store, worker.Parser, versions[i], first, SegmentParts.Leaves | SegmentParts.Text, cancellationToken).ConfigureAwait(false);
                if (segment is not null && end.State.Keys!.Find(segment.Seal.Signature.KeyId) is { } key && segment.Seal.IsVerifiedBy(key.Key))
                    return new Found(segment, Match(segment, versions[i], worker.Terms));
            }

            return null;
        }
        finally
        {
            _workers.Add(worker);
        }
    }

    private List<Hit> Match(ParsedSegment segment, StoredVersion version, LineTerms terms)
    {
        var hits = new List<Hit>();
        for (var i = segment.Count - 1; i >= 0; i--)
        {
            var line = segment.Line(i);
            if (filter.Matches(line.Span, terms))
                hits.Add(new Hit(line.ToArray(), segment.Leaves![i], version));
        }

        return hits;
    }

    private async Task<BlockResult> ReadByTheRulesAsync(long from, long to, BlockPlan plan, CancellationToken cancellationToken)
    {
        var hits = new List<Hit>();
        var terms = new LineTerms();
        await foreach (var (segment, version) in SegmentReader.ReadAsync(store, end, from, to - 1, cancellationToken).ConfigureAwait(false))
            hits.InsertRange(0, Match(segment, version, terms));
        return new BlockResult(hits, to - from, to - from, plan);
    }

    private sealed record Found(ParsedSegment Segment, List<Hit> Hits);
}
