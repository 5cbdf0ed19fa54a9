using ImmutableAudit.Core.Tests.Simulation;
using ImmutableAudit.Log;

namespace ImmutableAudit.Core.Tests;

/// <summary>A bucket whose policy refuses puts without a condition, and somebody who puts garbage before each of ours.</summary>
public sealed class DemandedConditionTests
{
    [Theory]
    [InlineData(3, false)]
    [InlineData(6, true)]
    [InlineData(12, true)]
    public async Task The_writer_keeps_to_conditions_and_gets_its_turn(int garbage, bool wasRefused)
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var left = garbage;
        var refusals = 0;
        var isGarbage = false;
        store.Server.Arriving = key =>
        {
            if (isGarbage || left-- <= 0)
                return;
            isGarbage = true;
            store.Server.Put(key, [(byte)left], Storage.PutCondition.None, SimulatedServer.Attacker);
            isGarbage = false;
        };
        store.OnCondition = condition =>
        {
            if (condition is { IfAbsent: false, IfMatch: null })
            {
                refusals++;
                throw new AuditException(AuditErrors.AccessDenied, "The bucket's policy refuses puts without a condition.");
            }
        };
        var (committer, _) = await store.StartAsync(patience: TimeSpan.FromMinutes(5));
        using (committer)
        {
            var result = await committer.CommitAsync(store.Batch("e", 2), default);
            Assert.Null(result.Failure);
            Assert.Equal((2, wasRefused), (result.Acknowledged, refusals > 0));
            // It is learned once.
            left = garbage;
            refusals = 0;
            Assert.Null((await committer.CommitAsync(store.Batch("f", 2), default)).Failure);
            Assert.Equal(0, refusals);
        }

        Assert.Equal(["e0", "e1", "f0", "f1"], store.EventsInLog());
    }

    [Fact]
    public async Task A_writer_that_may_not_put_at_all_is_told_so()
    {
        var store = new ScriptedStore(StoreKind.Honouring) { OnCondition = _ => throw new AuditException(AuditErrors.AccessDenied, "No.") };
        var (committer, _) = await store.StartAsync();
        using (committer)
        {
            var result = await committer.CommitAsync(store.Batch("e", 2), default);
            Assert.Equal((AuditErrors.AccessDenied, 0, 0), (result.Failure!.ErrorId, result.Acknowledged, result.InDoubt));
        }
    }
}
