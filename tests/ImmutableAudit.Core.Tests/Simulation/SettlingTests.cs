using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>What was found broken once, one case at a time: what a spool settles, and what a writer may call failed.</summary>
public sealed class SettlingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("immutableaudit-settling-").FullName;

    public void Dispose() => Directory.Delete(_directory, true);

    [Fact]
    public async Task A_writer_is_not_opened_before_what_its_spool_holds_is_settled()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        await LeaveInDoubtAsync(store);

        // Another's segment takes the position, and then nothing can be sent.
        var (other, _) = await store.StartAsync();
        Assert.Null((await other.CommitAsync(store.Batch("other", 1), default)).Failure);
        other.Dispose();
        store.OnPut = _ => throw ScriptedStore.Unreachable();
        var error = await Assert.ThrowsAsync<AuditException>(() => store.StartAsync(Spool()));
        Assert.Equal(AuditErrors.StoreUnreachable, error.ErrorId);

        store.OnPut = null;
        var (writer, recovered) = await store.StartAsync(Spool());
        writer.Dispose();
        Assert.Equal((2, 2), (recovered!.Acknowledged, recovered.Submitted));
        Assert.Equal(["other0", "doubt0", "doubt1"], store.EventsInLog());
    }

    [Fact]
    public async Task What_is_in_doubt_is_settled_before_the_next_commit_takes_the_spool()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (writer, _) = await store.StartAsync(Spool());
        using (writer)
        {
            store.OnPut = _ => new PutAnswer(PutOutcome.Unknown);
            var first = await writer.CommitAsync(store.Batch("doubt", 2), default);
            Assert.Equal((AuditErrors.CommitUnknown, 2), (first.Failure!.ErrorId, first.InDoubt));
            var second = await writer.CommitAsync(store.Batch("refused", 3), default);
            Assert.Equal((AuditErrors.CommitFailed, 0), (second.Failure!.ErrorId, second.InDoubt));

            store.OnPut = null;
            var third = await writer.CommitAsync(store.Batch("next", 2), default);
            Assert.Null(third.Failure);
            Assert.Equal([1L, 2L], third.Settled!.Receipts().Select(receipt => receipt.Sequence));
            Assert.Equal([3L, 4L], third.Receipts().Select(receipt => receipt.Sequence));
        }

        Assert.Equal(["doubt0", "doubt1", "next0", "next1"], store.EventsInLog());
    }

    [Fact]
    public async Task A_spool_keeps_what_a_boundary_cuts_off_from_the_segment_that_is_sent_again()
    {
        var store = new ScriptedStore(StoreKind.Honouring, nearBoundary: true);
        await LeaveInDoubtAsync(store, 10);
        var (other, _) = await store.StartAsync();
        Assert.Null((await other.CommitAsync(store.Batch("other", 6), default)).Failure);
        other.Dispose();

        // The first start sends again as many as fit before the boundary, and is killed behind them.
        var puts = 0;
        store.OnPut = put => { puts++; return put(); };
        store.OnList = () => { if (puts == 1) throw new KilledException(); };
        await Assert.ThrowsAsync<KilledException>(() => store.StartAsync(Spool()));
        (store.OnPut, store.OnList) = (null, null);
        var (writer, _) = await store.StartAsync(Spool());
        writer.Dispose();
        Assert.Equal(
            [.. Enumerable.Range(0, 6).Select(i => "other" + i), .. Enumerable.Range(0, 10).Select(i => "doubt" + i)],
            store.EventsInLog());
    }

    [Fact]
    public async Task A_spool_that_can_not_be_cleared_makes_a_failure_a_doubt()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (writer, _) = await store.StartAsync(new FailingSpool(Spool()) { KeepFails = true, DropFails = true });
        using (writer)
        {
            var result = await writer.CommitAsync(store.Batch("kept", 2), default);
            Assert.Equal((AuditErrors.CommitUnknown, 2), (result.Failure!.ErrorId, result.InDoubt));
        }

        var (next, recovered) = await store.StartAsync(Spool());
        next.Dispose();
        Assert.Equal(2, recovered!.Acknowledged);
    }

    [Fact]
    public async Task What_was_acknowledged_last_is_told_again_by_the_next_start_unless_the_writer_was_closed()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var directory = Spool();
        var (killed, _) = await store.StartAsync(directory);
        var told = await killed.CommitAsync(store.Batch("event", 2), default);
        directory.Dispose(); // As the system does when the process is gone.

        var (closed, recovered) = await store.StartAsync(Spool());
        Assert.Equal(told.Receipts(), recovered!.Receipts());
        closed.Dispose();
        var (next, nothing) = await store.StartAsync(Spool());
        next.Dispose();
        Assert.Null(nothing);
        Assert.Equal(["event0", "event1"], store.EventsInLog());
        Assert.Single(store.Server.Versions(PlainLog.KeyOf(1)));
    }

    [Fact]
    public async Task A_spool_that_can_not_be_cleared_takes_nothing_from_a_success()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (writer, _) = await store.StartAsync(new FailingSpool(Spool()) { DropFails = true });
        using (writer)
        {
            var result = await writer.CommitAsync(store.Batch("event", 2), default);
            Assert.Null(result.Failure);
            Assert.Equal(2, result.Acknowledged);
        }

        var (next, _) = await store.StartAsync(Spool());
        next.Dispose();
        Assert.Equal(["event0", "event1"], store.EventsInLog());
    }

    [Fact]
    public async Task A_failed_condition_is_a_doubt_as_long_as_the_position_can_not_be_seen()
    {
        // A proxy sent the request twice: the first was stored, the second is answered.
        var store = new ScriptedStore(StoreKind.Honouring);
        var (writer, _) = await store.StartAsync();
        using (writer)
        {
            store.OnPut = put => { put(); return put(); };
            store.OnList = () => throw ScriptedStore.Unreachable();
            var result = await writer.CommitAsync(store.Batch("event", 1), default);
            Assert.Equal((AuditErrors.CommitUnknown, 1), (result.Failure!.ErrorId, result.InDoubt));
        }

        Assert.Equal(["event0"], store.EventsInLog());
    }

    [Fact]
    public async Task Garbage_on_the_next_key_is_got_over_however_little_patience_there_is()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (writer, _) = await store.StartAsync(null, TimeSpan.Zero);
        using (writer)
        {
            store.OnPut = put => { store.Clock.Advance(); return put(); };
            store.Server.Put(PlainLog.KeyOf(1), [1, 2, 3], PutCondition.None, SimulatedServer.Attacker);
            var result = await writer.CommitAsync(store.Batch("event", 1), default);
            Assert.Null(result.Failure);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Garbage_that_comes_anew_before_each_attempt_does_not_stop_the_log(bool hidden)
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (writer, _) = await store.StartAsync();
        using (writer)
        {
            byte junk = 0;
            store.OnPut = put =>
            {
                store.Server.Put(PlainLog.KeyOf(1), [++junk], PutCondition.None, SimulatedServer.Attacker);
                var answer = put();
                if (hidden)
                    store.Server.Add(new ServerVersion(PlainLog.KeyOf(1), 0, "", [], default, SimulatedServer.Attacker) { IsMarker = true });
                return answer;
            };
            var result = await writer.CommitAsync(store.Batch("event", 1), default);
            Assert.Null(result.Failure);
        }

        Assert.Equal(["event0"], store.EventsInLog());
    }

    [Fact]
    public async Task A_name_that_is_not_flushed_is_not_acknowledged()
    {
        var store = new ScriptedStore(StoreKind.Directory);
        var (writer, _) = await store.StartAsync(Spool());
        using (writer)
        {
            // The file got its name; flushing the directory failed.
            store.OnPut = put => { put(); throw new AuditException(AuditErrors.StoreFailed, "The directory couldn't be flushed."); };
            var result = await writer.CommitAsync(store.Batch("event", 2), default);
            Assert.Equal((AuditErrors.CommitUnknown, 0, 2), (result.Failure!.ErrorId, result.Acknowledged, result.InDoubt));
        }

        store.OnPut = null;
        var (next, recovered) = await store.StartAsync(Spool());
        next.Dispose();
        Assert.Equal(2, recovered!.Acknowledged);
    }

    [Fact]
    public async Task A_name_that_is_not_flushed_and_can_not_be_seen_is_a_doubt()
    {
        var store = new ScriptedStore(StoreKind.Directory);
        var (writer, _) = await store.StartAsync();
        using (writer)
        {
            store.OnPut = put => { put(); throw new AuditException(AuditErrors.StoreFailed, "The directory couldn't be flushed."); };
            store.OnList = () => throw ScriptedStore.Unreachable();
            var result = await writer.CommitAsync(store.Batch("event", 2), default);
            Assert.Equal((AuditErrors.CommitUnknown, 2), (result.Failure!.ErrorId, result.InDoubt));
        }
    }

    private FileSpool Spool() => FileSpool.Open(_directory);

    private async Task LeaveInDoubtAsync(ScriptedStore store, int count = 2)
    {
        var (writer, _) = await store.StartAsync(Spool());
        using (writer)
        {
            store.OnPut = _ => new PutAnswer(PutOutcome.Unknown);
            var result = await writer.CommitAsync(store.Batch("doubt", count), default);
            Assert.Equal((AuditErrors.CommitUnknown, count), (result.Failure!.ErrorId, result.InDoubt));
            store.OnPut = null;
        }
    }

    private sealed class KilledException : Exception;
}
