using System.Diagnostics;
using System.Text.Json;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Import;

/// <summary>An import that is killed again and again, at any moment, and run again: every event of the source is in the log once.</summary>
public class KilledImportTests
{
    private const int Kills = 20;

    [SharedDataFact("cloudtrail")]
    public async Task Every_real_event_is_there_once()
    {
        var source = SharedData.Folder("cloudtrail")!;
        await using var log = new TestLog();
        await log.CreateAsync();
        var random = new Random(20261122);
        var sizes = new HashSet<long>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = Start(log, source);
            // Mostly while it writes, sometimes while it starts or reads the log.
            var wanted = log.SegmentFiles().Length + random.Next(4);
            while (!process.HasExited && log.SegmentFiles().Length < wanted)
                await Task.Delay(2);
            await Task.Delay(random.Next(40));
            process.Kill();
            await process.WaitForExitAsync();
            sizes.Add((await AuditLog.OpenAsync(log.Store, default)).Size);
        }

        using var last = Start(log, source);
        var told = await last.StandardOutput.ReadToEndAsync();
        await last.WaitForExitAsync();
        Assert.True(last.ExitCode == 0, told);
        Assert.True(sizes.Count > 5, "Hardly a kill came while events were written.");

        // Counted by other code: the ids of the source as its files have them.
        var expected = new List<string>();
        foreach (var file in Directory.GetFiles(source, "*.json"))
        {
            using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file));
            expected.AddRange(document.RootElement.GetProperty("Records").EnumerateArray().Select(record => record.GetProperty("eventID").GetString()!));
        }

        var found = new List<string>();
        await foreach (var record in (await AuditLog.OpenAsync(log.Store, default)).ReadAsync(1, long.MaxValue))
        {
            var data = JsonDocument.Parse(record.Data!).RootElement;
            if (data.TryGetProperty("original", out var original) && !data.TryGetProperty("eventID", out _))
                data = JsonDocument.Parse(original.GetString()!).RootElement;
            found.Add(data.GetProperty("eventID").GetString()!);
        }

        Assert.Equal(expected.Distinct().Order(), found.Order());
        Assert.Equal(ChainResult.Passed, (await log.VerifyAsync()).Result);
    }

    private static Process Start(TestLog log, string source)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { "exec", Path.Combine(AppContext.BaseDirectory, "ImmutableAudit.WriterProcess.dll"), "import", log.Directory, log.KeyPath, log.Temporary("home"), source })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
