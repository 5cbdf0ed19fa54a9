using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>
/// Records that claim an earlier time. A directory knows no time but what records say, so what is back-dated there
/// without falling behind the record before isn't found; a bucket's own clock stands in the tests of the AWS adapter.
/// </summary>
public sealed class TimeAttacks
{
    [Theory, OnEveryStore]
    public async Task A_record_that_claims_to_be_older_than_the_one_before_it(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeAtEnd();
        forge.Recorded = forge.Recorded.AddSeconds(-60);
        var forged = forge.Segment(log.Seal, new(), new());
        var version = await log.PutAsync(forged);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.RecordedFalls, 14, forged.Key, version));
    }

    [Theory, OnEveryStore]
    public async Task A_record_that_claims_to_be_older_within_its_segment(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeAtEnd();
        var earlier = Chain.LogTime.ToText(forge.Recorded.Ticks - 1);
        var forged = forge.Segment(log.Seal, new(), new(Twist: line => line.Replace(Chain.LogTime.ToText(forge.Recorded.Ticks), earlier, StringComparison.Ordinal)), new());
        var version = await log.PutAsync(forged);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.RecordedFalls, 15, forged.Key, version));
    }
}
