using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Import;

/// <summary>
/// Brings what others logged into a log, each event once. An event's key, which comes of its source alone, stands in
/// its record; what the log has is left out. So an import may be ended anywhere, by a kill too, and run again.
/// </summary>
/// <remarks>
/// Not for two threads at once. Under one account one import into a log runs at a time, by the spool in its folder. Two
/// machines that import the same events at the same moment may record some of them twice.
/// </remarks>
public sealed class EventImporter : IAsyncDisposable
{
    private const string SpoolFolder = "spool";
    private const string KeysFile = "keys";
    private readonly IObjectStore _store;
    private readonly AuditWriter? _writer;
    private readonly ImportedKeys _keys;
    private readonly Action<AuditException> _report;
    private readonly HashSet<UInt128> _pending = [];
    private readonly Lock _gate = new();
    private ImportCounts _counts = new();
    private EventBatch _batch;
    private List<UInt128> _batchKeys = [];
    private Task<CommitResult>? _underWay;
    private List<UInt128> _underWayKeys = [];
    private bool _stale;
    private bool _failed;

    private EventImporter(IObjectStore store, AuditWriter? writer, ImportedKeys keys, Action<AuditException> report)
    {
        (_store, _writer, _keys, _report) = (store, writer, keys, report);
        _batch = writer?.NewBatch() ?? new EventBatch();
    }

    /// <summary>How far it is. May be asked for by another thread.</summary>
    public ImportCounts Counts
    {
        get
        {
            lock (_gate)
                return _counts;
        }
    }

    /// <summary>The log's writer; null in a trial run.</summary>
    public AuditWriter? Writer => _writer;

    /// <summary>Why the lock of what was written couldn't be read back; null if it could.</summary>
    public string? LockUnknown { get; private set; }

    /// <summary>Opens a log for importing, and finds out what was imported before.</summary>
    /// <param name="store">The log's store. The caller disposes of it, after the importer.</param>
    /// <param name="key">A key that may seal the log; null for a trial run, which writes nothing. The caller disposes of it, after the importer.</param>
    /// <param name="home">
    /// A folder of this account, for a spool and for what was read of each log; made where it isn't there. Null for none:
    /// then the whole log is read, and a kill while an object is sent to a bucket may record events twice.
    /// </param>
    /// <param name="report">Told each entry that couldn't be read or was refused, in order. It may wait.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AuditException">What opening a log for writing throws.</exception>
    public static async Task<EventImporter> OpenAsync(
        IObjectStore store, ISealKey? key, string? home, Action<AuditException> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(report);
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        var folder = home is null ? null : ImportFolder.Of(home, log.Genesis.Origin);
        // The writer first: what a killed one was sending is in the log by the time that the log is read.
        var writer = key is null ? null : await OpenWriterAsync(store, key, folder, cancellationToken).ConfigureAwait(false);
        try
        {
            if (writer is not null && writer.Size != log.Size)
                log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
            var keys = await ImportedKeys.OpenAsync(store, log, folder is null || key is null ? null : Path.Combine(folder, KeysFile), cancellationToken).ConfigureAwait(false);
            return new EventImporter(store, writer, keys, report);
        }
        catch
        {
            if (writer is not null)
                await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Imports a file, or the files in a folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="recurse">Whether the folders below a folder, too.</param>
    /// <param name="options">How to read it; null to find out.</param>
    /// <param name="cancellationToken">Stops between events; what was sent is settled by disposing.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c> where there is nothing; what a commit that failed gives.</exception>
    public async Task ImportPathAsync(string path, bool recurse, SourceOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        foreach (var file in File.Exists(path) ? [path] : SourceFiles.In(path, recurse))
        {
            var (stream, error) = SourceFiles.Open(file);
            if (stream is null)
            {
                Miss(error!);
                continue;
            }

            await using (stream.ConfigureAwait(false))
                await ImportAsync(stream, file, options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Imports objects of a bucket.</summary>
    /// <param name="source">Which.</param>
    /// <param name="store">A store opened at <see cref="SourceBucket.Folder"/>. The caller disposes of it.</param>
    /// <param name="options">How to read them; null to find out.</param>
    /// <param name="cancellationToken">Stops between events.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c> where there is nothing; what listing throws, and what a commit that failed gives.</exception>
    public async Task ImportBucketAsync(SourceBucket source, IObjectStore store, SourceOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(store);
        var any = false;
        await foreach (var version in source.ListAsync(store, cancellationToken).ConfigureAwait(false))
        {
            any = true;
            var name = $"{store.Location.TrimEnd('/')}/{version.Key}";
            var (content, error) = await SourceBucket.ReadAsync(store, version, name, cancellationToken).ConfigureAwait(false);
            if (error is null)
            {
                using var stream = Over(content);
                await ImportAsync(stream, name, options, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                Miss(error);
            }
        }

        if (!any)
            throw new AuditException(AuditErrors.LocationInvalid, $"There is no such object under '{store.Location}', and none under a prefix of that name.", store.Location);
    }

    /// <summary>Imports one source.</summary>
    /// <param name="stored">Its bytes, compressed or not. The caller disposes of the stream.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">How to read it; null to find out.</param>
    /// <param name="cancellationToken">Stops between events.</param>
    /// <exception cref="AuditException">What a commit that failed gives.</exception>
    public async Task ImportAsync(Stream stored, string name, SourceOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stored);
        Count(counts => counts with { Files = counts.Files + 1 });
        var counted = new CountingStream(stored, read => Count(counts => counts with { Bytes = counts.Bytes + read }));
        await using (counted.ConfigureAwait(false))
        {
            await foreach (var entry in EventSource.ReadAsync(counted, name, options, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Event is { } made)
                {
                    Take(made, entry);
                }
                else
                {
                    Tell(entry.Error!);
                    Count(counts => counts with { Unparsable = counts.Unparsable + 1 });
                }

                if (_batch.IsFull)
                    await SendAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Writes what is left, waits until all is durable, and keeps what is known of the log for the next time.</summary>
    /// <param name="cancellationToken">Stops before what is left is sent.</param>
    /// <exception cref="AuditException">What a commit that failed gives.</exception>
    public async Task<ImportCounts> FinishAsync(CancellationToken cancellationToken)
    {
        await SendAsync(cancellationToken).ConfigureAwait(false);
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        Keep();
        return Counts;
    }

    /// <summary>Waits for what is under way, and lets go of everything. What wasn't sent isn't written.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_underWay is not null)
                await SettleAsync(CancellationToken.None).ConfigureAwait(false);
            Keep();
        }
        catch (AuditException)
        {
            // Told before, by what was called then, or to be found out by the next import, which reads the log.
        }
        finally
        {
            _keys.Dispose();
            if (_writer is not null)
                await _writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<AuditWriter> OpenWriterAsync(IObjectStore store, ISealKey key, string? folder, CancellationToken cancellationToken)
    {
        try
        {
            var options = new WriterOptions { SpoolDirectory = folder is null ? null : Path.Combine(folder, SpoolFolder) };
            return await AuditWriter.OpenAsync(store, key, options, cancellationToken).ConfigureAwait(false);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.SpoolInUse)
        {
            throw new AuditException(e.ErrorId, $"Another import into '{store.Location}' runs under this account. Wait until it has ended: two at once could record an event twice.", store.Location, e);
        }
    }

    private void Take(AuditEvent made, SourceEntry entry)
    {
        Count(counts => counts with { Events = counts.Events + 1 });
        var key = made.ImportKey!.Value;
        if (_pending.Contains(key) || _keys.Contains(key))
        {
            Count(counts => counts with { AlreadyThere = counts.AlreadyThere + 1 });
            return;
        }

        try
        {
            _batch.Add(made);
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.EventTooLarge or AuditErrors.EventInvalid)
        {
            Tell(new AuditException(e.ErrorId, $"Entry {entry.Position} of '{entry.File}' was left out: {e.Message}", entry.File, e));
            Count(counts => counts with { Refused = counts.Refused + 1 });
            return;
        }

        _pending.Add(key);
        _batchKeys.Add(key);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (_batch.Count == 0)
            return;
        if (_writer is null)
        {
            Count(counts => counts with { Added = counts.Added + _batch.Count });
            _batch = new EventBatch();
            return;
        }

        (_underWayKeys, _batchKeys) = (_batchKeys, []);
        _underWay = _writer.CommitAsync(_batch, cancellationToken);
        _batch = _writer.NewBatch();
    }

    private async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        if (_failed)
            throw new InvalidOperationException("A commit failed before; nothing more can be imported.");
        if (_underWay is not { } running)
            return;
        _underWay = null;
        // A commit that was sent is never abandoned.
        var result = await running.ConfigureAwait(false);
        Count(counts => counts with { Added = counts.Added + result.Acknowledged });
        LockUnknown ??= result.LockUnknown;
        if (result.Acknowledged < result.Submitted)
        {
            _failed = true;
            cancellationToken.ThrowIfCancellationRequested();
            throw result.Failure!;
        }

        if (result.Failure is { } notAsPromised)
            Tell(notAsPromised);
        _stale |= !Follows(result);
        var end = SignedNote.TryParse(_writer!.Checkpoint) is { } note ? Checkpoint.TryParse(note.Text) : null;
        if (!_stale && end is not null)
            _keys.Advance(_underWayKeys, end);
        else
            await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        _pending.ExceptWith(_underWayKeys);
    }

    // Somebody else writes to the log too. Should that be an import, what it brought is left out from here on.
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await _keys.CatchUpAsync(await AuditLog.OpenAsync(_store, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        _stale = false;
    }

    private static MemoryStream Over(ReadOnlyMemory<byte> content) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(content, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);

    private bool Follows(CommitResult result)
    {
        var next = _keys.Size;
        foreach (var segment in result.Segments)
        {
            if (segment.First != next || segment.Only is not null)
                return false;
            next += segment.Ids.Length;
        }

        return next == _writer!.Size;
    }

    private void Keep()
    {
        if (_writer is not null && !_stale && !_failed && SignedNote.TryParse(_writer.Checkpoint) is { } note
            && Checkpoint.TryParse(note.Text) is { } end && end.Size == _keys.Size)
            _keys.Save(end);
    }

    private void Tell(AuditException problem) => _report(problem);

    private void Miss(AuditException problem)
    {
        Tell(problem);
        Count(counts => counts with { Files = counts.Files + 1, Unparsable = counts.Unparsable + 1 });
    }

    private void Count(Func<ImportCounts, ImportCounts> change)
    {
        lock (_gate)
            _counts = change(_counts);
    }
}
