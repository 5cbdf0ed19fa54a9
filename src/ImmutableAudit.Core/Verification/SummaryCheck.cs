using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Verification;

/// <summary>
/// Compares a log's summaries with its records as these go by, a block of 16,384 positions at a time. What is signed by a key
/// of the log and says something else than the records would hide them from every search; what isn't so signed is believed by
/// nobody. A log without any summary has none to be missed.
/// </summary>
internal sealed class SummaryCheck
{
    // Names in one block, before somebody plays with them.
    private const int MostInBlock = 2048;
    private readonly IObjectStore _store;
    private readonly FindingList _findings;
    private readonly HashSet<uint> _signers = [];
    private readonly Dictionary<SummaryId, Summary?> _made = [];
    private readonly List<Open> _open = [];

    // A later record may add the key that signed them: looked at again at the end, so many at most.
    private const int MostLater = 10_000;
    private readonly List<(SummaryId Id, bool IsKnown, Digest? Made)> _later = [];
    private List<SummaryId> _parts = [];
    private SummaryRead _block;
    private SummaryId _blockId;
    private bool _hasBlock;
    private Dictionary<long, List<SummaryId>> _wanted = [];
    private long _begun = -1;
    private long _next = -1;
    private long _missing;

    private SummaryCheck(IObjectStore store, FindingList findings) => (_store, _findings) = (store, findings);

    /// <summary>Begins a check; null where the store has no summary at all.</summary>
    public static async ValueTask<SummaryCheck?> BeginAsync(IObjectStore store, FindingList findings, CancellationToken cancellationToken)
    {
        await foreach (var version in store.ListAsync(SummaryId.Prefix, null, 10, cancellationToken).ConfigureAwait(false))
        {
            if (!version.IsDeleteMarker)
                return new SummaryCheck(store, findings);
        }

        return null;
    }

    /// <summary>Takes the next segment of the log.</summary>
    /// <param name="terms">What it can be found by.</param>
    /// <param name="before">The log before it.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public async ValueTask TakeAsync(SegmentTerms terms, ChainState before, CancellationToken cancellationToken)
    {
        if (_begun < 0 || SummaryId.BlockStart(terms.First) != SummaryId.BlockStart(_begun))
        {
            await EndBlockAsync(before, cancellationToken).ConfigureAwait(false);
            await BeginBlockAsync(terms.First, before, cancellationToken).ConfigureAwait(false);
        }

        // Behind a hole nobody knows what a summary over it should say.
        if (terms.First != _next)
            _open.Clear();
        _next = terms.End;
        if (_wanted.TryGetValue(terms.First, out var begin))
            _open.AddRange(begin.Select(id => new Open(id, [])));
        foreach (var open in _open)
        {
            open.Segments.Add(terms);
            if (terms.End >= open.Id.End)
                _made[open.Id] = terms.End == open.Id.End ? Summary.OfSegments(open.Segments) : null;
        }

        _open.RemoveAll(open => open.Id.End <= terms.End);
    }

    /// <summary>Checks the last block, and tells how much no summary covers.</summary>
    public async ValueTask FinishAsync(ChainState end, CancellationToken cancellationToken)
    {
        await EndBlockAsync(end, cancellationToken).ConfigureAwait(false);
        foreach (var (id, isKnown, made) in _later)
            Judge(id, await SummaryObjects.ReadAsync(_store, id, end, cancellationToken).ConfigureAwait(false), isKnown, made, isLast: true);
        if (_missing > 0)
            _findings.Add(FindingKind.IndexMissing, FindingSeverity.Information, $"Of {_missing:N0} records no summary tells though others are covered: a writer ended early, or may not put them. A search reads them all. Update-AuditIndex with a key writes what is missing.");
        foreach (var entry in end.Keys?.Compromised.Where(entry => _signers.Contains(entry.Key.KeyId)) ?? [])
            _findings.Add(FindingKind.IndexInvalid, FindingSeverity.Warning, $"Summaries are signed by key {entry.Key.KeyId:x8}, which record {entry.CompromisedAt} reports compromised: no search believes them. Update-AuditIndex -Rebuild with a key in force rights them.");
    }

    private async ValueTask BeginBlockAsync(long first, ChainState before, CancellationToken cancellationToken)
    {
        var block = SummaryId.BlockStart(first);
        _begun = first;
        _blockId = new SummaryId(SummaryId.Block, block, block + SummaryId.BlockSize);
        _parts = [];
        _made.Clear();
        _open.Clear();
        await foreach (var id in SummaryObjects.ListAsync(_store, SummaryId.Part, block, block + SummaryId.BlockSize, cancellationToken).ConfigureAwait(false))
        {
            if (_parts.Count < MostInBlock)
                _parts.Add(id);
        }

        // Its own signature is judged with the keys at the block's end; here only what it is made of counts.
        _block = await SummaryObjects.ReadAsync(_store, _blockId, before, cancellationToken).ConfigureAwait(false);
        _hasBlock = _block.Summary is not null || _block.Trouble is not null;
        _wanted = _parts.Concat(_block.Summary?.Entries.Select(entry => new SummaryId(SummaryId.Part, entry.First, entry.End)) ?? [])
            .Distinct().GroupBy(id => id.First).ToDictionary(group => group.Key, group => group.ToList());
    }

    private async ValueTask EndBlockAsync(ChainState end, CancellationToken cancellationToken)
    {
        if (_begun < 0)
            return;
        var valid = new List<SummaryId>();
        foreach (var some in _parts.Where(id => id.End <= end.Size).Chunk(8))
        {
            var reads = await Task.WhenAll(some.Select(id => Task.Run(() => SummaryObjects.ReadAsync(_store, id, end, cancellationToken).AsTask(), cancellationToken))).ConfigureAwait(false);
            foreach (var (id, read) in some.Zip(reads))
            {
                if (Judge(id, read, _made.TryGetValue(id, out var made), made?.Hash, isLast: false))
                    valid.Add(id);
            }
        }

        if (_hasBlock && _blockId.End <= end.Size)
        {
            if (_block.Summary is null)
                _block = await SummaryObjects.ReadAsync(_store, _blockId, end, cancellationToken).ConfigureAwait(false);
            var ids = _block.Summary?.Entries.Select(entry => new SummaryId(SummaryId.Part, entry.First, entry.End)).ToList() ?? Chain();
            var made = ids.Select(id => _made.GetValueOrDefault(id)).OfType<Summary>().Select(part => part.ForBlock()).ToList();
            var whole = made.Count == ids.Count ? Summary.OfParts(made) : null;
            Judge(_blockId, _block, ids.TrueForAll(_made.ContainsKey) && (_block.Summary is not null || whole is not null), whole?.Hash, isLast: false);
        }

        CountMissing(valid, end.Size);
        _begun = -1;
    }

    // True where searches believe it.
    private bool Judge(SummaryId id, SummaryRead read, bool isKnown, Digest? made, bool isLast)
    {
        if (read.Summary is not { } summary)
        {
            if (read.Trouble is not null && !isLast && _later.Count < MostLater)
            {
                _later.Add((id, isKnown, made));
                return true;
            }

            if (read.Trouble is not null)
                Tell(id, FindingSeverity.Warning, $"{read.Trouble}. No search believes it, and no record is affected");
            return false;
        }

        _signers.Add(summary.KeyId);
        if (!isKnown || made == summary.Hash)
            return true;
        Tell(id, FindingSeverity.Failure, $"is signed by key {summary.KeyId:x8} and isn't what the records say: searches may have missed records. The records themselves are verified, but whoever holds the key may have wanted to hide some");
        return true;
    }

    // The parts that a block would have by the names that are there.
    private List<SummaryId> Chain()
    {
        var chain = new List<SummaryId>();
        for (var at = _blockId.First; _parts.Find(id => id.First == at) is { End: > 0 } next; at = next.End)
            chain.Add(next);
        return chain;
    }

    private void Tell(SummaryId id, FindingSeverity severity, string what) => _findings.Add(
        FindingKind.IndexInvalid, severity, $"The summary '{id.Key}' {what}. Update-AuditIndex -Rebuild with a key rights it.", id.First, id.End - 1, id.Key);

    private void CountMissing(List<SummaryId> valid, long size)
    {
        var at = _begun;
        foreach (var id in valid.OrderBy(id => id.First))
        {
            // One that was begun before what is verified counts from there.
            if (id.End <= at)
                continue;
            if (id.First > at)
                _missing += id.First - at;
            at = id.End;
        }

        var to = Math.Min(_blockId.End, size);
        if (PartBuilder.HasEnd(at, to))
            _missing += to - at;
    }

    private sealed record Open(SummaryId Id, List<SegmentTerms> Segments);
}
