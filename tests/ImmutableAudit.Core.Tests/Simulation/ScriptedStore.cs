using System.Runtime.CompilerServices;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>A store in memory where a test decides what goes wrong, without a scheduler: for one case at a time.</summary>
internal sealed class ScriptedStore : IObjectStore
{
    private readonly ServerView _view;

    public ScriptedStore(StoreKind kind, bool nearBoundary = false)
    {
        var random = new Random(1);
        Server = new SimulatedServer(kind, new Scheduler(random), random);
        _view = new ServerView(Server, "writer");
        if (nearBoundary)
            SimulatedLog.CreateNearBoundary(Server);
        else
            SimulatedLog.Create(Server, Clock);
    }

    public SimulatedServer Server { get; }

    /// <summary>A clock whose waiting is over at once.</summary>
    public HastyClock Clock { get; } = new();

    /// <summary>Decides over a PUT: given what would store it, what the writer is told.</summary>
    public Func<Func<PutAnswer>, PutAnswer>? OnPut { get; set; }

    /// <summary>Told of each PUT's condition; may throw, as a store that refuses.</summary>
    public Action<PutCondition>? OnCondition { get; set; }

    /// <summary>Called before each listing; may throw.</summary>
    public Action? OnList { get; set; }

    public string Location => _view.Location;

    public bool KeepsVersions => _view.KeepsVersions;

    public TimeSpan? ClockOffset => TimeSpan.Zero;

    public ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        var bytes = content.ToArray();
        OnCondition?.Invoke(condition);
        PutAnswer Store() => Server.Put(key, bytes, condition, "writer");
        return ValueTask.FromResult(OnPut is null ? Store() : OnPut(Store));
    }

    public async IAsyncEnumerable<StoredVersion> ListAsync(
        string prefix, string? startAfter, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        OnList?.Invoke();
        await foreach (var version in _view.ListAsync(prefix, startAfter, pageSize, cancellationToken))
            yield return version;
    }

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        _view.ListDescendingAsync(prefix, startAfter, cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) =>
        _view.ReadAsync(version, maxBytes, cancellationToken);

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) =>
        _view.ReadRetentionAsync(version, cancellationToken);

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) =>
        _view.ReadDefaultRetentionAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts a writer as opening a log does.</summary>
    public async Task<(Committer Committer, CommitResult? Recovered)> StartAsync(ISpool? spool = null, TimeSpan? patience = null)
    {
        using var heads = new HeadFinder(this);
        var head = await heads.FindAsync(null, null, default);
        var options = new WriterOptions { Time = Clock, GiveUpAfter = patience ?? TimeSpan.FromSeconds(10) };
        return await AuditWriter.StartAsync(this, SimulatedLog.Key, options, spool, head, default);
    }

    public EventBatch Batch(string prefix, int count)
    {
        var batch = new EventBatch(Clock, 100);
        for (var i = 0; i < count; i++)
            batch.Add(new AuditEvent { Action = "scripted", Data = EventData.Parse($$"""{"event":"{{prefix}}{{i}}"}""") });
        return batch;
    }

    /// <summary>The events that the log holds, by name, in order.</summary>
    public List<string> EventsInLog()
    {
        using var log = new PlainLog([SimulatedLog.Key]);
        return [.. log.Read(Server).Records.Where(record => record.Event is not null).Select(record => record.Event!)];
    }

    public static AuditException Unreachable() => new(AuditErrors.StoreUnreachable, "The scripted store can't be reached.");
}

/// <summary>A clock on which waiting takes no time and moves the hands.</summary>
internal sealed class HastyClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance() => _ticks += TimeSpan.TicksPerMinute;

    public override DateTimeOffset GetUtcNow() => Scheduler.Epoch.AddTicks(_ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
            return System.CreateTimer(callback, state, dueTime, period);
        _ticks += dueTime.Ticks;
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}

/// <summary>A spool whose disk fails when a test wants it to.</summary>
internal sealed class FailingSpool(ISpool inner) : ISpool
{
    public bool KeepFails { get; set; }

    public bool DropFails { get; set; }

    public void Keep(string origin, FrozenSegment frozen, EventBatch batch, int rest)
    {
        inner.Keep(origin, frozen, batch, rest);
        if (KeepFails)
            throw new AuditException(AuditErrors.DiskFull, "It was kept, and the directory couldn't be flushed.");
    }

    public void Drop()
    {
        if (DropFails)
            throw new AuditException(AuditErrors.StoreFailed, "The spool's disk fails.");
        inner.Drop();
    }

    public KeptSegment? Load(string origin) => inner.Load(origin);

    public void Dispose() => inner.Dispose();
}
