using System.Numerics;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Tiles;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Tiles;

/// <summary>Proofs take few requests, with tiles and without, and never rest on what a tile says.</summary>
public sealed class TileProofTests
{
    // To find the record's own segment and to verify it against its neighbour, the genesis and the keys.
    private const int Constant = 24;

    public enum Tiles
    {
        All,
        None,
        Some,
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(255, 1)]
    [InlineData(256, 1)]
    [InlineData(257, 1)]
    [InlineData(257, 8192)]
    [InlineData(700, 1)]
    [InlineData(66_000, 100)]
    [InlineData(66_000, 8192)]
    [InlineData(140_000, 8192)]
    public async Task The_number_of_requests_grows_with_the_logarithm(int size, int inOneCommit)
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        if (size > 1)
            await TileKit.WriteAsync(log, size - 1, inOneCommit);
        await TileKit.CheckAsync(log);
        foreach (var tiles in Enum.GetValues<Tiles>())
        {
            foreach (var file in TileKit.Files(log).Where((_, i) => tiles == Tiles.None || (tiles == Tiles.Some && i % 3 == 0)))
                File.Delete(Path.Combine(log.Directory, file));
            await ProveAsync(log, size);
        }
    }

    private static async Task ProveAsync(TestLog log, int size)
    {
        var store = new CountingStore(log.Store);
        var opened = await AuditLog.OpenAsync(store, default);
        Assert.Equal(size, opened.Size);
        VerifierKey[] trusted = [opened.Genesis.Keys[0].Key];
        var levels = BitOperations.Log2((ulong)size) + 1;
        foreach (var sequence in new[] { 0, 1, size / 3, size / 2, 255, 256, size - 2, size - 1 }.Where(s => s >= 0 && s < size).Distinct())
        {
            store.Reset();
            var proof = await opened.ProveAsync(sequence);
            Assert.True(ProofVerifier.VerifyInclusion(proof.Proof.ToText(), proof.Record.Json, trusted).IsValid);
            Assert.True(store.Requests <= Constant + (3 * levels), $"record {sequence} of {size}: {store.Requests} requests");
            Assert.Empty(proof.WrongTiles);
        }
    }

    [Fact]
    public async Task With_tiles_an_old_record_takes_one_tile_a_level_and_no_further_segment()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await TileKit.WriteAsync(log, 140_000);
        var store = new CountingStore(log.Store);
        var opened = await AuditLog.OpenAsync(store, default);
        store.Reset();
        await opened.ProveAsync(5);
        var withTiles = store.SegmentReads;
        Assert.InRange(store.TileReads, 1, 6);
        foreach (var file in TileKit.Files(log))
            File.Delete(Path.Combine(log.Directory, file));
        store.Reset();
        await opened.ProveAsync(5);
        Assert.True(withTiles < store.SegmentReads, $"{withTiles} and {store.SegmentReads} segments");
    }

    [Theory]
    [InlineData(600, 1)]
    [InlineData(3000, 100)]
    public async Task Every_earlier_state_is_continued(int size, int inOneCommit)
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var old = new List<Checkpoint>();
        await using (var writer = await log.WriterAsync())
        {
            for (var done = 0; done < size;)
            {
                old.Add(Checkpoint.TryParse(SignedNote.TryParse(writer.Checkpoint)!.Text)!);
                var now = Math.Min(size - done, inOneCommit * 23);
                await TileKit.WriteAsync(writer, now, inOneCommit);
                done += now;
            }
        }

        var store = new CountingStore(log.Store);
        var opened = await AuditLog.OpenAsync(store, default);
        VerifierKey[] trusted = [opened.Genesis.Keys[0].Key];
        for (var round = 0; round < 2; round++)
        {
            foreach (var checkpoint in old)
            {
                store.Reset();
                var proof = await opened.ProveContinuationAsync(checkpoint);
                Assert.True(ProofVerifier.VerifyContinuation(proof.ToText(), checkpoint, trusted).IsValid);
                Assert.True(store.Requests <= 3 * 12, $"{checkpoint.Size}: {store.Requests} requests");
                // And under an earlier checkpoint than the newest, too.
                Assert.Equal(AuditErrors.RecordNotVerified, (await Assert.ThrowsAsync<AuditException>(() => opened.ProveContinuationAsync(checkpoint with { Root = Merkle.Digest.Zero }))).ErrorId);
            }

            foreach (var file in TileKit.Files(log))
                File.Delete(Path.Combine(log.Directory, file));
        }
    }

    [Fact]
    public async Task A_wrong_tile_is_named_and_the_proof_made_without_it()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await TileKit.WriteAsync(log, 1500, 100);
        await using var other = new TestLog();
        await other.CreateAsync();
        await TileKit.WriteAsync(other, 1500, 100);
        var opened = await AuditLog.OpenAsync(log.Store, default);
        VerifierKey[] trusted = [opened.Genesis.Keys[0].Key];
        var right = (await opened.ProveAsync(1450)).Proof.ToText();
        var tile = TileKit.PathOf(log, new TileId(0, 4));
        // Of another log, one bit changed, cut off.
        var genuine = await File.ReadAllBytesAsync(tile);
        var changed = (byte[])genuine.Clone();
        changed[9 * 32] ^= 1;
        foreach (var wrong in new[] { await File.ReadAllBytesAsync(TileKit.PathOf(other, new TileId(0, 4))), changed, genuine[..^1], [] })
        {
            await File.WriteAllBytesAsync(tile, wrong);
            var proof = await opened.ProveAsync(1450);
            Assert.Equal(right, proof.Proof.ToText());
            Assert.Equal(["tile/0/004"], proof.WrongTiles);
            Assert.True(ProofVerifier.VerifyInclusion(proof.Proof.ToText(), proof.Record.Json, trusted).IsValid);
        }
    }
}
