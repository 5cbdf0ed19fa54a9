using Xunit.Abstractions;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// That the simulation can fail: writers that are wrong in one way, each a mistake that somebody could make, are found.
/// And one lie that must not matter.
/// </summary>
public class MutationTests(ITestOutputHelper output)
{
    private const int Within = 600;

    [Theory]
    [InlineData(StoreKind.Honouring)]
    [InlineData(StoreKind.Ignoring)]
    public void Deciding_by_the_newest_version_is_found(StoreKind kind) => AssertFound(kind, new Mutation(store => new NewestOnly(store)));

    // Where conditions are honoured and nobody deletes, the answer is right; so it is found through delete markers.
    [Theory]
    [InlineData(StoreKind.Honouring)]
    [InlineData(StoreKind.Ignoring)]
    public void Deciding_by_the_answer_is_found(StoreKind kind) => AssertFound(kind, new Mutation(store => new AnswerDecides(store)));

    [Theory]
    [InlineData(StoreKind.Honouring)]
    [InlineData(StoreKind.Ignoring)]
    public void Calling_a_doubt_a_failure_is_found(StoreKind kind) => AssertFound(kind, new Mutation(store => new DoubtIsRefusal(store)));

    [Theory]
    [InlineData(StoreKind.Honouring)]
    [InlineData(StoreKind.Ignoring)]
    public void Sealing_again_for_each_attempt_is_found(StoreKind kind) => AssertFound(kind, new Mutation(store => new SealsAgain(store)));

    [Theory]
    [InlineData(StoreKind.Honouring)]
    [InlineData(StoreKind.Ignoring)]
    [InlineData(StoreKind.Directory)]
    public void Forgetting_early_what_was_sent_is_found(StoreKind kind) => AssertFound(kind, new Mutation(Spool: spool => new ForgetfulSpool(spool)));

    [Theory]
    [InlineData(StoreKind.Honouring)]
    [InlineData(StoreKind.Ignoring)]
    [InlineData(StoreKind.Directory)]
    public void Keeping_what_was_called_failed_is_found(StoreKind kind) => AssertFound(kind, new Mutation(Spool: spool => new StubbornSpool(spool)));

    [Theory]
    [InlineData(StoreKind.Honouring)]
    [InlineData(StoreKind.Ignoring)]
    public void What_a_store_answers_to_a_put_does_not_matter(StoreKind kind)
    {
        CommitSimulationTests.Run(0, 100, kind, new Mutation(store => new WrongAnswers(store)), out var failures);
        Assert.True(failures.IsEmpty, failures.Values.FirstOrDefault());
    }

    private void AssertFound(StoreKind kind, Mutation mutation)
    {
        var passed = CommitSimulationTests.Run(0, Within, kind, mutation, out var failures);
        Assert.False(failures.IsEmpty, $"{Within} runs didn't find it.");
        output.WriteLine($"found after {passed.Count} runs: seed {failures.Keys.Min()}: {failures[failures.Keys.Min()].Split('\n')[0]}");
    }
}
