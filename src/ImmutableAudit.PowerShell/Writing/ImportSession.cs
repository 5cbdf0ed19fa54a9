using System.Collections.Concurrent;
using ImmutableAudit.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>A log opened for importing by one command: works on another thread, which waits where too many problems aren't told yet.</summary>
internal sealed class ImportSession : IDisposable
{
    private const int MostUntold = 10_000;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private readonly IObjectStore _store;
    private readonly ISealKey? _key;
    private readonly KeyReference? _keyName;
    private readonly LogMemory _memory;
    private readonly CancellationTokenSource _end;
    private readonly BlockingCollection<AuditException> _problems = new(MostUntold);
    private EventImporter? _importer;
    private Task _running = Task.CompletedTask;

    public ImportSession(IObjectStore store, ISealKey? key, KeyReference? keyName, LogMemory memory, CancellationToken stop)
    {
        (_store, _key, _keyName, _memory) = (store, key, keyName, memory);
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
    }

    public bool IsOpen => _importer is not null;

    public EventImporter Importer => _importer!;

    /// <summary>Finds out what was imported before, which may take as long as reading the log.</summary>
    public void Open(string? home, Action meanwhile) =>
        Run(async token => _importer = await EventImporter.OpenAsync(_store, _key, home, problem => _problems.Add(problem, _end.Token), token).ConfigureAwait(false), _ => { }, meanwhile);

    /// <summary>Does work, and tells problems and progress on this thread meanwhile.</summary>
    public void Run(Func<CancellationToken, Task> work, Action<AuditException> tell, Action meanwhile)
    {
        _running = Task.Run(() => work(_end.Token), CancellationToken.None);
        while (Task.WaitAny([_running], LookAgain) < 0)
        {
            Tell(tell);
            meanwhile();
        }

        Tell(tell);
        _running.GetAwaiter().GetResult();
    }

    /// <summary>Notes how far the log is.</summary>
    public void Remember()
    {
        if (Importer.Writer is { } writer)
            _memory.Note(writer.Genesis.Origin, writer.GenesisHash, _keyName?.Text, writer.Checkpoint);
    }

    public string? Contradiction(KnownLog? known) => Importer.Writer is { } writer
        ? LogMemory.Contradiction(known, writer.Genesis.Origin, writer.GenesisHash, writer.Size) : null;

    /// <summary>Ends what is under way, waits for what was sent, and lets go of everything.</summary>
    public void Dispose()
    {
        _end.Cancel();
        try
        {
            _running.Wait(CancellationToken.None);
        }
        catch (AggregateException)
        {
            // Thrown before, or the end that was asked for.
        }

        _importer?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _key?.Dispose();
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _problems.Dispose();
        _end.Dispose();
    }

    private void Tell(Action<AuditException> tell)
    {
        while (_problems.TryTake(out var problem))
            tell(problem);
    }
}
