using ImmutableAudit.Core.Tests;
using ImmutableAudit.Core.Tests.Timestamps;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Attacks with timestamps, and what genuine ones show of others.</summary>
public sealed class TimestampAttacks : IDisposable
{
    private readonly TestAuthority _authority = new();

    [Theory, OnEveryStore]
    public async Task A_timestamp_over_another_checkpoint(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        // The log's own earlier checkpoint, which existed sooner, under the name of a later one.
        await InvalidAsync(log, 14, _authority.Stamp(log.Segments[1].Note));
    }

    [Theory, OnEveryStore]
    public async Task A_timestamp_of_another_log(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        await using var other = await AttackedLogs.WriteAsync(place);
        await InvalidAsync(log, 14, _authority.Stamp(other.Segments[3].Note));
    }

    [Theory, OnEveryStore]
    public async Task A_timestamp_over_a_checkpoint_that_lost(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeBefore(3);
        var lost = forge.Segment(log.Seal, new(), new(), new());
        var note = new HonestSegment(lost.First, lost.Stored, null).Note;
        await InvalidAsync(log, 14, _authority.Stamp(note));
    }

    [Theory, OnEveryStore]
    public async Task An_altered_timestamp(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var token = _authority.Stamp(log.Segments[3].Note);
        var name = TimestampName.Format(14, token);
        token[^1] ^= 1;
        var kept = await log.PutAsync(name, token);
        var renamed = TimestampName.Format(14, token);
        var version = await log.PutAsync(renamed, token);
        Sight.Only(
            await log.VerifyAsync(Believing(log)),
            Sight.Warning(FindingKind.TimestampInvalid, null, name, kept), Sight.Warning(FindingKind.TimestampInvalid, null, renamed, version));
    }

    [Theory, OnEveryStore]
    public async Task A_timestamp_by_an_untrusted_authority(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        // It has the same name as the one that is trusted.
        using var thief = new TestAuthority();
        var token = thief.Stamp(log.Segments[3].Note, new TokenPlan { Time = DateTimeOffset.UtcNow.AddYears(-1) });
        var name = TimestampName.Format(14, token);
        var version = await log.PutAsync(name, token);
        var report = await log.VerifyAsync(Believing(log));
        Sight.Only(report, Sight.Warning(FindingKind.TimestampUntrusted, null, name, version));
        Assert.Equal(TimestampTrust.Untrusted, Assert.Single(report.Timestamps).Trust);
    }

    [Theory, OnEveryStore]
    public async Task A_record_that_claims_to_be_younger_than_a_timestamp_over_it(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeAtEnd();
        forge.Recorded = forge.Recorded.AddDays(1);
        var forged = forge.Segment(log.Seal, new(), new());
        var version = await log.PutAsync(forged);
        var token = _authority.Stamp(new HonestSegment(forged.First, forged.Stored, null).Note);
        await log.PutAsync(TimestampName.Format(16, token), token);
        var late = Sight.Warning(FindingKind.RecordedTooLate, 15, forged.Key, version);
        // In a bucket the store's own time shows it, too.
        Sight.Only(await log.VerifyAsync(Believing(log)), log.IsBucket ? [late, late] : [late]);
    }

    public void Dispose() => _authority.Dispose();

    private async Task InvalidAsync(AttackedLog log, long size, byte[] token)
    {
        var name = TimestampName.Format(size, token);
        var version = await log.PutAsync(name, token);
        Sight.Only(await log.VerifyAsync(Believing(log)), Sight.Warning(FindingKind.TimestampInvalid, null, name, version));
    }

    private VerifyOptions Believing(AttackedLog log) => log.Trusting with { TimestampRoots = _authority.Roots };
}
