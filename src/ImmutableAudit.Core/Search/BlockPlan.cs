using ImmutableAudit.Chain;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Search;

/// <summary>Records to be read: one segment that a summary names by its digest, or a range that no summary tells of.</summary>
internal readonly record struct Wanted(long First, long End, SummaryEntry? Segment);

/// <summary>What of a block is to be read, oldest first, and what summaries let a search leave out.</summary>
internal sealed record BlockPlan(List<Wanted> Wanted, long RecordsLeftOut, long BytesLeftOut, int Used)
{
    /// <summary>Nothing is known: all is read.</summary>
    public static BlockPlan All(long from, long end) => new([new Wanted(from, end, null)], 0, 0, 0);
}

/// <summary>
/// Decides from summaries what of a block has to be read. One that isn't there, isn't signed by a key that counts or contradicts
/// another is left aside: then what it covers is read.
/// </summary>
internal sealed class BlockPlanner(IObjectStore store, ChainState end, RecordFilter filter, Action<string> ignored)
{
    public async Task<BlockPlan> PlanAsync(long from, long to, bool hasBlock, bool hasParts, CancellationToken cancellationToken)
    {
        var plan = new Draft(filter);
        if (hasBlock && await ReadAsync(new SummaryId(SummaryId.Block, from, to), cancellationToken).ConfigureAwait(false) is { } block)
        {
            plan.Used++;
            var parts = await ReadAllAsync(
                block.Entries.Where(entry => entry.Stored is null && filter.MayMatch(entry)).Select(entry => new SummaryId(SummaryId.Part, entry.First, entry.End)), cancellationToken).ConfigureAwait(false);
            foreach (var entry in block.Entries)
            {
                if (entry.Stored is not null || !filter.MayMatch(entry))
                    plan.Take(entry);
                else if (parts.TryGetValue(entry.First, out var part) && part.Hash == entry.Part)
                    plan.Take(part);
                else
                    plan.Want(entry.First, entry.End, parts.ContainsKey(entry.First) ? Ignore(new SummaryId(SummaryId.Part, entry.First, entry.End), "isn't the one that its block names") : null);
            }

            return plan.Finish();
        }

        var at = from;
        if (hasParts)
        {
            var names = new List<SummaryId>();
            await foreach (var id in SummaryObjects.ListAsync(store, SummaryId.Part, from, to, cancellationToken).ConfigureAwait(false))
                names.Add(id);
            foreach (var part in (await ReadAllAsync(names.Where(id => id.End <= to), cancellationToken).ConfigureAwait(false)).Values.OrderBy(part => part.Id.First))
            {
                if (part.Id.First < at)
                    continue;
                plan.Want(at, part.Id.First, null);
                plan.Take(part);
                at = part.Id.End;
            }
        }

        plan.Want(at, to, null);
        return plan.Finish();
    }

    // Where two begin at the same record, one is as good as the other.
    private async Task<Dictionary<long, Summary>> ReadAllAsync(IEnumerable<SummaryId> ids, CancellationToken cancellationToken)
    {
        var reads = await Task.WhenAll(ids.Select(id => ReadAsync(id, cancellationToken))).ConfigureAwait(false);
        var found = new Dictionary<long, Summary>();
        foreach (var summary in reads)
        {
            if (summary is not null)
                found.TryAdd(summary.Id.First, summary);
        }

        return found;
    }

    private async Task<Summary?> ReadAsync(SummaryId id, CancellationToken cancellationToken)
    {
        var read = await Task.Run(() => SummaryObjects.ReadAsync(store, id, end, cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);
        if (read.Trouble is { } trouble)
            Ignore(id, trouble);
        return read.Summary;
    }

    private SummaryEntry? Ignore(SummaryId id, string why)
    {
        ignored($"'{id.Key}' {why}.");
        return null;
    }

    private sealed class Draft(RecordFilter filter)
    {
        private readonly List<Wanted> _wanted = [];
        private long _records;
        private long _bytes;

        public int Used { get; set; }

        public void Want(long first, long end, SummaryEntry? segment)
        {
            if (first < end)
                _wanted.Add(new Wanted(first, end, segment));
        }

        public void Take(Summary part)
        {
            Used++;
            foreach (var segment in part.Segments)
                Take(segment);
        }

        public void Take(SummaryEntry entry)
        {
            if (filter.MayMatch(entry))
            {
                Want(entry.First, entry.End, entry);
            }
            else
            {
                _records += entry.Count;
                _bytes += entry.Bytes;
            }
        }

        public BlockPlan Finish() => new(_wanted, _records, _bytes, Used);
    }
}
