using ImmutableAudit.Log;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Core.Tests.Tiles;

/// <summary>Tiles that writers put behind their commits.</summary>
public sealed class TileFollowerTests : IAsyncLifetime
{
    private TestLog _log = null!;

    public async Task InitializeAsync() => _log = await TileKit.CreateAsync();

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Theory]
    [InlineData(254, int.MaxValue)]
    [InlineData(255, int.MaxValue)]
    [InlineData(600, 7)]
    [InlineData(66_000, int.MaxValue)]
    public async Task One_writers_tiles_are_right_and_all_there(int count, int inOneCommit)
    {
        await TileKit.WriteAsync(_log, count, inOneCommit);
        await TileKit.CheckAsync(_log);
    }

    [Fact]
    public async Task Writers_that_begin_in_the_middle_of_a_tile_go_on_with_it()
    {
        await TileKit.WriteAsync(_log, 100, 30);
        await TileKit.WriteAsync(_log, 100, 30);
        Assert.Empty(TileKit.Files(_log));
        await TileKit.WriteAsync(_log, 500, 100);
        await TileKit.CheckAsync(_log);
        // In the middle of a tile of the level above, too.
        await TileKit.WriteAsync(_log, 65_000);
        await TileKit.CheckAsync(_log);
    }

    [Fact]
    public async Task Two_writers_at_once_leave_no_tile_out()
    {
        await using (var one = await _log.WriterAsync())
        await using (var two = await _log.WriterAsync())
        {
            for (var round = 0; round < 8; round++)
                await Task.WhenAll(TileKit.WriteAsync(one, 90, 30), TileKit.WriteAsync(two, 70, 35));
        }

        await TileKit.CheckAsync(_log);
    }

    [Fact]
    public async Task A_few_tiles_that_nobody_put_are_put_by_the_next_writer_and_the_rest_by_the_filler()
    {
        await TileKit.WriteAsync(_log, 2000, 500, TileKit.WithoutTiles);
        Assert.Empty(TileKit.Files(_log));
        // A writer that lives on looks back; one that ends at once has no time for that.
        await using (var writer = await _log.WriterAsync())
        {
            await TileKit.WriteAsync(writer, 300);
            for (var i = 0; i < 600 && TileKit.Files(_log).Length < 8; i++)
                await Task.Delay(50);
        }

        await TileKit.CheckAsync(_log);
    }

    [Fact]
    public async Task No_commit_waits_for_a_tile_or_fails_by_one()
    {
        var release = new TaskCompletionSource();
        var store = new CountingStore(_log.Store) { Putting = key => key.StartsWith("tile/", StringComparison.Ordinal) ? release.Task : Task.CompletedTask };
        var writer = await AuditWriter.OpenAsync(store, _log.Key, null, default);
        // Far more than may wait in memory or be under way.
        await TileKit.WriteAsync(writer, 200_000);
        Assert.True(store.Puts.Count(key => key.StartsWith("tile/", StringComparison.Ordinal)) <= 8);
        release.SetResult();
        await writer.DisposeAsync();
        await TileKit.CheckAsync(_log);
    }

    [Fact]
    public async Task Without_permission_a_writer_works_without_tiles_and_says_so()
    {
        var store = new CountingStore(_log.Store)
        {
            Putting = key => key.StartsWith("tile/", StringComparison.Ordinal) ? throw new AuditException(AuditErrors.AccessDenied, "No permission on tiles.") : Task.CompletedTask,
        };
        await using var writer = await AuditWriter.OpenAsync(store, _log.Key, null, default);
        await TileKit.WriteAsync(writer, 300);
        var progress = await writer.FinishTilesAsync();
        Assert.Equal((0L, "No permission on tiles."), (progress!.Written, progress.Trouble));
        store.Puts.Clear();
        await TileKit.WriteAsync(writer, 3000);
        await writer.FinishTilesAsync();
        Assert.DoesNotContain(store.Puts, key => key.StartsWith("tile/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_writer_of_one_event_asks_for_nothing_more_unless_it_completes_a_tile()
    {
        var store = new CountingStore(_log.Store);
        var counts = new List<int>();
        foreach (var options in new[] { TileKit.WithoutTiles, new WriterOptions() })
        {
            store.Reset();
            await using (var writer = await AuditWriter.OpenAsync(store, _log.Key, options, default))
                await TileKit.WriteAsync(writer, 1);
            counts.Add(store.Requests);
        }

        // The second has a log of one segment more before it.
        Assert.True(counts[1] <= counts[0] + 3, string.Join(", ", counts));
        Assert.Equal(0, store.TileReads);
    }

    [Fact]
    public async Task The_filler_writes_what_a_writer_without_tiles_and_a_crash_left_out()
    {
        await TileKit.WriteAsync(_log, 66_000, options: TileKit.WithoutTiles);
        var report = await TileFiller.RunAsync(_log.Store, null, default);
        Assert.Equal((258L, 0L, 0L), (report.Written, report.Present, report.Wrong));
        await TileKit.CheckAsync(_log);
        File.Delete(TileKit.PathOf(_log, new TileId(0, 17)));
        File.Delete(TileKit.PathOf(_log, new TileId(1, 0)));
        report = await TileFiller.RunAsync(_log.Store, null, default);
        Assert.Equal((2L, 256L), (report.Written, report.Present));
        await TileKit.CheckAsync(_log);
        var store = new CountingStore(_log.Store);
        Assert.Equal((0L, 258L), (await TileFiller.RunAsync(store, null, default)) is var again ? (again.Written, again.Present) : default);
        Assert.True(store.SegmentReads < 10);
    }

    [Fact]
    public async Task Rebuilding_tells_what_is_wrong_and_replaces_it_in_a_directory_only_where_asked()
    {
        await TileKit.WriteAsync(_log, 1100);
        var wrong = TileKit.PathOf(_log, new TileId(0, 2));
        var bytes = await File.ReadAllBytesAsync(wrong);
        bytes[77] ^= 1;
        await File.WriteAllBytesAsync(wrong, bytes);
        await File.WriteAllBytesAsync(TileKit.PathOf(_log, new TileId(0, 3)), bytes[..100]);
        var report = await TileFiller.RunAsync(_log.Store, new IndexOptions { Rebuild = true }, default);
        Assert.Equal((0L, 2L, 2L, 0L), (report.Written, report.Present, report.Wrong, report.Replaced));
        Assert.Equal(["tile/0/002", "tile/0/003"], report.WrongObjects);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(wrong));
        report = await TileFiller.RunAsync(_log.Store, new IndexOptions { Rebuild = true, Replace = true }, default);
        Assert.Equal((0L, 2L, 2L), (report.Written, report.Wrong, report.Replaced));
        await TileKit.CheckAsync(_log);
    }
}
