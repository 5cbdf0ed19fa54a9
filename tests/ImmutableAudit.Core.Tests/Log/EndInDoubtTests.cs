using ImmutableAudit.Core.Tests.Simulation;
using ImmutableAudit.Log;

namespace ImmutableAudit.Core.Tests;

/// <summary>An insider damages or removes what lies near a log's end: who opens it is told that it was longer.</summary>
public sealed class EndInDoubtTests : IAsyncLifetime
{
    private AlterableLog _log = null!;

    public async Task InitializeAsync() => _log = await AlterableLog.CreateAsync();

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 20)]
    [InlineData(3, 40)]
    public async Task Damage_in_a_directory_from_any_segment_to_the_end_is_told(int first, long lastSound)
    {
        for (var segment = first; segment < 4; segment++)
        {
            var bytes = _log.Genuine(segment);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(_log.Files[segment], bytes);
        }

        await AssertInDoubtAsync(lastSound, _log.Key(3));
    }

    [Fact]
    public async Task A_segment_that_cannot_be_reached_is_told()
    {
        File.Delete(_log.Files[2]);
        await AssertInDoubtAsync(20, _log.Key(3));
        // The one before the last is damaged: the last proves itself, and yet nothing leads to it.
        File.WriteAllText(_log.Files[2], "damaged");
        await AssertInDoubtAsync(20, _log.Key(3));
    }

    [Fact]
    public async Task Garbage_behind_the_end_of_a_directory_is_told_until_it_is_gone()
    {
        var beyond = Path.Combine(_log.Log.Directory, AlterableLog.KeyOf(90));
        File.WriteAllText(beyond, "");
        await AssertInDoubtAsync(45, AlterableLog.KeyOf(90));
        File.Delete(beyond);
        var log = await AuditLog.OpenAsync(_log.Log.Store, default);
        Assert.Null(log.Doubt);
        Assert.Empty(log.Beyond);
        await _log.Log.WriteAsync(1);
    }

    [Fact]
    public async Task In_a_bucket_a_sealed_segment_is_told_and_garbage_is_not()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (committer, _) = await store.StartAsync();
        for (var i = 0; i < 3; i++)
            Assert.Null((await committer.CommitAsync(store.Batch("e" + i, 2), default)).Failure);
        committer.Dispose();
        var sound = await AuditLog.OpenAsync(store, default);
        store.Server.Put(Chain.SegmentName.Format(sound.Size + 3), [1, 2, 3], Storage.PutCondition.None, SimulatedServer.Attacker);
        var littered = await AuditLog.OpenAsync(store, default);
        Assert.Equal((sound.Size, null), (littered.Size, littered.Doubt));

        var keys = store.Server.Keys.Order(StringComparer.Ordinal).ToList();
        var removed = keys.Single(key => key == Chain.SegmentName.Format(sound.Size - 4));
        store.Server.Remove(store.Server.Versions(removed)[0]);
        var shortened = await AuditLog.OpenAsync(store, default);
        Assert.Equal(sound.Size - 4, shortened.Size);
        Assert.Equal(AuditErrors.EndInDoubt, shortened.Doubt!.ErrorId);
        Assert.Equal([Chain.SegmentName.Format(sound.Size - 2)], shortened.Beyond);
        Assert.Equal(AuditErrors.EndInDoubt, (await Assert.ThrowsAsync<AuditException>(() => AuditWriter.OpenAsync(store, SimulatedLog.Key, null, default))).ErrorId);
    }

    private async Task AssertInDoubtAsync(long lastSound, string newest)
    {
        var log = await AuditLog.OpenAsync(_log.Log.Store, default);
        Assert.Equal(lastSound + 1, log.Size);
        Assert.Equal(AuditErrors.EndInDoubt, log.Doubt!.ErrorId);
        Assert.Equal(newest, log.Beyond[0]);
        Assert.Contains(newest, log.Doubt.Message, StringComparison.Ordinal);
        var before = Directory.GetFiles(_log.Folder);
        Assert.Equal(AuditErrors.EndInDoubt, (await Assert.ThrowsAsync<AuditException>(() => _log.Log.WriterAsync())).ErrorId);
        Assert.Equal(before, Directory.GetFiles(_log.Folder));
    }
}
