using System.Net;
using Amazon.S3.Model;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Aws.Tests;

/// <summary>Locks of a real log on real servers: made longer, made stronger, held, and never weaker.</summary>
public sealed class LockChangeServerTests : IDisposable
{
    private const RetentionMode C = RetentionMode.Compliance;
    private const RetentionMode G = RetentionMode.Governance;
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;
    private readonly KeyFile _key;

    public LockChangeServerTests() => _key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, true);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_lock_gets_longer_and_never_shorter(string server)
    {
        await using var bucket = await LogAsync(server);
        var until = WholeSeconds(DateTimeOffset.UtcNow.AddDays(100));
        await ExpectAsync(bucket, new RetentionChange { Until = until }, SegmentLockOutcome.Done, G, until);
        await ExpectAsync(bucket, new RetentionChange { Until = until }, SegmentLockOutcome.AlreadySo, G, until);
        // moto would shorten it: there our own rule is all that keeps it.
        await ExpectAsync(bucket, new RetentionChange { Until = until.AddDays(-50) }, SegmentLockOutcome.KeptLonger, G, until);
        await ExpectAsync(bucket, new RetentionChange { Until = until.AddDays(1), Mode = G }, SegmentLockOutcome.Done, G, until.AddDays(1));
        Assert.Equal(ChainResult.Passed, (await ChainVerifier.VerifyAsync(bucket.Store, null, default)).Result);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_Compliance_lock_gets_longer_and_neither_shorter_nor_weaker(string server)
    {
        // The gateway doesn't let a mode be changed without a bypass, and moto can't show a version without a lock.
        await using var bucket = await LogAsync(server, days: server == "rgw" ? 0 : 1);
        var until = WholeSeconds(DateTimeOffset.UtcNow.AddDays(100));
        await ExpectAsync(bucket, new RetentionChange { Until = until, Mode = C }, SegmentLockOutcome.Done, C, until);
        await ExpectAsync(bucket, new RetentionChange { Until = until.AddDays(-50) }, SegmentLockOutcome.KeptLonger, C, until);
        await ExpectAsync(bucket, new RetentionChange { Until = until.AddDays(50), Mode = G }, SegmentLockOutcome.Refused, C, until, AuditErrors.WouldWeaken);
        await ExpectAsync(bucket, new RetentionChange { Until = until.AddDays(1) }, SegmentLockOutcome.Done, C, until.AddDays(1));
        foreach (var version in await bucket.ListAsync("segments/"))
            await RefusedAsync(bucket, version);
    }

    [MotoFact]
    public async Task A_Governance_lock_becomes_Compliance_without_getting_shorter()
    {
        await using var bucket = await LogAsync("moto");
        var until = WholeSeconds(DateTimeOffset.UtcNow.AddDays(100));
        await ExpectAsync(bucket, new RetentionChange { Until = until }, SegmentLockOutcome.Done, G, until);
        await ExpectAsync(bucket, new RetentionChange { Until = until.AddDays(-50), Mode = C }, SegmentLockOutcome.Done, C, until);
    }

    [RgwFact]
    public async Task Where_a_mode_is_changed_only_by_bypass_it_says_so_and_the_lock_stays()
    {
        await using var bucket = await LogAsync("rgw");
        var until = WholeSeconds(DateTimeOffset.UtcNow.AddDays(100));
        await ExpectAsync(bucket, new RetentionChange { Until = until }, SegmentLockOutcome.Done, G, until);
        var results = await ExpectAsync(bucket, new RetentionChange { Until = until.AddDays(1), Mode = C }, SegmentLockOutcome.NotPermitted, G, until, AuditErrors.AccessDenied);
        Assert.Contains("bypass", results[0].Lock.Detail, StringComparison.Ordinal);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Periods_count_from_when_the_server_took_each_version(string server)
    {
        await using var bucket = await LogAsync(server);
        var plan = await LockPlan.ForRetentionAsync(bucket.Store, new RetentionChange { Years = 7 }, 0, long.MaxValue, null, default);
        var results = await plan.ApplyAsync().ToListAsync();
        foreach (var result in results)
        {
            Assert.Equal(SegmentLockOutcome.Done, result.Lock.Outcome);
            var version = Assert.Single(await bucket.ListAsync(result.Lock.Segment));
            Assert.InRange(result.Lock.Until!.Value, version.LastModified.AddYears(7), version.LastModified.AddYears(7).AddSeconds(1));
        }

        plan = await LockPlan.ForRetentionAsync(bucket.Store, new RetentionChange { Years = 7 }, 0, long.MaxValue, null, default);
        Assert.All(plan.Segments, result => Assert.Equal(SegmentLockOutcome.AlreadySo, result.Lock.Outcome));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_held_version_cannot_be_deleted_until_the_hold_is_off_and_only_the_range_is_held(string server)
    {
        // Without a retention, so that the hold alone protects.
        await using var bucket = await LogAsync(server, days: 0);
        await HoldAsync(bucket, true, 2, 3, SegmentLockOutcome.Done);
        await HoldAsync(bucket, true, 2, 3, SegmentLockOutcome.AlreadySo);
        // moto can't tell "no hold" where there never was one; then it is taken off once, which changes nothing.
        var never = server == "moto" ? SegmentLockOutcome.Done : SegmentLockOutcome.AlreadySo;
        await HoldAsync(bucket, false, 5, 6, never);
        var held = Assert.Single(await bucket.ListAsync(SegmentName.Format(1)));
        await RefusedAsync(bucket, held);
        await HoldAsync(bucket, false, 0, 6, never, SegmentLockOutcome.Done, SegmentLockOutcome.Done, SegmentLockOutcome.AlreadySo);
        foreach (var first in new[] { 1, 5 })
            await bucket.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket.Name, Key = "log/" + SegmentName.Format(first), VersionId = Assert.Single(await bucket.ListAsync(SegmentName.Format(first))).VersionId });
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task The_version_that_counts_is_locked_and_not_what_lies_over_or_under_it(string server)
    {
        await using var bucket = await LogAsync(server);
        var next = SegmentName.Format(7);
        await bucket.PutAsync(next, "garbage under it");
        await WriteAsync(bucket, 1, 1);
        await bucket.PutAsync(next, "garbage over it");
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/" + next);
        var results = await (await LockPlan.ForRetentionAsync(bucket.Store, new RetentionChange { Days = 30 }, 7, 7, null, default)).ApplyAsync().ToListAsync();
        var versions = await bucket.ListAsync(next);
        Assert.Equal([true, false, false, false], versions.Select(version => version.IsDeleteMarker));
        var (state, _) = Assert.Single(results);
        Assert.Equal((SegmentLockOutcome.Done, versions[2].VersionId), (state.Outcome, state.VersionId));
        foreach (var version in versions.Skip(1))
        {
            var seen = await bucket.Store.ReadRetentionAsync(version, default);
            Assert.Equal(version == versions[2], seen.Until > DateTimeOffset.UtcNow.AddDays(20));
        }
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Dates_past_the_end_of_32_bits_are_refused_and_the_lock_stays(string server)
    {
        await using var bucket = await LogAsync(server);
        var e = await Assert.ThrowsAsync<AuditException>(() => LockPlan.ForRetentionAsync(bucket.Store, new RetentionChange { Until = new DateTimeOffset(2106, 1, 1, 0, 0, 0, TimeSpan.Zero) }, 0, 6, null, default));
        Assert.Equal(AuditErrors.RetentionInvalid, e.ErrorId);
        var plan = await LockPlan.ForRetentionAsync(bucket.Store, new RetentionChange { Years = 99 }, 0, 6, null, default);
        Assert.Equal(0, plan.Changes);
        Assert.All(plan.Segments, result => Assert.Equal((SegmentLockOutcome.Refused, AuditErrors.RetentionInvalid), (result.Lock.Outcome, result.Error?.ErrorId)));
    }

    // moto's answer to the question for a lock can't be read there, so nothing is sent.
    [RgwFact]
    public async Task A_bucket_without_Object_Lock_says_so()
    {
        await using var bucket = await TestBucket.VersionedAsync("rgw");
        await MakeAsync(bucket, null);
        var hold = await (await LockPlan.ForLegalHoldAsync(bucket.Store, true, 0, 0, null, default)).ApplyAsync().ToListAsync();
        var retention = await (await LockPlan.ForRetentionAsync(bucket.Store, new RetentionChange { Days = 1, Mode = G }, 0, 0, null, default)).ApplyAsync().ToListAsync();
        Assert.All(hold.Concat(retention), result => Assert.Equal((SegmentLockOutcome.RefusedByEndpoint, AuditErrors.BucketWithoutObjectLock), (result.Lock.Outcome, result.Error?.ErrorId)));
    }

    // Only the gateway has rights that can be missing.
    [RgwFact]
    public async Task Without_the_right_to_lock_each_segment_says_so_and_without_the_right_to_look_none_is_touched()
    {
        await using var bucket = await LogAsync("rgw");
        string[] reading = ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetObject", "s3:GetObjectVersion"];
        await using var store = new AwsCloud().OpenStore(LogLocation.Parse($"s3://{bucket.Name}/log"), TestServers.RgwUser);

        await AllowAsync(bucket, [.. reading, "s3:GetObjectRetention", "s3:GetObjectLegalHold"]);
        foreach (var plan in new[] { await LockPlan.ForRetentionAsync(store, new RetentionChange { Days = 30 }, 0, 6, null, default), await LockPlan.ForLegalHoldAsync(store, true, 0, 6, null, default) })
        {
            var results = await plan.ApplyAsync().ToListAsync();
            Assert.Equal(4, results.Count);
            Assert.All(results, result => Assert.Equal((SegmentLockOutcome.NotPermitted, AuditErrors.AccessDenied), (result.Lock.Outcome, result.Error?.ErrorId)));
            Assert.All(results, result => Assert.Contains("s3:PutObject", result.Lock.Detail, StringComparison.Ordinal));
        }

        await AllowAsync(bucket, [.. reading, "s3:PutObjectRetention"]);
        var blind = await LockPlan.ForRetentionAsync(store, new RetentionChange { Days = 30 }, 0, 6, null, default);
        Assert.Equal(0, blind.Changes);
        Assert.All(blind.Segments, result => Assert.Equal((SegmentLockOutcome.NotSeen, AuditErrors.LockNotSeen), (result.Lock.Outcome, result.Error?.ErrorId)));
    }

    private static DateTimeOffset WholeSeconds(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeSeconds(moment.ToUnixTimeSeconds());

    private static async Task AllowAsync(TestBucket bucket, string[] actions) => await bucket.Client.PutBucketPolicyAsync(new PutBucketPolicyRequest
    {
        BucketName = bucket.Name,
        Policy = $$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/user"]},"Action":[{{string.Join(',', actions.Select(action => $"\"{action}\""))}}],"Resource":["arn:aws:s3:::{{bucket.Name}}","arn:aws:s3:::{{bucket.Name}}/*"]}]}
            """,
    });

    private static async Task RefusedAsync(TestBucket bucket, StoredVersion version)
    {
        var refusal = await TestBucket.RefusalAsync(() => bucket.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket.Name, Key = "log/" + version.Key, VersionId = version.VersionId, BypassGovernanceRetention = true }));
        Assert.Equal((HttpStatusCode.Forbidden, "AccessDenied"), (refusal.StatusCode, refusal.ErrorCode));
    }

    private static async Task<List<SegmentLockResult>> ExpectAsync(TestBucket bucket, RetentionChange change, SegmentLockOutcome outcome, RetentionMode mode, DateTimeOffset until, string? error = null)
    {
        var plan = await LockPlan.ForRetentionAsync(bucket.Store, change, 0, long.MaxValue, null, default);
        var results = await plan.ApplyAsync().ToListAsync();
        Assert.Equal(4, results.Count);
        Assert.All(results, result => Assert.Equal((outcome, mode, until, error), (result.Lock.Outcome, result.Lock.Mode, result.Lock.Until, result.Error?.ErrorId)));
        return results;
    }

    private static async Task HoldAsync(TestBucket bucket, bool on, long from, long to, params SegmentLockOutcome[] outcomes)
    {
        var results = await (await LockPlan.ForLegalHoldAsync(bucket.Store, on, from, to, null, default)).ApplyAsync().ToListAsync();
        Assert.Equal(outcomes.Length == 1 ? Enumerable.Repeat(outcomes[0], results.Count) : outcomes, results.Select(result => result.Lock.Outcome));
        Assert.All(results, result => Assert.Equal(on, result.Lock.LegalHold));
    }

    /// <summary>A log of four segments: the genesis, and three of two records each.</summary>
    private async Task<TestBucket> LogAsync(string server, int days = 1)
    {
        var bucket = await TestBucket.LockedAsync(server, days);
        await MakeAsync(bucket, days == 0 ? null : new PromisedRetention(G, days));
        await WriteAsync(bucket, 6, 2);
        return bucket;
    }

    private async Task MakeAsync(TestBucket bucket, PromisedRetention? retention) =>
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/locks", SealKey = _key, Retention = retention }, null, default);

    private async Task WriteAsync(TestBucket bucket, int count, int inOneCommit)
    {
        await using var writer = await AuditWriter.OpenAsync(bucket.Store, _key, null, default);
        for (var done = 0; done < count; done += inOneCommit)
        {
            var batch = writer.NewBatch();
            for (var i = 0; i < inOneCommit; i++)
                batch.Add(new AuditEvent { Action = "test:Event" });
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }
    }
}
