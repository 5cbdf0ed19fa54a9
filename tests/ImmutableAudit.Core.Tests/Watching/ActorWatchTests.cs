using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Watching;

namespace ImmutableAudit.Core.Tests.Watching;

/// <summary>Repeated failures, first access and silence.</summary>
public sealed class ActorWatchTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Failures_that_repeat_are_told_once_a_window_and_per_actor()
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        await WriteAsync(watched, [.. Enumerable.Range(0, 4).Select(i => Failure("mallory", Noon.AddMinutes(i))), .. Enumerable.Range(0, 9).Select(i => Failure("slow", Noon.AddMinutes(3 * i)))]);
        Assert.Empty((await watched.PollAsync()).Alerts);
        await WriteAsync(watched, [Failure("mallory", Noon.AddMinutes(5)), Failure("mallory", Noon.AddMinutes(6))]);
        var alert = Assert.Single((await watched.PollAsync()).Alerts);
        Assert.Equal((AlertKind.RepeatedFailures, "mallory", 24L), (alert.Kind, alert.Actor, alert.Sequence));
        await WriteAsync(watched, [.. Enumerable.Range(0, 5).Select(i => Failure("mallory", Noon.AddMinutes(60 + i)))]);
        Assert.Single((await watched.PollAsync()).Alerts);
    }

    [Fact]
    public void Failures_are_counted_whatever_their_order_and_in_bounded_memory()
    {
        var memory = new FailureMemory(3, TimeSpan.FromMinutes(10));
        Assert.False(memory.IsTooMuch("a", Noon.AddMinutes(9)));
        Assert.False(memory.IsTooMuch("a", Noon));
        Assert.True(memory.IsTooMuch("a", Noon.AddMinutes(4)));
        for (var i = 0; i < 3 * FailureMemory.MostActors; i++)
            memory.IsTooMuch("actor" + i, Noon.AddSeconds(i));
        Assert.InRange(memory.Count, 1, FailureMemory.MostActors);
    }

    [Fact]
    public async Task The_first_access_is_told_where_neither_history_nor_watch_has_seen_it()
    {
        await using var watched = await WatchedLog.CreateAsync(1);
        await WriteAsync(watched, [Access("alice", "payroll"), Access("bob", "payroll")]);
        await watched.WatchAsync(new WatchOptions { FirstAccess = true });
        await WriteAsync(watched, [Access("alice", "payroll"), Access("alice", "keys"), Access("alice", "keys"), Access("carol", "payroll")]);
        var (_, alerts) = await watched.PollAsync();
        Assert.Equal([("alice", "keys"), ("carol", "payroll")], alerts.Select(alert => (alert.Actor!, alert.Resource!)));
    }

    [Fact]
    public void Accesses_are_remembered_in_bounded_memory_and_those_in_use_longest()
    {
        var memory = new AccessMemory(1000);
        Assert.True(memory.IsNew("alice", "payroll"));
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(memory.IsNew("actor" + i, "r"));
            if (i % 100 == 0)
                Assert.False(memory.IsNew("alice", "payroll"));
        }

        Assert.InRange(memory.Count, 500, 1000);
        Assert.True(memory.IsNew("actor0", "r"));
    }

    [Fact]
    public async Task Silence_is_told_once_and_is_over_with_the_next_segment()
    {
        await using var watched = await WatchedLog.CreateAsync(1, new WatchOptions { Heartbeat = TimeSpan.FromMinutes(10) });
        Assert.Empty((await watched.PollAsync()).Alerts);
        watched.Clock.Moved = TimeSpan.FromMinutes(11);
        var alert = Assert.Single(await watched.AlertsAsync());
        Assert.Equal((AlertKind.Silence, false), (alert.Kind, alert.IsCertain));
        watched.Clock.Moved = TimeSpan.Zero;
        await watched.Log.WriteAsync(1);
        Assert.Equal(AlertKind.Recovered, Assert.Single(await watched.AlertsAsync()).Kind);
    }

    // 8 bytes for its position come to it: docs/watching.md says 40.
    [Fact]
    public void What_was_seen_of_a_segment_is_small() => Assert.Equal(32, System.Runtime.CompilerServices.Unsafe.SizeOf<SeenObjects.Seen>());

    private static AuditEvent Failure(string actor, DateTimeOffset time) => new() { Action = "s3:GetObject", ActorId = actor, Time = time, Outcome = AuditOutcome.Denied };

    private static AuditEvent Access(string actor, string resource) => new() { Action = "s3:GetObject", ActorId = actor, ResourceId = resource };

    private static async Task WriteAsync(WatchedLog watched, List<AuditEvent> events)
    {
        await using var writer = await watched.Log.WriterAsync();
        var batch = writer.NewBatch();
        foreach (var auditEvent in events)
            batch.Add(auditEvent);
        Assert.Null((await writer.CommitAsync(batch, default)).Failure);
    }
}
