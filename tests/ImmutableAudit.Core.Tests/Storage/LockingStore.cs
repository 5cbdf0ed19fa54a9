using System.Collections.Concurrent;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests;

/// <summary>A directory that keeps locks as obediently as the worst of servers: whatever it is asked, also for less.</summary>
internal sealed class LockingStore(DirectoryStore inner) : ILockableStore
{
    private int _underWay;

    public ConcurrentDictionary<string, RetentionSeen> Locks { get; } = new();

    public ConcurrentDictionary<string, bool> Holds { get; } = new();

    /// <summary>Every change that was asked for: what was sent, and for which key.</summary>
    public ConcurrentQueue<(string Key, object Asked)> Sent { get; } = [];

    /// <summary>Called before a change is made; may throw.</summary>
    public Func<string, Task> Changing { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called before a lock is read; may throw.</summary>
    public Action<string> Looking { get; set; } = _ => { };

    /// <summary>What comes of a change that was taken; null for just that.</summary>
    public Func<RetentionUntil, RetentionSeen>? Twist { get; set; }

    public DateTimeOffset Latest { get; set; } = DateTimeOffset.MaxValue;

    public int MostAtOnce { get; private set; }

    public string Location => inner.Location;

    public bool KeepsVersions => inner.KeepsVersions;

    public TimeSpan? ClockOffset => inner.ClockOffset;

    public void CheckUntil(DateTimeOffset until)
    {
        if (until > Latest)
            throw new AuditException(AuditErrors.RetentionInvalid, "too far");
    }

    public async ValueTask PutRetentionAsync(StoredVersion version, RetentionUntil retention, CancellationToken cancellationToken)
    {
        await ChangeAsync(version.Key, retention);
        Locks[version.Key] = Twist?.Invoke(retention) ?? new RetentionSeen(RetentionKnowledge.Locked, retention.Mode, retention.Until);
    }

    public async ValueTask PutLegalHoldAsync(StoredVersion version, bool on, CancellationToken cancellationToken)
    {
        await ChangeAsync(version.Key, on);
        Holds[version.Key] = on;
    }

    public ValueTask<LegalHoldSeen> ReadLegalHoldAsync(StoredVersion version, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new LegalHoldSeen(Holds.GetValueOrDefault(version.Key)));

    public ValueTask<PutAnswer> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
        inner.PutAsync(key, content, condition, lockUntil, cancellationToken);

    public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, startAfter, pageSize, cancellationToken);

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListDescendingAsync(prefix, startAfter, cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) =>
        inner.ReadAsync(version, maxBytes, cancellationToken);

    public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        Looking(version.Key);
        return ValueTask.FromResult(Locks.GetValueOrDefault(version.Key) ?? new RetentionSeen(RetentionKnowledge.NotLocked));
    }

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) =>
        inner.ReadDefaultRetentionAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task ChangeAsync(string key, object asked)
    {
        Sent.Enqueue((key, asked));
        var now = Interlocked.Increment(ref _underWay);
        lock (Sent)
            MostAtOnce = Math.Max(MostAtOnce, now);
        try
        {
            await Changing(key);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
