using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;

namespace ImmutableAudit.Tiles;

/// <summary>
/// Brings the full tiles of a log up to date from its segments, each of which is verified on the way. Reads from the
/// first tile that is missing on; with <see cref="IndexOptions.Rebuild"/> the whole log.
/// </summary>
public sealed class TileFiller
{
    private const int MostNamed = 1000;
    private readonly IObjectStore _store;
    private readonly IndexOptions _options;
    private readonly TileInventory _there;
    private readonly DerivedPutter _putter;
    private readonly List<string> _wrong = [];
    private long _present;
    private long _wrongs;

    private TileFiller(IObjectStore store, IndexOptions options, TileInventory there, DerivedPutter putter) =>
        (_store, _options, _there, _putter) = (store, options, there, putter);

    /// <summary>Writes the tiles that are missing, and with a key the summaries.</summary>
    /// <param name="store">The log's store.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it; what is under way is waited for.</param>
    /// <exception cref="AuditException">
    /// <c>AuditLogNotFound</c>, <c>AuditLogEndInDoubt</c>, <c>KeyNotInForce</c> where the key doesn't seal the log, <c>RecordNotVerified</c> where a segment doesn't verify, <c>AccessDenied</c> and
    /// what else the store throws. What was written until then is right.
    /// </exception>
    public static async Task<IndexReport> RunAsync(IObjectStore store, IndexOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new IndexOptions();
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (log.Doubt is { } doubt)
            throw doubt;
        var there = await TileInventory.ReadAsync(store, log.Size, cancellationToken).ConfigureAwait(false);
        using var putter = new DerivedPutter(store);
        var filler = new TileFiller(store, options, there, putter);
        try
        {
            await filler.FillAsync(log.Head, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await putter.FinishAsync().ConfigureAwait(false);
        }

        if (putter.Trouble is { } trouble)
            throw trouble;
        var wrong = new List<string>(filler._wrong);
        var summaries = options.Key is null ? null : await SummaryFiller.RunAsync(store, log.Head, options.Key, options, wrong, cancellationToken).ConfigureAwait(false);
        return new IndexReport
        {
            Log = store.Location,
            Records = log.Size,
            Written = putter.Written,
            Present = filler._present + putter.Present,
            Wrong = filler._wrongs,
            Replaced = putter.Replaced,
            Summaries = summaries,
            WrongObjects = wrong.Take(MostNamed).ToArray(),
        };
    }

    private async Task FillAsync(LogHead end, CancellationToken cancellationToken)
    {
        var size = end.State.Size;
        var start = _options.Rebuild ? 0 : _there.FirstMissing();
        if (!_options.Rebuild)
            _present = _there.Count;
        if (start >= size)
            return;
        using var hasher = new MerkleHasher();
        var builder = new TileBuilder(await TileSegments.RangeAtAsync(_store, end, start, hasher, cancellationToken).ConfigureAwait(false));
        var last = (size >> TilePath.FullWidthBits << TilePath.FullWidthBits) - 1;
        await foreach (var leaves in TileSegments.ReadAsync(_store, end, start, last, cancellationToken).ConfigureAwait(false))
        {
            foreach (var tile in builder.Append(leaves, hasher))
                await TakeAsync(tile, hasher, cancellationToken).ConfigureAwait(false);
            _options.Progress?.Report(builder.Size);
            if (_putter.HasEnded)
                return;
        }
    }

    private async ValueTask TakeAsync(BuiltTile tile, MerkleHasher hasher, CancellationToken cancellationToken)
    {
        // Begun before what is read: then it is there, or it would have been read from its beginning.
        if (tile.Known > 0)
            return;
        if (!_there.Has(tile.Id))
            await _putter.PutAsync(tile, cancellationToken).ConfigureAwait(false);
        else if (_options.Rebuild)
            await CompareAsync(tile, hasher, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CompareAsync(BuiltTile tile, MerkleHasher hasher, CancellationToken cancellationToken)
    {
        var read = await TileObjects.ReadAsync(_store, tile.Id, cancellationToken).ConfigureAwait(false);
        if (read.Status is ReadStatus.Unreadable)
            throw new AuditException(AuditErrors.ObjectUnreadable, $"'{tile.Id.Key}' can't be read, so nobody can say whether it is right: {read.Reason}", tile.Id.Key);
        if (read.Bytes is not null && tile.Matches(read.Bytes, hasher))
        {
            _present++;
            return;
        }

        _wrongs++;
        if (_wrong.Count < MostNamed)
            _wrong.Add(tile.Id.Key);
        if (_store is DirectoryStore directory)
        {
            if (!_options.Replace)
                return;
            directory.RemoveDerived(tile.Id.Key);
        }

        var newest = await TileObjects.NewestAsync(_store, tile.Id, cancellationToken).ConfigureAwait(false);
        await _putter.ReplaceAsync(tile.Id.Key, () => ValueTask.FromResult(tile.ToBytes()), newest, cancellationToken).ConfigureAwait(false);
    }
}
