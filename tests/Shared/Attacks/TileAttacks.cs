using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Attacks on the Merkle tiles, on which no record rests: they are told, and no proof is led astray.</summary>
public sealed class TileAttacks
{
    private static readonly string _first = TilePath.Format(0, 0);
    private static readonly string _second = TilePath.Format(0, 1);

    [Theory, OnEveryStore]
    public async Task An_altered_tile(string place)
    {
        await using var log = await TiledAsync(place);
        var tile = await ReadAsync(log, _first);
        tile[200 * 32] ^= 1;
        await ToldAndPassedOverAsync(log, tile);
    }

    [Theory, OnEveryStore]
    public async Task A_tile_of_other_leaves(string place)
    {
        await using var log = await TiledAsync(place);
        await ToldAndPassedOverAsync(log, await ReadAsync(log, _second));
    }

    [Theory, OnEveryStore]
    public async Task A_tile_cut_short(string place)
    {
        await using var log = await TiledAsync(place);
        await ToldAndPassedOverAsync(log, (await ReadAsync(log, _first))[..^32]);
    }

    [Theory, OnEveryStore]
    public async Task A_tile_removed(string place)
    {
        await using var log = await TiledAsync(place);
        var right = await ProveAsync(log);
        await log.RemoveAsync(_first);
        Sight.Only(await log.VerifyAsync(), Sight.Information(FindingKind.TilesMissing));
        Assert.Equal(right.Proof.ToText(), (await ProveAsync(log)).Proof.ToText());
    }

    private static async Task ToldAndPassedOverAsync(AttackedLog log, byte[] wrong)
    {
        var right = await ProveAsync(log);
        Assert.Empty(right.WrongTiles);
        var version = await log.ReplaceAsync(_first, wrong);
        Sight.Only(await log.VerifyAsync(), Sight.Warning(FindingKind.TileInvalid, 0, _first, version, 255));
        var proof = await ProveAsync(log);
        Assert.Equal((right.Proof.ToText(), _first), (proof.Proof.ToText(), Assert.Single(proof.WrongTiles)));
    }

    // The proof of a record in the first tile takes the root over its second half.
    private static async Task<RecordProof> ProveAsync(AttackedLog log) => await (await AuditLog.OpenAsync(log.Store, default)).ProveAsync(20);

    // Two full tiles, and segments that don't end where tiles do.
    private static async Task<AttackedLog> TiledAsync(string place)
    {
        var log = await AttackedLogs.WriteAsync(place);
        await log.AppendAsync(200, 200, 200);
        Sight.Only(await log.VerifyAsync());
        return log;
    }

    private static async Task<byte[]> ReadAsync(AttackedLog log, string key)
    {
        var read = await log.Store.ReadAsync(new StoredVersion(key, null, "", 0, default, false), 10_000, default);
        Assert.Equal(ReadStatus.Ok, read.Status);
        return read.Content.ToArray();
    }
}
