using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>What a store says of a tile.</summary>
/// <param name="Status">How reading it went.</param>
/// <param name="Bytes">Its bytes where it was read; they may be anything.</param>
/// <param name="Reason">Why it couldn't be read.</param>
internal readonly record struct TileRead(ReadStatus Status, byte[]? Bytes, string? Reason)
{
    /// <summary>The tile's hashes, unproven; null where there aren't 256.</summary>
    public Digest[]? Hashes => Bytes is { Length: TileId.Bytes } ? TileBytes.Split(Bytes) : null;
}

/// <summary>Tiles as a store holds them. What counts for reading is the newest version: nothing that is read is believed.</summary>
internal static class TileObjects
{
    /// <summary>Reads what is current under a tile's key, in one request.</summary>
    public static async ValueTask<TileRead> ReadAsync(IObjectStore store, TileId id, CancellationToken cancellationToken)
    {
        var current = new StoredVersion(id.Key, null, "", TileId.Bytes, default, false);
        var read = await store.ReadAsync(current, TileId.Bytes, cancellationToken).ConfigureAwait(false);
        var bytes = read.Status == ReadStatus.Ok ? read.Content.ToArray() : null;
        if (read.Status == ReadStatus.Ok)
            read.Release();
        return new TileRead(read.Status, bytes, read.Reason);
    }

    /// <summary>Whether any tile was ever put.</summary>
    public static async ValueTask<bool> AnyAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        await foreach (var _ in store.ListAsync(TilePath.Prefix, null, 1, cancellationToken).ConfigureAwait(false))
            return true;
        return false;
    }

    /// <summary>The newest entry of a tile's key; null where there is none.</summary>
    public static async ValueTask<StoredVersion?> NewestAsync(IObjectStore store, TileId id, CancellationToken cancellationToken) =>
        (await PositionReader.ListAsync(store, id.Key, cancellationToken).ConfigureAwait(false)).FirstOrDefault();
}
