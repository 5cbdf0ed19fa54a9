using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Summaries;

/// <summary>
/// The parts of the block at hand, as entries of its block summary: those that were built here, and those that others put,
/// read and believed only where they are signed.
/// </summary>
internal sealed class BlockParts(IObjectStore store)
{
    private readonly Dictionary<long, SummaryEntry> _built = [];

    /// <summary>Takes a part that was built here.</summary>
    public void Add(Summary part)
    {
        if (_built.Count > 0 && SummaryId.BlockStart(_built.Keys.First()) != SummaryId.BlockStart(part.Id.First))
            _built.Clear();
        _built[part.Id.First] = part.ForBlock();
    }

    /// <summary>The block that ends at a position; null where a part of it is missing or can't be believed.</summary>
    public async ValueTask<Summary?> CompleteAsync(long end, ChainState state, CancellationToken cancellationToken)
    {
        var block = end - SummaryId.BlockSize;
        var entries = new List<SummaryEntry>();
        Dictionary<long, SummaryId>? others = null;
        for (var at = block; at < end; at = entries[^1].End)
        {
            if (!_built.TryGetValue(at, out var entry))
            {
                others ??= (await SummaryObjects.ChainAsync(store, block, end, cancellationToken).ConfigureAwait(false)).Chain.ToDictionary(id => id.First);
                if (!others.TryGetValue(at, out var id) || (await SummaryObjects.ReadAsync(store, id, state, cancellationToken).ConfigureAwait(false)).Summary is not { } part)
                    return null;
                entry = part.ForBlock();
            }

            entries.Add(entry);
        }

        return Summary.OfParts(entries);
    }
}
