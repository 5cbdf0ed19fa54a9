using System.Net;
using System.Text;
using System.Text.Json;
using Amazon.S3.Model;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Aws.Tests;

/// <summary>The main job end to end on real servers: a locked bucket, a log, events, verification.</summary>
public sealed class LogServerTests : IDisposable
{
    private const int Days = 30;
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;
    private readonly KeyFile _key;

    public LogServerTests() => _key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, true);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Events_are_locked_read_back_and_verified_and_no_version_can_be_deleted(string server)
    {
        await using var bucket = await LogBucketAsync(server);
        var events = Enumerable.Range(0, 900).Select(i => new AuditEvent { Action = "s3:GetObject", ActorId = "alice", ResourceId = $"s3://payroll/{i}", Time = DateTimeOffset.UnixEpoch.AddSeconds(i) }).ToList();
        var receipts = await WriteAsync(bucket.Store, events, 400);
        Assert.Equal(900, receipts.Count);
        Assert.All(receipts, receipt =>
        {
            Assert.Equal(LockState.AsPromised, receipt.Lock);
            Assert.NotNull(receipt.VersionId);
            Assert.True(receipt.LockedUntil > DateTimeOffset.UtcNow.AddDays(Days - 1));
        });

        var records = await ReadAsync(bucket.Store);
        Assert.Equal(events.Select(e => e.ResourceId), records.Skip(1).Select(record => record.ResourceId));
        Assert.Equal(receipts.Select(receipt => receipt.LeafHash), records.Skip(1).Select(record => record.LeafHash));
        await PassesAsync(bucket.Store, 901);

        foreach (var version in await bucket.ListAsync("segments/"))
        {
            var seen = await bucket.Store.ReadRetentionAsync(version, default);
            Assert.Equal((RetentionKnowledge.Locked, RetentionMode.Compliance), (seen.Knowledge, seen.Mode));
            Assert.InRange(seen.Until!.Value, version.LastModified.AddDays(Days).AddMinutes(-1), version.LastModified.AddDays(Days).AddMinutes(1));
            var refusal = await TestBucket.RefusalAsync(() => bucket.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket.Name, Key = "log/" + version.Key, VersionId = version.VersionId, BypassGovernanceRetention = true }));
            Assert.Equal((HttpStatusCode.Forbidden, "AccessDenied"), (refusal.StatusCode, refusal.ErrorCode));
        }
    }

    [BothServersSharedTheory("cloudtrail")]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Every_real_CloudTrail_event_is_read_back_as_it_was_written(string server)
    {
        var events = new List<AuditEvent>();
        await foreach (var entry in CloudTrailReader.ReadPathAsync(SharedData.Folder("cloudtrail")!))
            events.Add(entry.Event!);
        Assert.True(events.Count >= 2900);

        await using var bucket = await LogBucketAsync(server, putsPolicy: true);
        await WriteAsync(bucket.Store, events, 1000);
        var records = await ReadAsync(bucket.Store);
        Assert.Equal(events.Select(e => e.Data!.ToString()), records.Skip(1).Select(record => record.Data));
        Assert.Equal(events.Select(e => (e.Action, e.ActorId, e.Time)), records.Skip(1).Select(record => (record.Action, record.ActorId, (DateTimeOffset?)record.Time)));
        await PassesAsync(bucket.Store, events.Count + 1);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task There_is_one_log_at_a_place(string server)
    {
        await using var bucket = await LogBucketAsync(server, putsPolicy: true);
        var error = await Assert.ThrowsAsync<AuditException>(() => CreateAsync(bucket.Store));
        Assert.Equal(AuditErrors.LogAlreadyExists, error.ErrorId);
        await PassesAsync(bucket.Store, 1);

        await using var empty = await TestBucket.LockedAsync(server, Days);
        var none = await Assert.ThrowsAsync<AuditException>(() => AuditLog.OpenAsync(empty.Store, default));
        Assert.Equal(AuditErrors.LogNotFound, none.ErrorId);
    }

    // The bucket's own policy denies what an insider tries here, before any lock is asked; most tests are about the lock.
    private async Task<TestBucket> LogBucketAsync(string server, bool putsPolicy = false)
    {
        var bucket = await TestBucket.LockedAsync(server);
        var report = await new AwsCloud().CreateBucketAsync(new BucketPlan { Name = bucket.Name, RetentionDays = Days, PutsPolicy = putsPolicy }, bucket.Connection, default);
        Assert.True(report.IsReady, string.Join("; ", report.Steps));
        await CreateAsync(bucket.Store);
        return bucket;
    }

    private Task<AuditLog> CreateAsync(IObjectStore store) =>
        AuditLog.CreateAsync(store, new LogPlan { Name = "test/log", SealKey = _key, Retention = new PromisedRetention(RetentionMode.Compliance, Days) }, null, default);

    private async Task<List<AuditReceipt>> WriteAsync(IObjectStore store, List<AuditEvent> events, int inOneCommit)
    {
        await using var writer = await AuditWriter.OpenAsync(store, _key, null, default);
        var receipts = new List<AuditReceipt>();
        foreach (var part in events.Chunk(inOneCommit))
        {
            var batch = writer.NewBatch();
            foreach (var auditEvent in part)
                batch.Add(auditEvent);
            var result = await writer.CommitAsync(batch, default);
            Assert.Null(result.Failure);
            receipts.AddRange(result.Receipts());
        }

        return receipts;
    }

    private static async Task<List<AuditRecord>> ReadAsync(IObjectStore store)
    {
        var log = await AuditLog.OpenAsync(store, default);
        var records = new List<AuditRecord>();
        await foreach (var record in log.ReadAsync(0, long.MaxValue))
            records.Add(record);
        return records;
    }

    private static async Task PassesAsync(IObjectStore store, long records)
    {
        var report = await ChainVerifier.VerifyAsync(store, null, default);
        Assert.Empty(report.Findings);
        Assert.Equal((ChainResult.Passed, records), (report.Result, report.Records));
    }
}
