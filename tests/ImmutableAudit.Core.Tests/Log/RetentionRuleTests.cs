using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests;

/// <summary>Every lock that can be there, against every lock that can be asked for.</summary>
public sealed class RetentionRuleTests
{
    private const RetentionMode C = RetentionMode.Compliance;
    private const RetentionMode G = RetentionMode.Governance;
    private static readonly DateTimeOffset Now = new(2030, 6, 1, 0, 0, 0, TimeSpan.Zero);

    // Day 10 is what the version has; asked are days before, the same and behind.
    [Theory]
    [InlineData(C, null, 9, SegmentLockOutcome.KeptLonger, null, 0)]
    [InlineData(C, null, 10, SegmentLockOutcome.AlreadySo, null, 0)]
    [InlineData(C, null, 11, SegmentLockOutcome.WouldDo, C, 11)]
    [InlineData(C, C, 9, SegmentLockOutcome.KeptLonger, null, 0)]
    [InlineData(C, C, 10, SegmentLockOutcome.AlreadySo, null, 0)]
    [InlineData(C, C, 11, SegmentLockOutcome.WouldDo, C, 11)]
    [InlineData(C, G, 9, SegmentLockOutcome.Refused, null, 0)]
    [InlineData(C, G, 10, SegmentLockOutcome.Refused, null, 0)]
    [InlineData(C, G, 11, SegmentLockOutcome.Refused, null, 0)]
    [InlineData(G, null, 9, SegmentLockOutcome.KeptLonger, null, 0)]
    [InlineData(G, null, 10, SegmentLockOutcome.AlreadySo, null, 0)]
    [InlineData(G, null, 11, SegmentLockOutcome.WouldDo, G, 11)]
    [InlineData(G, G, 9, SegmentLockOutcome.KeptLonger, null, 0)]
    [InlineData(G, G, 10, SegmentLockOutcome.AlreadySo, null, 0)]
    [InlineData(G, G, 11, SegmentLockOutcome.WouldDo, G, 11)]
    [InlineData(G, C, 9, SegmentLockOutcome.WouldDo, C, 10)]
    [InlineData(G, C, 10, SegmentLockOutcome.WouldDo, C, 10)]
    [InlineData(G, C, 11, SegmentLockOutcome.WouldDo, C, 11)]
    internal void A_lock_only_gets_longer_or_stronger(RetentionMode has, RetentionMode? asked, int day, SegmentLockOutcome outcome, RetentionMode? putMode, int putDay)
    {
        foreach (var promised in new RetentionMode?[] { null, C, G })
        {
            var decision = RetentionRule.Decide("it", new RetentionSeen(RetentionKnowledge.Locked, has, Now.AddDays(10)), Now.AddDays(day), asked, promised);
            Assert.Equal(outcome, decision.Outcome);
            Assert.Equal(putMode is { } mode ? new RetentionUntil(mode, Now.AddDays(putDay)) : null, decision.Put);
            Assert.Equal(outcome == SegmentLockOutcome.Refused ? AuditErrors.WouldWeaken : null, decision.Error?.ErrorId);
        }
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, C, C)]
    [InlineData(null, G, G)]
    [InlineData(C, null, C)]
    [InlineData(C, G, C)]
    [InlineData(G, C, G)]
    [InlineData(G, null, G)]
    public void What_has_no_lock_gets_the_mode_asked_for_or_promised_and_none_by_guessing(RetentionMode? asked, RetentionMode? promised, RetentionMode? expected)
    {
        var decision = RetentionRule.Decide("it", new RetentionSeen(RetentionKnowledge.NotLocked), Now, asked, promised);
        Assert.Equal(expected is { } mode ? new RetentionUntil(mode, Now) : null, decision.Put);
        Assert.Equal(expected is null ? AuditErrors.RetentionInvalid : null, decision.Error?.ErrorId);
    }

    [Theory]
    [InlineData(RetentionKnowledge.Unknown)]
    [InlineData(RetentionKnowledge.NotSupported)]
    public void What_cannot_be_seen_is_not_touched(RetentionKnowledge knowledge)
    {
        foreach (var asked in new RetentionMode?[] { null, C, G })
        {
            var decision = RetentionRule.Decide("it", new RetentionSeen(knowledge, Reason: "Allow s3:GetObjectRetention."), Now.AddYears(50), asked, C);
            Assert.Equal((SegmentLockOutcome.NotSeen, AuditErrors.LockNotSeen), (decision.Outcome, decision.Error!.ErrorId));
            Assert.Null(decision.Put);
            Assert.Contains("s3:GetObjectRetention", decision.Note, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Periods_count_from_the_versions_own_time_and_never_come_out_shorter()
    {
        var version = new StoredVersion("k", "v", "", 1, new DateTimeOffset(2028, 2, 29, 12, 0, 0, 1, TimeSpan.Zero), false);
        var second = new DateTimeOffset(2028, 2, 29, 12, 0, 1, TimeSpan.Zero);
        Assert.Equal(second.AddDays(30), new RetentionChange { Days = 30 }.UntilFor(version));
        Assert.Equal(new DateTimeOffset(2035, 2, 28, 12, 0, 1, TimeSpan.Zero), new RetentionChange { Years = 7 }.UntilFor(version));
        Assert.True(new RetentionChange { Years = 7 }.UntilFor(version) >= version.LastModified.AddDays(7 * 365));
        Assert.Equal(Now, new RetentionChange { Until = Now.ToOffset(TimeSpan.FromHours(5)) }.UntilFor(version));
        Assert.Equal(DateTimeOffset.MaxValue, new RetentionChange { Until = DateTimeOffset.MaxValue }.UntilFor(version));
    }
}
