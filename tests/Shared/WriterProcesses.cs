using System.Diagnostics;
using System.Text.Json;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;
using ImmutableAudit.WriterProcess;

namespace ImmutableAudit.Tests.Shared;

/// <summary>One writer's process, to be started.</summary>
/// <param name="Name">The writer's name.</param>
/// <param name="Events">How many events.</param>
/// <param name="BatchSize">How many in one commit.</param>
internal sealed record WriterPlan(string Name, int Events, int BatchSize);

/// <summary>
/// Writers in processes of their own on one log, wherever it is, and the check of what they say against the log.
/// Linked into the tests of every kind of store.
/// </summary>
/// <param name="location">The log, which exists.</param>
/// <param name="keyPath">Its sealing key.</param>
/// <param name="folder">A folder for journals and spools.</param>
/// <param name="environment">More variables for the processes: how to reach the store.</param>
internal sealed class WriterProcesses(string location, string keyPath, string folder, IReadOnlyDictionary<string, string>? environment = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public string JournalOf(string name) => Path.Combine(folder, name + ".journal");

    /// <summary>Runs writers at the same time until all are done, while something else goes on beside them.</summary>
    public async Task RunAsync(IReadOnlyList<WriterPlan> plans, bool spools, Func<CancellationToken, Task> beside)
    {
        using var over = new CancellationTokenSource();
        var besides = beside(over.Token);
        await Task.WhenAll(plans.Select(async plan =>
        {
            using var process = Start(plan, spools, null);
            await EndAsync(process);
        }));
        await over.CancelAsync();
        await besides;
    }

    /// <summary>Kills a writer again and again at a random moment, starts it again each time, and lets it finish at last.</summary>
    /// <param name="plan">The writer.</param>
    /// <param name="kills">How often.</param>
    /// <param name="seed">Decides when.</param>
    /// <param name="longest">The longest that it lives once it writes, in milliseconds.</param>
    public async Task KillAsync(WriterPlan plan, int kills, int seed, int longest = 600)
    {
        var random = new Random(seed);
        var stop = Path.Combine(folder, plan.Name + ".stop");
        for (var kill = 0; kill < kills; kill++)
        {
            using var process = Start(plan, true, stop);
            // Mostly while it writes, sometimes while it starts.
            if (random.Next(5) > 0)
                await WritingAsync(plan, process);
            await Task.Delay(random.Next(random.Next(3) == 0 ? longest : longest / 10));
            process.Kill();
            var errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 128 + 9, $"{plan.Name} ended by itself: {errors}");
        }

        await File.WriteAllTextAsync(stop, "");
        using var last = Start(plan, true, stop);
        await EndAsync(last);
    }

    /// <summary>
    /// Checks that every event is in the log exactly once, those of the journals as they were acknowledged, and that
    /// the verifier finds nothing but what is explained.
    /// </summary>
    /// <returns>The verifier's report.</returns>
    public async Task<ChainReport> CheckAsync(IObjectStore store, IReadOnlyList<WriterPlan> plans, bool all, Func<ChainFinding, bool> isExplained)
    {
        var records = new Dictionary<string, AuditRecord>();
        var log = await AuditLog.OpenAsync(store, default);
        await foreach (var record in log.ReadAsync(1, long.MaxValue))
        {
            using var data = JsonDocument.Parse(record.Data!);
            Assert.True(records.TryAdd(data.RootElement.GetProperty("event").GetString()!, record), $"Record {record.Sequence} is an event for the second time: {record.Json}");
        }

        var receipts = new List<(long, string)>();
        foreach (var plan in plans)
        {
            using var journal = Journal.Read(JournalOf(plan.Name));
            Assert.True(journal.IsDone, plan.Name + " isn't done.");
            foreach (var (number, told) in journal.InLog)
            {
                Assert.True(records.Remove($"{plan.Name}-{number}", out var record), $"{plan.Name}-{number} was acknowledged as record {told.Sequence} and isn't in the log.");
                Assert.Equal((told.Sequence, told.LeafHash), (record.Sequence, record.LeafHash));
                receipts.Add((told.Sequence, told.LeafHash));
            }

            if (all)
                Assert.Equal(plan.Events, journal.InLog.Count);
            Assert.DoesNotContain(journal.Failed, number => records.ContainsKey($"{plan.Name}-{number}"));
            foreach (var number in journal.Open.Keys)
                records.Remove($"{plan.Name}-{number}");
        }

        Assert.Empty(records.Keys);
        var report = await ChainVerifier.VerifyAsync(store, new VerifyOptions { Receipts = receipts, Derived = DerivedCheck.All }, default);
        Assert.Empty(report.Findings.Where(finding => !isExplained(finding)).Select(finding => finding.ToString()));
        Assert.Equal(log.Size, report.Records);
        return report;
    }

    private Process Start(WriterPlan plan, bool spool, string? stop)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardError = true };
        string[] arguments =
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "ImmutableAudit.WriterProcess.dll"),
            "--log", location, "--key", keyPath, "--name", plan.Name, "--events", Text(plan.Events), "--batch", Text(plan.BatchSize),
            "--journal", JournalOf(plan.Name),
            .. spool ? ["--spool", Path.Combine(folder, plan.Name + ".spool")] : Array.Empty<string>(),
            .. stop is null ? [] : new[] { "--stop", stop },
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;

        static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task EndAsync(Process process)
    {
        using var patience = new CancellationTokenSource(Patience);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await errors);
    }

    // Its journal grows once it writes.
    private async Task WritingAsync(WriterPlan plan, Process process)
    {
        var journal = new FileInfo(JournalOf(plan.Name));
        var before = journal.Exists ? journal.Length : 0;
        while (!process.HasExited)
        {
            journal.Refresh();
            if (journal.Exists && journal.Length > before + 30)
                return;
            await Task.Delay(5);
        }
    }
}
