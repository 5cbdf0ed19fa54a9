using ImmutableAudit.Chain;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Import;

/// <summary>
/// The keys of all events that were imported into a log. The log itself says them, in its records; a file keeps what was
/// read already. Without the file, or where it doesn't fit the log, all of the log is read again.
/// </summary>
internal sealed class ImportedKeys : IDisposable
{
    // Some 40 MB; then they are written to the file.
    private const int MostInMemory = 1_000_000;
    private readonly IObjectStore _store;
    private readonly string _origin;
    private readonly string _path;
    private readonly bool _isTemporary;
    private readonly HashSet<UInt128> _more = [];
    private KeyTable? _table;

    private ImportedKeys(IObjectStore store, string origin, string? path)
    {
        (_store, _origin, _isTemporary) = (store, origin, path is null);
        _path = path ?? Path.Combine(Path.GetTempPath(), $"immutableaudit-{Guid.NewGuid():N}.keys");
        _table = KeyTable.TryOpen(_path, origin);
        Size = _table?.Size ?? 0;
    }

    /// <summary>How many records of the log were looked at.</summary>
    public long Size { get; private set; }

    /// <summary>Reads what was imported into a log until now.</summary>
    /// <param name="store">The log's store.</param>
    /// <param name="log">The log.</param>
    /// <param name="path">The file; null for none that is kept.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<ImportedKeys> OpenAsync(IObjectStore store, AuditLog log, string? path, CancellationToken cancellationToken)
    {
        var keys = new ImportedKeys(store, log.Genesis.Origin, path);
        try
        {
            await keys.CatchUpAsync(log, cancellationToken).ConfigureAwait(false);
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    public bool Contains(UInt128 key) => _more.Contains(key) || _table?.Contains(key) == true;

    /// <summary>Reads the log from where the last look ended.</summary>
    public async Task CatchUpAsync(AuditLog log, CancellationToken cancellationToken)
    {
        if (!FitsEnd(log))
            Forget();
        var first = true;
        await foreach (var (segment, _) in SegmentReader.ReadAsync(_store, log.Head, Size, log.Size - 1, cancellationToken).ConfigureAwait(false))
        {
            if (first && !Fits(segment))
            {
                Forget();
                await CatchUpAsync(log, cancellationToken).ConfigureAwait(false);
                return;
            }

            first = false;
            for (var i = 0; i < segment.Count; i++)
            {
                if (ImportMember.TryRead(segment.Line(i).Span, out var key))
                    _more.Add(key);
            }

            Advance([], segment.Seal.Checkpoint);
        }
    }

    /// <summary>Takes keys of records that are in the log, and that the log, as far as it was looked at, now ends with.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="end">The log after them.</param>
    public void Advance(IEnumerable<UInt128> keys, Checkpoint end)
    {
        _more.UnionWith(keys);
        Size = end.Size;
        if (_more.Count >= MostInMemory)
            Save(end);
    }

    /// <summary>Writes what is known to the file.</summary>
    /// <param name="end">The log as far as it was looked at.</param>
    public void Save(Checkpoint end)
    {
        if (end.Size != Size)
            throw new InvalidOperationException("Only what was looked at can be kept.");
        if (_table?.Size == Size)
            return;
        _table = KeyTable.Write(_path, _origin, Size, end.Root, _table, _more);
        _more.Clear();
    }

    public void Dispose()
    {
        _table?.Dispose();
        if (_isTemporary)
            File.Delete(_path);
    }

    private void Forget()
    {
        _table?.Dispose();
        _table = null;
        _more.Clear();
        Size = 0;
    }

    private bool FitsEnd(AuditLog log)
    {
        if (Size < log.Size || _table is null || _table.Size < Size)
            return Size <= log.Size;
        return Size == log.Size && SignedNote.TryParse(log.Checkpoint) is { } note && Checkpoint.TryParse(note.Text)?.Root == _table.Root;
    }

    // What comes next says what the log before it was.
    private bool Fits(ParsedSegment segment)
    {
        if (segment.First != Size)
            return false;
        if (_table is null || _table.Size < Size)
            return true;
        using var hasher = new MerkleHasher();
        return segment.Seal.Frontier.Root(hasher) == _table.Root;
    }
}
