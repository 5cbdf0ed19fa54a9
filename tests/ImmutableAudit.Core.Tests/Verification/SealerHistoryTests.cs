using ImmutableAudit.Core.Tests.Simulation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>In a bucket the store's own times clear what a key sealed before it fell into wrong hands.</summary>
public sealed class SealerHistoryTests
{
    [Fact]
    public async Task The_stores_time_clears_what_is_older() => Assert.Equal((5, 10), await SuspectAsync(null));

    // What can be removed may have been put anew, so its time says nothing of what was there first.
    [Theory]
    [InlineData(RetentionKnowledge.Locked, RetentionMode.Governance)]
    [InlineData(RetentionKnowledge.NotLocked, null)]
    [InlineData(RetentionKnowledge.Unknown, null)]
    public async Task Only_where_the_version_is_locked_in_Compliance_mode(RetentionKnowledge knowledge, RetentionMode? mode) =>
        Assert.Equal((0, 10), await SuspectAsync(new RetentionSeen(knowledge, mode, DateTimeOffset.MaxValue)));

    // The first and last record that is suspect.
    private static async Task<(long First, long Last)> SuspectAsync(RetentionSeen? locks)
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (committer, _) = await store.StartAsync();
        using var other = new MemoryKey("other");
        using (committer)
        {
            for (var i = 0; i < 4; i++)
                Assert.Null((await committer.CommitAsync(store.Batch("e" + i, 2), default)).Failure);
            Assert.Null((await committer.CommitKeyChangeAsync(KeyChange.Add(Chain.KeyRole.Seal, other.PublicKey), SimulatedLog.Key, default)).Failure);
            Assert.Null((await committer.CommitKeyChangeAsync(KeyChange.Add(Chain.KeyRole.Admin, other.PublicKey), SimulatedLog.Key, default)).Failure);
        }

        // The store had the first four a day before the rest.
        foreach (var key in store.Server.Keys.ToList())
        {
            var version = store.Server.Versions(key)[0];
            store.Server.Remove(version);
            Assert.True(Chain.SegmentName.TryParse(key, out var first));
            store.Server.Add(version with { LastModified = version.LastModified.AddDays(first < 5 ? -1 : 0) });
        }

        var opened = await AuditWriter.StartAsync(store, other, new WriterOptions { Time = store.Clock }, null, await HeadAsync(store), default);
        using (opened.Committer)
        {
            var since = store.Clock.GetUtcNow().AddHours(-12);
            Assert.Null((await opened.Committer.CommitKeyChangeAsync(KeyChange.Compromise(SimulatedLog.Key.PublicKey, since), other, default)).Failure);
            Assert.Null((await opened.Committer.CommitAsync(store.Batch("late", 1), default)).Failure);
        }

        var report = await ChainVerifier.VerifyAsync(locks is null ? store : new LockedOtherwise(store, locks), null, default);
        var finding = Assert.Single(report.Findings, one => one.Kind == FindingKind.Suspect);
        return (finding.Sequence!.Value, finding.LastSequence!.Value);
    }

    private static async Task<LogHead> HeadAsync(ScriptedStore store)
    {
        using var heads = new HeadFinder(store);
        return await heads.FindAsync(null, null, default);
    }

    /// <summary>A store whose every version is locked in one way.</summary>
    private sealed class LockedOtherwise(IObjectStore inner, RetentionSeen locks) : IObjectStore
    {
        public string Location => inner.Location;

        public bool KeepsVersions => inner.KeepsVersions;

        public TimeSpan? ClockOffset => inner.ClockOffset;

        public ValueTask<PutAnswer> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
            inner.PutAsync(key, content, condition, lockUntil, cancellationToken);

        public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) =>
            inner.ListAsync(prefix, startAfter, pageSize, cancellationToken);

        public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
            inner.ListDescendingAsync(prefix, startAfter, cancellationToken);

        public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) =>
            inner.ReadAsync(version, maxBytes, cancellationToken);

        public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) => ValueTask.FromResult(locks);

        public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) => inner.ReadDefaultRetentionAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
