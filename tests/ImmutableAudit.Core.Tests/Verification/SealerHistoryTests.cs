using ImmutableAudit.Core.Tests.Simulation;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>In a bucket the store's own times clear what a key sealed before it fell into wrong hands.</summary>
public sealed class SealerHistoryTests
{
    [Fact]
    public async Task The_stores_time_clears_what_is_older()
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

        var report = await ChainVerifier.VerifyAsync(store, null, default);
        var finding = Assert.Single(report.Findings, one => one.Kind == FindingKind.Suspect);
        Assert.Equal((5L, 10L), (finding.Sequence!.Value, finding.LastSequence!.Value));
    }

    private static async Task<LogHead> HeadAsync(ScriptedStore store)
    {
        using var heads = new HeadFinder(store);
        return await heads.FindAsync(null, null, default);
    }
}
