using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Tiles;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Tiles;

/// <summary>What a verification says of tiles.</summary>
public sealed class TileCheckTests : IAsyncLifetime
{
    private TestLog _log = null!;

    public async Task InitializeAsync()
    {
        _log = await TileKit.CreateAsync();
        await TileKit.WriteAsync(_log, 66_000, 5000);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task Right_tiles_and_no_tiles_are_nothing_to_tell()
    {
        Assert.Empty((await _log.VerifyAsync()).Findings);
        Directory.Delete(Path.Combine(_log.Directory, "tile"), true);
        Assert.Empty((await _log.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task Every_altered_tile_is_named_and_the_log_passes()
    {
        foreach (var (id, place) in new[] { (new TileId(0, 0), 0), (new TileId(0, 255), 8191), (new TileId(1, 0), 4000) })
        {
            var path = TileKit.PathOf(_log, id);
            var genuine = await File.ReadAllBytesAsync(path);
            var altered = (byte[])genuine.Clone();
            altered[place] ^= 0x80;
            foreach (var wrong in new[] { altered, genuine[..^32], [.. genuine, 0] })
            {
                await File.WriteAllBytesAsync(path, wrong);
                var report = await _log.VerifyAsync();
                var finding = Assert.Single(report.Findings);
                Assert.Equal((ChainResult.Passed, FindingKind.TileInvalid, FindingSeverity.Warning, id.Key), (report.Result, finding.Kind, finding.Severity, finding.ObjectKey));
                Assert.Equal((id.First, id.End - 1), (finding.Sequence, finding.LastSequence));
                Assert.Empty((await _log.VerifyAsync(new VerifyOptions { Derived = DerivedCheck.None })).Findings);
            }

            await File.WriteAllBytesAsync(path, genuine);
        }
    }

    [Fact]
    public async Task Missing_tiles_are_counted()
    {
        foreach (var index in new[] { 3, 77, 256 })
            File.Delete(TileKit.PathOf(_log, new TileId(0, index)));
        var finding = Assert.Single((await _log.VerifyAsync()).Findings);
        Assert.Equal((FindingKind.TilesMissing, FindingSeverity.Information), (finding.Kind, finding.Severity));
        Assert.StartsWith("3 of 258 full Merkle tiles", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_incremental_verification_looks_at_new_tiles_only_and_at_the_whole_of_those_begun()
    {
        var note = (await AuditLog.OpenAsync(_log.Store, default)).Checkpoint;
        var since = Checkpoint.TryParse(SignedNote.TryParse(note)!.Text)!;
        await TileKit.WriteAsync(_log, 500);
        var options = new VerifyOptions { Since = since };
        var report = await _log.VerifyAsync(options);
        Assert.Equal((66_001L, 500L), (report.From, report.Records));
        Assert.Empty(report.Findings);

        // Old ones aren't looked at.
        await File.WriteAllTextAsync(TileKit.PathOf(_log, new TileId(0, 5)), "");
        Assert.Empty((await _log.VerifyAsync(options)).Findings);
        // The tile 257 began before: its first hashes count as well.
        var path = TileKit.PathOf(_log, new TileId(0, 257));
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Equal("tile/0/257", Assert.Single((await _log.VerifyAsync(options)).Findings).ObjectKey);
    }

    [Fact]
    public async Task A_hole_in_the_log_hides_no_wrong_tile_behind_it()
    {
        File.Delete(_log.SegmentFiles()[3]);
        await File.WriteAllTextAsync(TileKit.PathOf(_log, new TileId(0, 250)), "");
        var report = await _log.VerifyAsync();
        Assert.Equal(ChainResult.Failed, report.Result);
        Assert.Equal("tile/0/250", Assert.Single(report.Findings, finding => finding.Kind == FindingKind.TileInvalid).ObjectKey);
    }
}
