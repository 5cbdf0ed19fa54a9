using Xunit.Abstractions;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// The reverse of the attacks: histories in which everything goes wrong but nobody tampers raise no finding. To look at
/// one: IMMUTABLEAUDIT_SIM_SEED; for more of them: IMMUTABLEAUDIT_SIM_HISTORIES (in all), IMMUTABLEAUDIT_SIM_FIRST (where to begin).
/// </summary>
public class HonestHistoryTests(ITestOutputHelper output)
{
    private static readonly int Histories = CommitSimulationTests.Number("IMMUTABLEAUDIT_SIM_HISTORIES") ?? 1000;

    [Theory]
    [InlineData(StoreKind.Honouring, 45)]
    [InlineData(StoreKind.Ignoring, 40)]
    [InlineData(StoreKind.Directory, 15)]
    public void Honest_histories_raise_no_finding(StoreKind kind, int percent)
    {
        if (CommitSimulationTests.Number("IMMUTABLEAUDIT_SIM_SEED") is { } one)
        {
            output.WriteLine(string.Join('\n', Simulation.Run(one, kind, tracing: true, honest: true).Trace));
            return;
        }

        var first = CommitSimulationTests.Number("IMMUTABLEAUDIT_SIM_FIRST") ?? 500_000;
        var outcomes = CommitSimulationTests.Run(first, Histories * percent / 100, kind, null, out var failures, honest: true);
        Assert.True(failures.IsEmpty, CommitSimulationTests.Describe(failures));

        // The histories must have been worth something: all of this has to have happened.
        int[] seen =
        [
            outcomes.Sum(o => o.Seen.Verifications), outcomes.Sum(o => o.Seen.Incremental), outcomes.Sum(o => o.Seen.Proofs), outcomes.Sum(o => o.Seen.KeyChanges),
            outcomes.Sum(o => o.Kills), outcomes.Sum(o => o.Acknowledged),
        ];
        int compromised = outcomes.Sum(o => o.Seen.Compromised), lost = outcomes.Sum(o => o.Seen.LostRaces), unfinished = outcomes.Sum(o => o.Seen.Unfinished);
        output.WriteLine($"{outcomes.Count} histories: {seen[0]} verifications, {seen[1]} of them incremental, {seen[2]} proofs, {seen[3]} changes of keys, {seen[4]} kills, {seen[5]} acknowledged; {compromised} keys compromised, {lost} lost races, {unfinished} unfinished");
        Assert.All(seen, count => Assert.True(count > 0));
        // In a directory a key's word is all there is, so a compromised one is never without a finding.
        Assert.True(kind != StoreKind.Directory || compromised == 0);
        // Where conditions are honoured there is no second version that could lose.
        Assert.Equal(kind == StoreKind.Ignoring, lost > 0);
        Assert.Equal(kind == StoreKind.Ignoring, unfinished > 0);
    }
}
