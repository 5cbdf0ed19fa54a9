using System.Collections;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Tiles;

/// <summary>Which of a log's full tiles a store has, by their names: one bit each.</summary>
internal sealed class TileInventory
{
    private readonly long _size;
    private readonly BitArray[] _levels;

    private TileInventory(long size)
    {
        _size = size;
        _levels = [.. Enumerable.Range(0, TileId.MaxLevel + 1).Select(level => new BitArray(checked((int)TileId.CountAt(level, size))))];
    }

    /// <summary>How many are there.</summary>
    public long Count { get; private set; }

    /// <summary>Lists a store's tiles. One whose newest version is a delete marker isn't there; what the log doesn't reach isn't looked at.</summary>
    /// <param name="store">The store.</param>
    /// <param name="size">How many records the log has.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public static async Task<TileInventory> ReadAsync(IObjectStore store, long size, CancellationToken cancellationToken)
    {
        var inventory = new TileInventory(size);
        string? key = null;
        await foreach (var version in store.ListAsync(TilePath.Prefix, null, 1000, cancellationToken).ConfigureAwait(false))
        {
            var isNewest = version.Key != key;
            key = version.Key;
            if (isNewest && !version.IsDeleteMarker && TileId.TryParse(key) is { } id && id.Index < inventory._levels[id.Level].Length)
            {
                inventory._levels[id.Level][(int)id.Index] = true;
                inventory.Count++;
            }
        }

        return inventory;
    }

    public bool Has(TileId id) => _levels[id.Level][(int)id.Index];

    /// <summary>The first leaf of the first full tile that is missing; the size where none is.</summary>
    public long FirstMissing()
    {
        var first = _size;
        for (var level = 0; level < _levels.Length; level++)
        {
            for (var index = 0; index < _levels[level].Length && new TileId(level, index).First < first; index++)
            {
                if (!_levels[level][index])
                    first = new TileId(level, index).First;
            }
        }

        return first;
    }
}
