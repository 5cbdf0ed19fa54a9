using ImmutableAudit.Log;
using ImmutableAudit.Tests.Shared;

namespace ImmutableAudit.Core.Tests.Import;

/// <summary>An import that is killed again and again, at any moment, and run again: every event of the source is in the log once.</summary>
public class KilledImportTests
{
    private const int Kills = 20;

    [SharedDataFact("cloudtrail")]
    public async Task Every_real_event_is_there_once()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var imports = new CloudTrailImports(log.Directory, log.KeyPath, log.Temporary("home"));
        var random = new Random(20261122);
        var sizes = new HashSet<long>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = imports.Start();
            // Mostly while it writes, sometimes while it starts or reads the log.
            var wanted = log.SegmentFiles().Length + random.Next(4);
            while (!process.HasExited && log.SegmentFiles().Length < wanted)
                await Task.Delay(2);
            await Task.Delay(random.Next(40));
            process.Kill();
            await process.WaitForExitAsync();
            sizes.Add((await AuditLog.OpenAsync(log.Store, default)).Size);
        }

        await imports.FinishAsync();
        Assert.True(sizes.Count > 5, "Hardly a kill came while events were written.");
        await CloudTrailImports.CheckAsync(log.Store);
    }
}
