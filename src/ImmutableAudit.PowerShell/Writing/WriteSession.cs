using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.PowerShell;

/// <summary>A log opened for writing by one command, with everything that has to be let go of in the right order.</summary>
internal sealed class WriteSession : IDisposable
{
    private readonly IObjectStore _store;
    private readonly ISealKey _key;
    private readonly KeyReference _keyName;
    private readonly AuditWriter _writer;
    private readonly LogMemory _memory;

    private WriteSession(IObjectStore store, ISealKey key, KeyReference keyName, AuditWriter writer, LogMemory memory, CancellationToken stop)
    {
        _store = store;
        _key = key;
        _keyName = keyName;
        _writer = writer;
        _memory = memory;
        Feed = new EventFeed(writer, stop);
    }

    public EventFeed Feed { get; }

    /// <summary>For callers that commit by themselves. Not beside <see cref="Feed"/>.</summary>
    public AuditWriter Writer => _writer;

    public string Location => _store.Location;

    /// <summary>What became of the events that a killed writer left in the spool; null if there were none.</summary>
    public CommitResult? Recovered => _writer.Recovered;

    public static async Task<WriteSession> OpenAsync(
        IObjectStore store, ISealKey key, KeyReference keyName, WriterOptions options, LogMemory memory, CancellationToken open, CancellationToken stop)
    {
        var writer = await AuditWriter.OpenAsync(store, key, options, open).ConfigureAwait(false);
        return new WriteSession(store, key, keyName, writer, memory, stop);
    }

    /// <summary>What doesn't agree with what is remembered of the log; null if all does.</summary>
    public string? Contradiction(KnownLog? known) => LogMemory.Contradiction(known, _writer.Genesis.Origin, _writer.GenesisHash, _writer.Size);

    /// <summary>Remembers how far the log is now.</summary>
    public void Remember() => _memory.Note(_writer.Genesis.Origin, _writer.GenesisHash, _keyName.Text, _writer.Checkpoint);

    /// <summary>What became of the summaries of what was written, once <see cref="FinishTiles"/> was waited for.</summary>
    public SummaryProgress? Summaries => _writer.Summaries;

    /// <summary>Waits for the Merkle tiles and summaries of what was written.</summary>
    public TileProgress? FinishTiles() => _writer.FinishTilesAsync().GetAwaiter().GetResult();

    /// <summary>Waits for what is under way, and lets go of everything.</summary>
    public void Dispose()
    {
        Feed.Dispose();
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _key.Dispose();
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
