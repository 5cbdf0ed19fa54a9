using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests;

/// <summary>Locks of whole logs, on a store that would do anything, so that our own refusals are what protects.</summary>
public sealed class LockPlanTests
{
    private const RetentionMode C = RetentionMode.Compliance;
    private const RetentionMode G = RetentionMode.Governance;
    private static readonly DateTimeOffset Until = new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_segment_is_brought_to_what_was_asked_and_what_reaches_further_stays()
    {
        await using var log = await LogAsync(8, 2);
        var store = new LockingStore(log.Store);
        Lock(store, 1, G, Until.AddDays(-1));
        Lock(store, 3, C, Until.AddDays(1));
        Lock(store, 5, C, Until);
        store.Locks[SegmentName.Format(7)] = new RetentionSeen(RetentionKnowledge.Unknown, Reason: "not for you");

        var plan = await RetentionAsync(store, new RetentionChange { Until = Until, Mode = C });
        Assert.Equal((5, 2, 0L, 8L), (plan.Count, plan.Changes, plan.FirstSequence, plan.LastSequence));
        Assert.Empty(store.Sent);
        Assert.Equal("Compliance until 2040-01-01 00:00:00Z.", plan.Segments.First().Lock.Detail);

        var results = await ApplyAsync(plan);
        Assert.Equal(
            [SegmentLockOutcome.Done, SegmentLockOutcome.Done, SegmentLockOutcome.KeptLonger, SegmentLockOutcome.AlreadySo, SegmentLockOutcome.NotSeen],
            results.Select(result => result.Lock.Outcome));
        Assert.Equal([(0L, 0L), (1L, 2L), (3L, 4L), (5L, 6L), (7L, 8L)], results.Select(result => (result.Lock.FirstSequence, result.Lock.LastSequence)));
        Assert.Equal([C, C, C, C, (RetentionMode?)null], results.Select(result => result.Lock.Mode));
        Assert.Equal([Until, Until, Until.AddDays(1), Until, (DateTimeOffset?)null], results.Select(result => result.Lock.Until));
        Assert.Equal([null, null, null, null, AuditErrors.LockNotSeen], results.Select(result => result.Error?.ErrorId));
        Assert.Equal(2, store.Sent.Count);
        Assert.Equal(0, (await RetentionAsync(store, new RetentionChange { Until = Until, Mode = C })).Changes);
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 1, 1, 2)]
    [InlineData(2, 3, 1, 4)]
    [InlineData(4, 5, 3, 6)]
    [InlineData(8, long.MaxValue, 7, 8)]
    [InlineData(0, long.MaxValue, 0, 8)]
    public async Task A_range_stands_for_the_whole_segments_that_hold_it(long from, long to, long first, long last)
    {
        await using var log = await LogAsync(8, 2);
        var store = new LockingStore(log.Store);
        var plan = await LockPlan.ForLegalHoldAsync(store, true, from, to, null, default);
        Assert.Equal((first, last), (plan.FirstSequence, plan.LastSequence));
        Assert.All(await ApplyAsync(plan), result => Assert.Equal((SegmentLockOutcome.Done, true), (result.Lock.Outcome, result.Lock.LegalHold)));
        Assert.Equal(plan.Count, store.Holds.Count);
    }

    [Fact]
    public async Task A_hold_that_is_there_is_left_and_taken_off_once()
    {
        await using var log = await LogAsync(4, 2);
        var store = new LockingStore(log.Store);
        store.Holds[SegmentName.Format(1)] = true;
        var set = await ApplyAsync(await LockPlan.ForLegalHoldAsync(store, true, 0, 9, null, default));
        Assert.Equal([SegmentLockOutcome.Done, SegmentLockOutcome.AlreadySo, SegmentLockOutcome.Done], set.Select(result => result.Lock.Outcome));
        var cleared = await ApplyAsync(await LockPlan.ForLegalHoldAsync(store, false, 1, 1, null, default));
        Assert.Equal((SegmentLockOutcome.Done, false), (cleared[0].Lock.Outcome, cleared[0].Lock.LegalHold));
        Assert.Equal([SegmentName.Format(0), SegmentName.Format(3)], store.Holds.Where(hold => hold.Value).Select(hold => hold.Key).OrderDescending());
        Assert.Equal(0, (await LockPlan.ForLegalHoldAsync(store, false, 1, 1, null, default)).Changes);
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 4)]
    [InlineData(9, 9)]
    public async Task A_range_that_is_not_there_is_refused(long from, long to)
    {
        await using var log = await LogAsync(8, 2);
        var e = await Assert.ThrowsAsync<AuditException>(() => LockPlan.ForLegalHoldAsync(new LockingStore(log.Store), true, from, to, null, default));
        Assert.Equal(AuditErrors.RangeInvalid, e.ErrorId);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(1, 1)]
    [InlineData(0, null)]
    [InlineData(36_526, null)]
    [InlineData(null, 0)]
    [InlineData(null, 101)]
    public async Task A_period_that_cannot_be_is_refused(int? days, int? years)
    {
        await using var log = await LogAsync(1, 1);
        var e = await Assert.ThrowsAsync<AuditException>(() => RetentionAsync(new LockingStore(log.Store), new RetentionChange { Days = days, Years = years }));
        Assert.Equal(AuditErrors.RetentionInvalid, e.ErrorId);
    }

    [Fact]
    public async Task A_directory_says_that_it_has_no_locks()
    {
        await using var log = await LogAsync(1, 1);
        foreach (var plan in new Func<Task>[] { () => RetentionAsync(log.Store, new RetentionChange { Days = 1 }), () => LockPlan.ForLegalHoldAsync(log.Store, true, 0, 1, null, default) })
            Assert.Equal(AuditErrors.StoreUnsuitable, (await Assert.ThrowsAsync<AuditException>(plan)).ErrorId);
    }

    [Fact]
    public async Task What_the_place_cannot_keep_is_refused_for_all_or_for_the_segment()
    {
        await using var log = await LogAsync(2, 1);
        var store = new LockingStore(log.Store) { Latest = DateTimeOffset.UtcNow.AddDays(100) };
        var e = await Assert.ThrowsAsync<AuditException>(() => RetentionAsync(store, new RetentionChange { Until = Until, Mode = C }));
        Assert.Equal(AuditErrors.RetentionInvalid, e.ErrorId);
        var results = await ApplyAsync(await RetentionAsync(store, new RetentionChange { Days = 101, Mode = C }));
        Assert.All(results, result => Assert.Equal((SegmentLockOutcome.Refused, AuditErrors.RetentionInvalid), (result.Lock.Outcome, result.Error?.ErrorId)));
        Assert.Empty(store.Sent);
    }

    [Fact]
    public async Task The_stores_yes_is_not_believed()
    {
        await using var log = await LogAsync(1, 1);
        foreach (var (twist, outcome, error) in new (Func<RetentionUntil, RetentionSeen>, SegmentLockOutcome, string?)[]
        {
            (asked => new RetentionSeen(RetentionKnowledge.Locked, asked.Mode, asked.Until.AddYears(-136)), SegmentLockOutcome.RefusedByEndpoint, AuditErrors.LockNotChanged),
            (asked => new RetentionSeen(RetentionKnowledge.Locked, G, asked.Until), SegmentLockOutcome.RefusedByEndpoint, AuditErrors.LockNotChanged),
            (_ => new RetentionSeen(RetentionKnowledge.NotLocked), SegmentLockOutcome.RefusedByEndpoint, AuditErrors.LockNotChanged),
            (_ => new RetentionSeen(RetentionKnowledge.Unknown, Reason: "no"), SegmentLockOutcome.NotSeen, AuditErrors.LockNotSeen),
            (asked => new RetentionSeen(RetentionKnowledge.Locked, C, asked.Until.AddDays(1)), SegmentLockOutcome.Done, null),
        })
        {
            var store = new LockingStore(log.Store) { Twist = twist };
            var result = (await ApplyAsync(await RetentionAsync(store, new RetentionChange { Until = Until, Mode = C })))[0];
            Assert.Equal((outcome, error), (result.Lock.Outcome, result.Error?.ErrorId));
        }
    }

    [Theory]
    [InlineData(AuditErrors.AccessDenied, SegmentLockOutcome.NotPermitted)]
    [InlineData(AuditErrors.StoreFailed, SegmentLockOutcome.RefusedByEndpoint)]
    [InlineData(AuditErrors.StoreUnreachable, SegmentLockOutcome.RefusedByEndpoint)]
    [InlineData(AuditErrors.BucketWithoutObjectLock, SegmentLockOutcome.RefusedByEndpoint)]
    [InlineData(AuditErrors.RetentionInvalid, SegmentLockOutcome.Refused)]
    public async Task A_segment_that_fails_is_told_and_the_rest_goes_on(string error, SegmentLockOutcome outcome)
    {
        await using var log = await LogAsync(4, 2);
        var store = new LockingStore(log.Store) { Changing = key => key == SegmentName.Format(1) ? throw new AuditException(error, "said the store") : Task.CompletedTask };
        var results = await ApplyAsync(await RetentionAsync(store, new RetentionChange { Until = Until, Mode = G }));
        Assert.Equal([SegmentLockOutcome.Done, outcome, SegmentLockOutcome.Done], results.Select(result => result.Lock.Outcome));
        Assert.Equal(error, results[1].Error!.ErrorId);
    }

    [Fact]
    public async Task A_lost_answer_is_settled_by_looking_and_unknown_where_that_fails_too()
    {
        await using var log = await LogAsync(1, 1);
        var lost = new AuditException(AuditErrors.StoreUnreachable, "gone");
        var store = new LockingStore(log.Store);
        store.Changing = key =>
        {
            store.Locks[key] = new RetentionSeen(RetentionKnowledge.Locked, C, Until);
            throw lost;
        };
        Assert.All(await ApplyAsync(await RetentionAsync(store, new RetentionChange { Until = Until, Mode = C })), result => Assert.Equal(SegmentLockOutcome.Done, result.Lock.Outcome));

        store = new LockingStore(log.Store);
        store.Changing = _ =>
        {
            store.Looking = _ => throw lost;
            throw lost;
        };
        var first = (await ApplyAsync(await LockPlan.ForRetentionAsync(store, new RetentionChange { Until = Until, Mode = C }, 0, 0, null, default)))[0];
        Assert.Equal((SegmentLockOutcome.NotSeen, AuditErrors.StoreUnreachable), (first.Lock.Outcome, first.Error?.ErrorId));
    }

    [Fact]
    public async Task A_lock_that_got_longer_since_the_plan_is_not_shortened()
    {
        await using var log = await LogAsync(1, 1);
        var store = new LockingStore(log.Store);
        Lock(store, 0, G, Until.AddDays(-9));
        Lock(store, 1, G, Until.AddDays(-9));
        var plan = await RetentionAsync(store, new RetentionChange { Until = Until });
        Assert.Equal(2, plan.Changes);
        Lock(store, 0, G, Until.AddDays(1));
        var results = await ApplyAsync(plan);
        Assert.Equal([SegmentLockOutcome.KeptLonger, SegmentLockOutcome.Done], results.Select(result => result.Lock.Outcome));
        Assert.Equal(Until.AddDays(1), store.Locks[SegmentName.Format(0)].Until);
    }

    [Fact]
    public async Task Behind_a_segment_that_does_not_verify_nothing_is_locked()
    {
        await using var log = await LogAsync(6, 2);
        await DamageAsync(log.SegmentFiles()[1]);
        var store = new LockingStore(log.Store);
        var plan = await RetentionAsync(store, new RetentionChange { Until = Until, Mode = C });
        Assert.Equal(AuditErrors.RecordNotVerified, plan.Broken?.ErrorId);
        Assert.Single(await ApplyAsync(plan));
        Assert.Equal([SegmentName.Format(0)], store.Locks.Keys);
    }

    [Fact]
    public async Task A_log_that_was_longer_says_so_also_where_the_range_lies_behind_its_end()
    {
        await using var log = await LogAsync(6, 2);
        await DamageAsync(log.SegmentFiles()[2]);
        var store = new LockingStore(log.Store);
        var plan = await RetentionAsync(store, new RetentionChange { Until = Until, Mode = C });
        Assert.Equal((AuditErrors.EndInDoubt, 2), (plan.Log.Doubt?.ErrorId, plan.Count));
        var e = await Assert.ThrowsAsync<AuditException>(() => LockPlan.ForLegalHoldAsync(store, true, 5, 6, null, default));
        Assert.Equal(AuditErrors.EndInDoubt, e.ErrorId);
    }

    [Fact]
    public async Task Many_are_changed_at_once_but_not_too_many_and_told_in_order()
    {
        await using var log = await LogAsync(60, 1);
        var store = new LockingStore(log.Store) { Changing = _ => Task.Delay(Random.Shared.Next(1, 20)) };
        var results = await ApplyAsync(await RetentionAsync(store, new RetentionChange { Years = 7, Mode = C }));
        Assert.Equal(Enumerable.Range(0, 61).Select(i => (long)i), results.Select(result => result.Lock.FirstSequence));
        Assert.InRange(store.MostAtOnce, 2, 16);
    }

    [Fact]
    public async Task Stopping_begins_no_more_and_waits_for_what_is_under_way()
    {
        await using var log = await LogAsync(60, 1);
        using var stop = new CancellationTokenSource();
        var begun = 0;
        var ended = 0;
        var store = new LockingStore(log.Store);
        store.Changing = async _ =>
        {
            Interlocked.Increment(ref begun);
            await stop.CancelAsync();
            await Task.Delay(50);
            Interlocked.Increment(ref ended);
        };
        var plan = await RetentionAsync(store, new RetentionChange { Years = 7, Mode = C });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in plan.ApplyAsync(stop.Token))
            {
            }
        });
        Assert.InRange(begun, 1, 16);
        Assert.Equal(begun, ended);
        Assert.Equal(begun, store.Locks.Count);
    }

    private static async Task DamageAsync(string file)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
    }

    private static async Task<TestLog> LogAsync(int events, int inOneCommit)
    {
        var log = new TestLog();
        await log.CreateAsync();
        await log.WriteAsync(events, inOneCommit);
        return log;
    }

    private static void Lock(LockingStore store, long position, RetentionMode mode, DateTimeOffset until) =>
        store.Locks[SegmentName.Format(position)] = new RetentionSeen(RetentionKnowledge.Locked, mode, until);

    private static Task<LockPlan> RetentionAsync(IObjectStore store, RetentionChange change) =>
        LockPlan.ForRetentionAsync(store, change, 0, long.MaxValue, null, default);

    private static async Task<List<SegmentLockResult>> ApplyAsync(LockPlan plan) => await plan.ApplyAsync().ToListAsync();
}
