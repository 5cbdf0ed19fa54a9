using ImmutableAudit.Chain;
using ImmutableAudit.Tests.Shared;
using ImmutableAudit.Verification;
using Xunit.Abstractions;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>Real processes on a real directory: many at once, and killed with SIGKILL.</summary>
public class ManyWritersTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Eight_processes_write_forty_thousand_events_and_none_is_lost_or_doubled()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var writers = new WriterProcesses(log.Directory, log.KeyPath, Folder(log));
        int[] batches = [8, 16, 25, 50, 100, 200, 500, 1000];
        var plans = batches.Select((size, i) => new WriterPlan("w" + i, 5000, size)).ToList();
        await writers.RunAsync(plans, spools: false, over => PutStrangeFilesAsync(log, over));

        var report = await writers.CheckAsync(log.Store, plans, all: true, finding =>
            finding is { Kind: FindingKind.StrangeObject, Severity: FindingSeverity.Warning } && finding.ObjectKey!.Contains("strange", StringComparison.Ordinal));
        Assert.Equal(40_001, report.Records);
        Assert.NotEmpty(report.Findings);
        output.WriteLine($"{report.Segments} segments, {report.Findings.Count} findings");
    }

    [Fact]
    public async Task Killed_writers_lose_and_double_nothing_with_a_spool()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var folder = Folder(log);
        var writers = new WriterProcesses(log.Directory, log.KeyPath, folder);
        int[] kills = [13, 13, 12, 12];
        var plans = kills.Select((_, i) => new WriterPlan("k" + i, int.MaxValue, 1 + i * 5)).ToList();
        await Task.WhenAll(plans.Select((plan, i) => writers.KillAsync(plan, kills[i], 1000 + i)));

        var report = await writers.CheckAsync(log.Store, plans, all: false, finding => finding.Kind is FindingKind.TilesMissing or FindingKind.IndexMissing);
        var ways = plans.SelectMany(plan =>
        {
            using var journal = WriterProcess.Journal.Read(writers.JournalOf(plan.Name));
            // With a spool the caller always finds out: nothing stays open.
            Assert.Empty(journal.Open);
            return journal.Ways;
        }).GroupBy(way => way.Key).ToDictionary(way => way.Key, way => way.Sum(pair => pair.Value));
        output.WriteLine($"{report.Records} records; {string.Join(", ", ways)}");
        Assert.True(ways["ack"] > 0 && report.Records > 1);
        // Where a commit is one segment the start tells all; nobody has to read the log for it.
        Assert.False(ways.ContainsKey("found"));
    }

    private static string Folder(TestLog log) => Directory.CreateDirectory(log.Temporary("writers")).FullName;

    private static async Task PutStrangeFilesAsync(TestLog log, CancellationToken over)
    {
        var folder = Path.Combine(log.Directory, "segments");
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            var name = log.SegmentFiles().Select(Path.GetFileName).First(name => SegmentName.TryParse("segments/" + name, out _));
            var strange = (i % 3) switch { 0 => $"strange-{i}", 1 => name + ".strange", _ => $"0000-strange-{i}.jsonl.gz" };
            await File.WriteAllTextAsync(Path.Combine(folder, strange), "junk", CancellationToken.None);
            await Task.Delay(50, CancellationToken.None);
        }
    }
}
