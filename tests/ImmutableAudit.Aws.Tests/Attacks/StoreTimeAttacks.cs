using ImmutableAudit.Aws.Tests;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>What records claim against the store's own clock. A directory has no clock but its owner's.</summary>
public sealed class StoreTimeAttacks
{
    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_record_that_claims_to_have_been_recorded_earlier_than_it_was(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        // A log whose clock was turned back from its beginning: no record is older than the one before it.
        using var key = new TestKey();
        using var forge = new SegmentForge(SegmentForge.NewOrigin()) { Recorded = DateTime.UtcNow.AddHours(-1) };
        foreach (var segment in log.Segments)
            await log.RemoveAsync(segment.Key);
        await log.PutAsync(forge.Create(key));
        var backDated = forge.Segment(key, new(), new());
        var version = await log.PutAsync(backDated);
        forge.Recorded = DateTime.UtcNow;
        await log.PutAsync(forge.Segment(key, new ForgedRecord()));
        Sight.Only(await log.VerifyAsync(new VerifyOptions { TrustedKeys = [key.Named(forge.Origin)] }), Sight.Failure(FindingKind.RecordedTooEarly, 1, backDated.Key, version));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_forged_segment_a_day_back(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        using var forge = log.ForgeAtEnd();
        forge.Recorded = forge.Recorded.AddDays(-1);
        var forged = forge.Segment(log.Seal, new(), new());
        var version = await log.PutAsync(forged);
        Sight.Only(
            await log.VerifyAsync(), Sight.Failure(FindingKind.RecordedFalls, 14, forged.Key, version), Sight.Failure(FindingKind.RecordedTooEarly, 14, forged.Key, version));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_forged_segment_a_day_ahead(string server)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        using var forge = log.ForgeAtEnd();
        forge.Recorded = forge.Recorded.AddDays(1);
        var forged = forge.Segment(log.Seal, new(), new());
        var version = await log.PutAsync(forged);
        Sight.Only(await log.VerifyAsync(), Sight.Warning(FindingKind.RecordedTooLate, 15, forged.Key, version));
    }

    [BothServersTheory]
    [InlineData("rgw", 1)]
    [InlineData("rgw", -1)]
    [InlineData("moto", 1)]
    [InlineData("moto", -1)]
    public async Task A_writers_clock_a_day_off_is_refused(string server, int days)
    {
        await using var log = await AttackedLogs.InBucketAsync(server);
        var skewed = new SkewedStore(log.Store, TimeSpan.FromDays(-days));
        var options = new WriterOptions { Time = new LaterClock(TimeSpan.FromDays(days)) };
        var refusal = await Assert.ThrowsAsync<AuditException>(() => AuditWriter.OpenAsync(skewed, log.Seal, options, default));
        Assert.Equal(AuditErrors.ClockOff, refusal.ErrorId);
        Assert.Equal(14, (await log.VerifyAsync(log.Remembering)).Records);
    }

    /// <summary>The store as it looks to a machine whose own clock is wrong.</summary>
    private sealed class SkewedStore(IObjectStore inner, TimeSpan by) : IObjectStore
    {
        public string Location => inner.Location;

        public bool KeepsVersions => inner.KeepsVersions;

        public TimeSpan? ClockOffset => inner.ClockOffset + by;

        public ValueTask<PutAnswer> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken) =>
            inner.PutAsync(key, content, condition, lockUntil, cancellationToken);

        public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) =>
            inner.ListAsync(prefix, startAfter, pageSize, cancellationToken);

        public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
            inner.ListDescendingAsync(prefix, startAfter, cancellationToken);

        public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken) => inner.ReadAsync(version, maxBytes, cancellationToken);

        public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) => inner.ReadRetentionAsync(version, cancellationToken);

        public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) => inner.ReadDefaultRetentionAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
