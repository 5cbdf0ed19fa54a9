using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Aws.Tests;

/// <summary>Tiles on real servers: written, hidden, written over, and righted. What is current is read.</summary>
public sealed class TileServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;
    private readonly KeyFile _key;

    public TileServerTests() => _key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, true);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Wrong_and_hidden_tiles_are_told_and_righted_and_no_proof_rests_on_them(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server);
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/log", SealKey = _key }, null, default);
        await using (var writer = await AuditWriter.OpenAsync(bucket.Store, _key, null, default))
        {
            for (var commit = 0; commit < 4; commit++)
            {
                var batch = writer.NewBatch();
                for (var i = 0; i < 260; i++)
                    batch.Add(new AuditEvent { Action = "test:Event", ActorId = $"actor-{i}" });
                Assert.Null((await writer.CommitAsync(batch, default)).Failure);
            }

            Assert.Equal((4L, null), (await writer.FinishTilesAsync()) is { } progress ? (progress.Written, progress.Trouble) : default);
        }

        Assert.Equal([0, 1, 2, 3], (await bucket.ListAsync("tile/")).Select(version => int.Parse(version.Key[^3..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Empty((await ChainVerifier.VerifyAsync(bucket.Store, null, default)).Findings);
        var log = await AuditLog.OpenAsync(bucket.Store, default);
        var right = (await log.ProveAsync(1000)).Proof.ToText();

        var shadow = await bucket.Store.PutAsync(TilePath.Format(0, 0), new byte[8192], PutCondition.None, null, default);
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/" + TilePath.Format(0, 1));
        var report = await ChainVerifier.VerifyAsync(bucket.Store, null, default);
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(
            [(FindingKind.TileInvalid, TilePath.Format(0, 0)), (FindingKind.TileInvalid, TilePath.Format(0, 1)), (FindingKind.TilesMissing, null)],
            report.Findings.Select(finding => (finding.Kind, finding.ObjectKey)).OrderBy(finding => finding.ObjectKey ?? "x"));
        Assert.Equal(shadow.VersionId, report.Findings.Single(finding => finding.ObjectKey == TilePath.Format(0, 0)).VersionId);

        var proof = await log.ProveAsync(1000);
        Assert.Equal(right, proof.Proof.ToText());

        var filled = await TileFiller.RunAsync(bucket.Store, new IndexOptions { Rebuild = true }, default);
        Assert.Equal((1L, 2L, 1L, 1L), (filled.Written, filled.Present, filled.Wrong, filled.Replaced));
        Assert.Empty((await ChainVerifier.VerifyAsync(bucket.Store, null, default)).Findings);
        Assert.Equal((0L, 4L, 0L), (await TileFiller.RunAsync(bucket.Store, null, default)) is { } again ? (again.Written, again.Present, again.Wrong) : default);
    }
}
