using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Summaries;

/// <summary>
/// Brings the summaries of a log up to date from its segments, each of which is verified on the way. Reads only blocks where
/// some are missing; with <see cref="IndexOptions.Rebuild"/> the whole log.
/// </summary>
internal sealed class SummaryFiller
{
    private readonly IObjectStore _store;
    private readonly LogHead _end;
    private readonly ISealKey _key;
    private readonly IndexOptions _options;
    private readonly DerivedPutter _putter;
    private readonly List<string> _wrong;
    private readonly BlockParts _parts;
    private long _present;
    private long _wrongs;

    private SummaryFiller(IObjectStore store, LogHead end, ISealKey key, IndexOptions options, DerivedPutter putter, List<string> wrong)
    {
        (_store, _end, _key, _options, _putter, _wrong) = (store, end, key, options, putter, wrong);
        _parts = new BlockParts(store);
    }

    public static async Task<SummaryCounts> RunAsync(
        IObjectStore store, LogHead end, ISealKey key, IndexOptions options, List<string> wrong, CancellationToken cancellationToken)
    {
        if (!end.State.Keys!.Sealers.Any(sealer => sealer.PublicKey.Span.SequenceEqual(key.PublicKey.Span)))
            throw new AuditException(AuditErrors.KeyNotInForce, $"The key '{key.Description}' may not seal the log at '{store.Location}', so nobody would believe summaries that it signs. Give one that may: Get-AuditLog shows them as KeysInForce.", key.Description);
        using var putter = new DerivedPutter(store);
        var filler = new SummaryFiller(store, end, key, options, putter, wrong);
        try
        {
            var blocks = new HashSet<long>();
            await foreach (var id in SummaryObjects.ListAsync(store, SummaryId.Block, 0, end.State.Size, cancellationToken).ConfigureAwait(false))
                blocks.Add(id.First);
            for (long block = 0; block < end.State.Size && !putter.HasEnded; block += SummaryId.BlockSize)
                await filler.FillAsync(block, blocks.Contains(block), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await putter.FinishAsync().ConfigureAwait(false);
        }

        return putter.Trouble is { } trouble
            ? throw trouble
            : new SummaryCounts(putter.Written, filler._present + putter.Present, filler._wrongs, putter.Replaced);
    }

    private async ValueTask FillAsync(long block, bool hasBlock, CancellationToken cancellationToken)
    {
        var end = Math.Min(block + SummaryId.BlockSize, _end.State.Size);
        var isWhole = end - block == SummaryId.BlockSize;
        var (chain, covered) = await SummaryObjects.ChainAsync(_store, block, _end.State.Size, cancellationToken).ConfigureAwait(false);
        if (_options.Rebuild)
            (chain, covered) = ([], block);
        else
            _present += chain.Count + (hasBlock ? 1 : 0);
        if (PartBuilder.HasEnd(covered, end))
            await ReadAsync(covered, end, cancellationToken).ConfigureAwait(false);
        if (!isWhole || (hasBlock && !_options.Rebuild))
            return;
        // What was just put is known; only what was there before is read.
        if (await _parts.CompleteAsync(end, _end.State, cancellationToken).ConfigureAwait(false) is { } summary)
            await TakeAsync(summary, cancellationToken).ConfigureAwait(false);
        else if (chain.Count > 0)
            throw new AuditException(AuditErrors.ObjectUnreadable, $"Summaries under '{SummaryId.Prefix}' of records {block} to {end - 1} are there by name and can't be believed. Run Update-AuditIndex -Rebuild.", chain[0].Key);
    }

    private async ValueTask ReadAsync(long from, long end, CancellationToken cancellationToken)
    {
        var builder = new PartBuilder(from);
        await foreach (var (segment, version) in SegmentReader.ReadAsync(_store, _end, from, end - 1, cancellationToken).ConfigureAwait(false))
        {
            // A false name may end inside a segment.
            if (segment.First != builder.Next)
                throw new AuditException(AuditErrors.ObjectUnreadable, $"A summary under '{SummaryId.Prefix}' says that a segment begins at {from}, and none does. Run Update-AuditIndex -Rebuild.", from);
            if (builder.Append(SegmentTerms.Of(segment, version.Size)) is { } part)
            {
                _parts.Add(part);
                await TakeAsync(part, cancellationToken).ConfigureAwait(false);
            }

            _options.Progress?.Report(builder.Next);
            if (_putter.HasEnded)
                return;
        }
    }

    private async ValueTask TakeAsync(Summary summary, CancellationToken cancellationToken)
    {
        ValueTask<byte[]> Seal() => summary.SealAsync(_end.State.Origin, _key, CancellationToken.None);
        if (_options.Rebuild)
        {
            var read = await SummaryObjects.ReadAsync(_store, summary.Id, _end.State, cancellationToken).ConfigureAwait(false);
            if (read.Summary?.Hash == summary.Hash)
            {
                _present++;
                return;
            }

            if (read.Summary is not null || read.Trouble is not null)
            {
                _wrongs++;
                _wrong.Add(summary.Id.Key);
                if (_store is DirectoryStore directory)
                {
                    if (!_options.Replace)
                        return;
                    directory.RemoveDerived(summary.Id.Key);
                }

                var newest = (await PositionReader.ListAsync(_store, summary.Id.Key, cancellationToken).ConfigureAwait(false)).FirstOrDefault();
                await _putter.ReplaceAsync(summary.Id.Key, Seal, newest, cancellationToken).ConfigureAwait(false);
                return;
            }
        }

        await _putter.PutAsync(summary.Id.Key, Seal, cancellationToken).ConfigureAwait(false);
    }
}
