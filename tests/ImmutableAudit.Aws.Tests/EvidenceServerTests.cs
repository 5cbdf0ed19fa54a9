using System.IO.Compression;
using System.Text.Json;
using ImmutableAudit.Events;
using ImmutableAudit.Evidence;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Aws.Tests;

/// <summary>Evidence from a bucket: proven without it, and with the locks as the store told them.</summary>
public sealed class EvidenceServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;
    private readonly KeyFile _key;

    public EvidenceServerTests() => _key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, true);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Records_of_a_bucket_are_proven_without_it_and_their_locks_are_the_exporters_word(string server)
    {
        var zip = Path.Combine(_folder, "case.zip");
        await using (var bucket = await TestBucket.LockedAsync(server, 1))
        {
            await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/log", SealKey = _key }, null, default);
            await using (var writer = await AuditWriter.OpenAsync(bucket.Store, _key, null, default))
            {
                for (var i = 0; i < 5; i++)
                    await writer.AppendAsync(new AuditEvent { Action = "test:Event", ActorId = $"actor-{i}" });
            }

            var plan = new EvidencePlan { Selection = new EvidenceSelection { Sequences = [2, 4] }, Verify = true };
            var summary = await EvidenceBuilder.ExportAsync(bucket.Store, plan, zip, false, default);
            Assert.Equal((2, 6L), (summary.Records, summary.CheckpointSize));
            Assert.StartsWith("2 locked (Governance)", summary.Retention, StringComparison.Ordinal);
        }

        var report = EvidenceVerifier.Verify(zip, null, default);
        Assert.Equal((ChainResult.Passed, 2), (report.Result, report.Proven));
        using var archive = ZipFile.OpenRead(zip);
        using var stream = archive.GetEntry("retention.json")!.Open();
        using var locks = await JsonDocument.ParseAsync(stream);
        Assert.All(locks.RootElement.GetProperty("objects").EnumerateArray(), one =>
        {
            Assert.Equal("Locked", one.GetProperty("lock").GetString());
            Assert.NotNull(one.GetProperty("until").GetString());
            Assert.NotNull(one.GetProperty("versionId").GetString());
            Assert.NotNull(one.GetProperty("lastModified").GetString());
        });
    }
}
