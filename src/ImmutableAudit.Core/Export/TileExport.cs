using System.Buffers.Binary;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Export;

/// <summary>
/// Writes a log as C2SP tlog-tiles has it. A first export grows under another name. A later one adds what is new and then
/// replaces the checkpoint, so that whoever reads it meanwhile sees the old state whole.
/// </summary>
internal sealed class TileExport : IDisposable
{
    private const string CheckpointName = "checkpoint";
    private readonly IObjectStore _store;
    private readonly AuditLog _log;
    private readonly string _folder;
    private readonly MerkleHasher _hasher = new();
    private readonly MemoryStream _entries = new();
    private int _bundled;

    private TileExport(IObjectStore store, AuditLog log, string folder) => (_store, _log, _folder) = (store, log, folder);

    /// <summary>Exports, and gives the first record that was new.</summary>
    public static async Task<long> RunAsync(IObjectStore store, AuditLog log, string destination, CancellationToken cancellationToken)
    {
        destination = Path.TrimEndingDirectorySeparator(destination);
        if (File.Exists(destination))
            throw LogExport.Refused(destination, "it is a file, and TLogTiles are a directory. Give a directory.");
        if (Directory.Exists(destination) && Directory.EnumerateFileSystemEntries(destination).Any())
            return await GrowAsync(store, log, destination, cancellationToken).ConfigureAwait(false);

        var temporary = $"{destination}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(temporary);
            using (var export = new TileExport(store, log, temporary))
                await export.WriteAsync(0, cancellationToken).ConfigureAwait(false);
            if (Directory.Exists(destination))
                Directory.Delete(destination);
            Directory.Move(temporary, destination);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, true);
        }

        return 0;
    }

    public void Dispose()
    {
        _hasher.Dispose();
        _entries.Dispose();
    }

    private static async Task<long> GrowAsync(IObjectStore store, AuditLog log, string destination, CancellationToken cancellationToken)
    {
        var old = ReadCheckpoint(destination);
        if (old.Origin != log.Genesis.Origin)
            throw LogExport.Refused(destination, $"it holds the export of '{old.Origin}', and this log is '{log.Genesis.Origin}'. Give another directory.");
        // Otherwise two histories would lie in one directory.
        await log.ProveContinuationAsync(old, cancellationToken).ConfigureAwait(false);
        if (old.Size == log.Size)
            return old.Size;
        using var export = new TileExport(store, log, destination);
        await export.WriteAsync(old.Size, cancellationToken).ConfigureAwait(false);
        export.RemovePartials(old.Size);
        return old.Size;
    }

    private static Checkpoint ReadCheckpoint(string destination)
    {
        var path = Path.Combine(destination, CheckpointName);
        var note = File.Exists(path) ? SignedNote.TryParse(File.ReadAllText(path)) : null;
        return note is not null && Checkpoint.TryParse(note.Text) is { } checkpoint
            ? checkpoint
            : throw LogExport.Refused(destination, "the directory isn't empty and holds no export's checkpoint. Give another directory.");
    }

    private async Task WriteAsync(long old, CancellationToken cancellationToken)
    {
        var start = old >> TilePath.FullWidthBits << TilePath.FullWidthBits;
        var builder = new TileBuilder(await TileSegments.RangeAtAsync(_store, _log.Head, start, _hasher, cancellationToken).ConfigureAwait(false));
        await foreach (var (segment, _) in SegmentReader.ReadAsync(_store, _log.Head, start, _log.Size - 1, cancellationToken).ConfigureAwait(false))
        {
            for (var i = (int)Math.Max(0, start - segment.First); i < segment.Count; i++)
                Bundle(segment.Line(i).Span, segment.First + i);
            foreach (var tile in builder.Append(new TileLeaves(segment), _hasher))
                Write(TilePath.Format(tile.Id.Level, tile.Id.Index), Whole(tile).ToBytes());
        }

        for (var level = 0; level <= TileId.MaxLevel; level++)
        {
            if (builder.Begun(level) is { } tile)
                Write(TilePath.Format(level, tile.Id.Index, tile.Hashes.Length), Whole(tile).ToBytes());
        }

        if (_bundled > 0)
            Write(TilePath.FormatEntries(_log.Size >> TilePath.FullWidthBits, _bundled), _entries.ToArray());
        Write(CheckpointName, System.Text.Encoding.UTF8.GetBytes(_log.Checkpoint));
    }

    private void Bundle(ReadOnlySpan<byte> line, long record)
    {
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)line.Length));
        _entries.Write(length);
        _entries.Write(line);
        if (++_bundled < TilePath.FullWidth)
            return;
        Write(TilePath.FormatEntries(record >> TilePath.FullWidthBits), _entries.ToArray());
        _entries.SetLength(0);
        _bundled = 0;
    }

    // The first hashes of what was begun before are in the export itself, in the partial tile of its last checkpoint.
    private BuiltTile Whole(BuiltTile tile)
    {
        if (tile.Known == 0)
            return tile;
        var path = PathOf(TilePath.Format(tile.Id.Level, tile.Id.Index, tile.Known));
        return File.Exists(path) && tile.With(TileBytes.Split(File.ReadAllBytes(path)), _hasher) is { } whole
            ? whole
            : throw LogExport.Refused(_folder, $"'{path}' of the earlier export is missing or was altered. Export to a new directory.");
    }

    // Partial tiles that a fuller one has taken the place of.
    private void RemovePartials(long old)
    {
        for (var level = 0; level <= TileId.MaxLevel; level++)
        {
            var shift = level * TilePath.FullWidthBits;
            if (old >> shift == _log.Size >> shift)
                continue;
            var (index, width) = Math.DivRem(old >> shift, TilePath.FullWidth);
            if (width == 0)
                continue;
            RemovePartial(TilePath.Format(level, index, (int)width));
            if (level == 0)
                RemovePartial(TilePath.FormatEntries(index, (int)width));
        }
    }

    private void RemovePartial(string key)
    {
        var path = PathOf(key);
        File.Delete(path);
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }

    private void Write(string key, byte[] bytes)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private string PathOf(string key) => Path.Combine(_folder, key.Replace('/', Path.DirectorySeparatorChar));
}
