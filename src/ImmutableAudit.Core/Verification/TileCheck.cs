using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Verification;

/// <summary>
/// Compares a log's full tiles with the hashes of its records as these go by. The tiles are read beside each other while
/// the verification goes on, a bounded number at once. A log without any tile has none to be missed.
/// </summary>
internal sealed class TileCheck : IDisposable
{
    private const int Ahead = 32;

    // What became of a missing tile takes a request of its own in a bucket; so many are asked for.
    private const int MostAsked = 200;

    private readonly IObjectStore _store;
    private readonly FindingList _findings;
    private readonly Queue<(BuiltTile Tile, Task<TileRead> Read)> _reading = new();
    private readonly MerkleHasher _hasher = new();
    private TileBuilder _builder = new(new CompactRange());
    private long _missing;
    private long _seen;

    private TileCheck(IObjectStore store, FindingList findings) => (_store, _findings) = (store, findings);

    /// <summary>Begins a check; null where the store has no tile at all.</summary>
    public static async ValueTask<TileCheck?> BeginAsync(IObjectStore store, FindingList findings, CancellationToken cancellationToken) =>
        await TileObjects.AnyAsync(store, cancellationToken).ConfigureAwait(false) ? new TileCheck(store, findings) : null;

    /// <summary>Takes the next segment of the log, with its leaves. Where some are missing before it, it goes on from what its seal says.</summary>
    public async ValueTask TakeAsync(ParsedSegment segment, CancellationToken cancellationToken)
    {
        if (_builder.Size != segment.First)
            _builder = new TileBuilder(segment.Seal.Frontier);
        foreach (var tile in _builder.Append(new TileLeaves(segment), _hasher))
        {
            _reading.Enqueue((tile, Task.Run(() => TileObjects.ReadAsync(_store, tile.Id, cancellationToken).AsTask(), cancellationToken)));
            if (_reading.Count >= Ahead)
                await CheckNextAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Checks what is still being read, and tells how many tiles are missing.</summary>
    public async ValueTask FinishAsync()
    {
        while (_reading.Count > 0)
            await CheckNextAsync(CancellationToken.None).ConfigureAwait(false);
        if (_missing > 0)
            _findings.Add(FindingKind.TilesMissing, FindingSeverity.Information, $"{_missing:N0} of {_seen + _missing:N0} full Merkle tiles aren't there: a writer ended early, or may not put them. No record is affected. Update-AuditIndex writes them.");
    }

    public void Dispose() => _hasher.Dispose();

    private async ValueTask CheckNextAsync(CancellationToken cancellationToken)
    {
        var (tile, reading) = _reading.Dequeue();
        var read = await reading.ConfigureAwait(false);
        switch (read.Status)
        {
            case ReadStatus.Gone:
                await MissingAsync(tile.Id, cancellationToken).ConfigureAwait(false);
                return;
            case ReadStatus.Ok when tile.Matches(read.Bytes, _hasher):
                break;
            case ReadStatus.Ok or ReadStatus.TooLarge:
                await WrongAsync(tile.Id, "isn't what the records say", cancellationToken).ConfigureAwait(false);
                break;
            default:
                await WrongAsync(tile.Id, $"can't be read ({read.Reason})", cancellationToken).ConfigureAwait(false);
                break;
        }

        _seen++;
    }

    private async ValueTask MissingAsync(TileId id, CancellationToken cancellationToken)
    {
        _missing++;
        if (_store.KeepsVersions && _missing <= MostAsked && await TileObjects.NewestAsync(_store, id, cancellationToken).ConfigureAwait(false) is { IsDeleteMarker: true } marker)
            Tell(id, marker.VersionId, "is hidden by a delete marker");
    }

    private async ValueTask WrongAsync(TileId id, string what, CancellationToken cancellationToken)
    {
        var newest = _store.KeepsVersions ? await TileObjects.NewestAsync(_store, id, cancellationToken).ConfigureAwait(false) : null;
        Tell(id, newest?.VersionId, what);
    }

    private void Tell(TileId id, string? version, string what) => _findings.Add(
        FindingKind.TileInvalid, FindingSeverity.Warning, $"The Merkle tile '{id.Key}' {what}. No record is affected, and no proof is made from it. Update-AuditIndex -Rebuild rights it.", id.First, id.End - 1, id.Key, version);
}
