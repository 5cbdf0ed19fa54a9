using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// The promise of the log, in many thousands of runs in which everything goes wrong that can. To look at one run:
/// IMMUTABLEAUDIT_SIM_SEED; for more of them: IMMUTABLEAUDIT_SIM_SEEDS (in all), IMMUTABLEAUDIT_SIM_FIRST (where to begin).
/// </summary>
public class CommitSimulationTests(ITestOutputHelper output)
{
    private static readonly int Seeds = Number("IMMUTABLEAUDIT_SIM_SEEDS") ?? 10_000;

    [Theory]
    [InlineData(StoreKind.Honouring, 45)]
    [InlineData(StoreKind.Ignoring, 45)]
    [InlineData(StoreKind.Directory, 10)]
    public void Acknowledged_events_are_in_the_log_once_whatever_happens(StoreKind kind, int percent)
    {
        if (Number("IMMUTABLEAUDIT_SIM_SEED") is { } one)
        {
            output.WriteLine(string.Join('\n', Simulation.Run(one, kind, tracing: true).Trace));
            return;
        }

        var first = Number("IMMUTABLEAUDIT_SIM_FIRST") ?? 0;
        var outcomes = Run(first, Seeds * percent / 100, kind, null, out var failures);
        Assert.True(failures.IsEmpty, Describe(failures));

        // The runs must have been worth something: all of this has to have happened.
        output.WriteLine($"{outcomes.Count} runs: {outcomes.Sum(o => o.Steps)} steps, {outcomes.Sum(o => o.Kills)} kills, {outcomes.Sum(o => o.Acknowledged)} acknowledged, {outcomes.Sum(o => o.Failed)} failed, {outcomes.Sum(o => o.InDoubt)} in doubt, {outcomes.Sum(o => o.ToldByStart)} told by a start, {outcomes.Sum(o => o.FoundInLog)} found by reading");
        Assert.True(outcomes.Sum(o => o.Acknowledged) > outcomes.Count);
        Assert.True(outcomes.Sum(o => o.Failed) > 0 && outcomes.Sum(o => o.InDoubt) > 0 && outcomes.Sum(o => o.ToldByStart) > 0 && outcomes.Sum(o => o.Kills) > 0);
    }

    [Fact]
    public void A_seed_decides_everything()
    {
        for (var seed = 1; seed <= 30; seed++)
        {
            var kind = (StoreKind)(seed % 3);
            Assert.Equal(Simulation.Run(seed, kind, tracing: true).Trace, Simulation.Run(seed, kind, tracing: true).Trace);
        }
    }

    /// <summary>Runs seeds on all cores, each on one thread.</summary>
    internal static ConcurrentBag<Outcome> Run(int first, int count, StoreKind kind, Mutation? mutation, out ConcurrentDictionary<int, string> failures, bool honest = false)
    {
        var outcomes = new ConcurrentBag<Outcome>();
        var failed = new ConcurrentDictionary<int, string>();
        var next = first - 1;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        failures = failed;
        return outcomes;

        void Work()
        {
            int seed;
            while ((seed = Interlocked.Increment(ref next)) < first + count && failed.Count < (mutation is null ? 20 : 1))
            {
                try
                {
                    outcomes.Add(Simulation.Run(seed, kind, false, mutation, honest).Outcome);
                }
                catch (Exception e)
                {
                    failed[seed] = e is ViolationException ? e.Message : e.ToString();
                }
            }
        }
    }

    internal static string Describe(ConcurrentDictionary<int, string> failures)
    {
        var lines = failures.OrderBy(failure => failure.Key).Select(failure => $"seed {failure.Key}: {failure.Value.Split('\n')[0]}");
        return $"{failures.Count} runs failed.\n{string.Join('\n', lines)}\nThe shortest:\n{failures.Values.MinBy(message => message.Length)}";
    }

    internal static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
