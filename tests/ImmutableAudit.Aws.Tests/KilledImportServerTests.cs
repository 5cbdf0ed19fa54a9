using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Tests.Shared;
using ImmutableAudit.WriterProcess;

namespace ImmutableAudit.Aws.Tests;

/// <summary>An import into a bucket that is killed again and again, and run again: every event of the source is in the log once.</summary>
public sealed class KilledImportServerTests : IDisposable
{
    private const int Kills = 5;
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-import-").FullName;

    [BothServersSharedTheory("cloudtrail")]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Every_real_event_is_there_once(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server, days: 1);
        var keyPath = Path.Combine(_folder, "audit.key");
        using (var key = KeyFile.Create(keyPath, default))
            await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/import", SealKey = key, Retention = new PromisedRetention(RetentionMode.Governance, 1) }, null, default);
        var imports = new CloudTrailImports(bucket.Store.Location, keyPath, Path.Combine(_folder, "home"), Stores.EnvironmentOf(bucket.Connection));
        var random = new Random(20261122);
        var sizes = new HashSet<long>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = imports.Start();
            var before = (await AuditLog.OpenAsync(bucket.Store, default)).Size;
            while (!process.HasExited && (await AuditLog.OpenAsync(bucket.Store, default)).Size == before)
                await Task.Delay(5);
            await Task.Delay(random.Next(200));
            process.Kill();
            await process.WaitForExitAsync();
            sizes.Add((await AuditLog.OpenAsync(bucket.Store, default)).Size);
        }

        await imports.FinishAsync();
        Assert.True(sizes.Count > 2, "Hardly a kill came while events were written.");
        await CloudTrailImports.CheckAsync(bucket.Store);
    }

    public void Dispose() => Directory.Delete(_folder, true);
}
