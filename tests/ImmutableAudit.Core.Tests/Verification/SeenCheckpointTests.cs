using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>What a verifier saw himself, and when, clears what a key sealed before it fell into wrong hands.</summary>
public sealed class SeenCheckpointTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 0)]
    public async Task Clears_what_was_sealed_before_it_was_seen_if_the_log_still_has_it(bool isOfThisLog, long suspectFrom)
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await log.WriteAsync(2);
        var early = await SeeAsync(log, _now.AddHours(-5));
        await log.WriteAsync(2);
        var late = await SeeAsync(log, _now.AddSeconds(-1));
        if (!isOfThisLog)
            early = early with { Checkpoint = early.Checkpoint with { Root = Digest.Parse(new string('0', 64)) } };

        using var other = KeyFile.Create(log.Temporary("other.key"), default);
        await using (var writer = await log.WriterAsync())
        {
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Add(KeyRole.Seal, other.PublicKey), log.Key, default)).Failure);
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Add(KeyRole.Admin, other.PublicKey), log.Key, default)).Failure);
        }

        await using (var writer = await AuditWriter.OpenAsync(log.Store, other, null, default))
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Compromise(log.Key.PublicKey, _now.AddHours(-1)), other, default)).Failure);
        var report = await log.VerifyAsync(new VerifyOptions { SeenCheckpoints = [early, late] });
        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.Suspect, suspectFrom, 6L), (finding.Kind, finding.Sequence!.Value, finding.LastSequence!.Value));
    }

    [Fact]
    public void Remembers_few_and_keeps_the_oldest_the_newest_and_those_far_apart()
    {
        IReadOnlyList<SeenCheckpoint> all = [];
        for (var i = 1; i <= 500; i++)
            all = SeenCheckpoint.Add(all, new SeenCheckpoint(new Checkpoint("o", i, default), _now.AddMinutes(i)));
        Assert.Equal((SeenCheckpoint.Most, 1L, 500L), (all.Count, all[0].Checkpoint.Size, all[^1].Checkpoint.Size));
        Assert.Equal(all.OrderBy(seen => seen.Seen), all);
        Assert.InRange(all.Zip(all.Skip(1), (one, next) => next.Checkpoint.Size - one.Checkpoint.Size).Max(), 1, 64);
    }

    private static async Task<SeenCheckpoint> SeeAsync(TestLog log, DateTimeOffset when) =>
        new(Checkpoint.TryParse(SignedNote.TryParse((await AuditLog.OpenAsync(log.Store, default)).Checkpoint)!.Text)!, when);
}
