using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Access;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>A writer's role on a server that enforces it: it appends, and can do nothing to what was written.</summary>
public sealed class WriterRoleServerTests
{
    [RgwTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_writers_session_appends_and_can_undo_nothing(bool putsPolicy)
    {
        var folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;
        try
        {
            using var key = KeyFile.Create(Path.Combine(folder, "audit.key"), default);
            await using var role = await RoleBucket.MakeAsync(RetentionMode.Governance, putsPolicy);
            var at = LogLocation.Parse($"s3://{role.Bucket.Name}/writers");
            await using var owners = RoleBucket.Cloud.OpenStore(at, TestServers.Rgw);
            await AuditLog.CreateAsync(owners, new LogPlan { Name = "test/log", SealKey = key, Retention = new PromisedRetention(RetentionMode.Governance, 1) }, null, default);
            var granted = await new RoleGrant(role.Identity).EnsureAsync(new WriterRolePlan { Name = role.RoleName, Log = at, Trust = RoleBucket.Trust });
            Assert.True(granted.IsReady, string.Join('\n', granted.Steps));
            var session = await role.Identity.AssumeAsync(granted.Role!.Arn, "writer", null, default);

            await using var store = RoleBucket.Cloud.OpenStore(at, session);
            await using (var writer = await AuditWriter.OpenAsync(store, key, null, default))
            {
                for (var commit = 0; commit < 3; commit++)
                {
                    var batch = writer.NewBatch();
                    for (var i = 0; i < 5; i++)
                        batch.Add(new AuditEvent { Action = "test:Event", ActorId = $"actor-{i}" });
                    var result = await writer.CommitAsync(batch, default);
                    Assert.Null(result.Failure);
                    Assert.All(result.Receipts(), receipt => Assert.Equal(LockState.AsPromised, receipt.Lock));
                }
            }

            var log = await AuditLog.OpenAsync(store, default);
            var read = 0;
            await foreach (var record in log.ReadAsync(0, long.MaxValue))
                read++;
            Assert.Equal(16, read);

            await using var insider = TestBucket.Open(session, role.Bucket.Name);
            var versions = (await insider.Client.ListVersionsAsync(new ListVersionsRequest { BucketName = role.Bucket.Name, Prefix = "writers/segments/" })).Versions;
            var one = versions[0];
            var (s3, bucket) = (insider.Client, role.Bucket.Name);
            (string What, Func<Task> Try)[] attempts =
            [
                ("delete", () => s3.DeleteObjectAsync(bucket, one.Key)),
                ("delete a version", () => s3.DeleteObjectAsync(bucket, one.Key, one.VersionId)),
                ("bypass", () => s3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket, Key = one.Key, VersionId = one.VersionId, BypassGovernanceRetention = true })),
                ("extend a lock", () => s3.PutObjectRetentionAsync(Retention(one, 40, false))),
                ("shorten a lock", () => s3.PutObjectRetentionAsync(Retention(one, 0, true))),
                ("legal hold", () => s3.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest { BucketName = bucket, Key = one.Key, VersionId = one.VersionId, LegalHold = new ObjectLockLegalHold { Status = ObjectLockLegalHoldStatus.On } })),
                ("tag", () => s3.PutObjectTaggingAsync(new PutObjectTaggingRequest { BucketName = bucket, Key = one.Key, Tagging = new Tagging { TagSet = [new Tag { Key = "a", Value = "b" }] } })),
                ("policy", () => s3.PutBucketPolicyAsync(bucket, """{"Version":"2012-10-17","Statement":[]}""")),
                ("take the policy off", () => s3.DeleteBucketPolicyAsync(bucket)),
                ("versioning", () => s3.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Suspended } })),
                ("lock configuration", () => s3.PutObjectLockConfigurationAsync(new PutObjectLockConfigurationRequest { BucketName = bucket, ObjectLockConfiguration = new ObjectLockConfiguration { ObjectLockEnabled = ObjectLockEnabled.Enabled } })),
                ("lifecycle", () => s3.DeleteLifecycleConfigurationAsync(bucket)),
                ("remove the bucket", () => s3.DeleteBucketAsync(bucket)),
                ("put elsewhere in the log", () => s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "writers/else", ContentBody = "x" })),
                ("put outside the log", () => s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "log/segments/one", ContentBody = "x" })),
                ("read another log", () => s3.GetObjectAsync(bucket, "log/segments/one")),
            ];
            foreach (var (what, attempt) in attempts)
            {
                var refusal = await Record.ExceptionAsync(attempt) as AmazonS3Exception;
                Assert.True(refusal is { StatusCode: HttpStatusCode.Forbidden, ErrorCode: "AccessDenied" }, $"{what}: {refusal?.StatusCode} {refusal?.ErrorCode} {refusal?.Message}");
            }

            // Not as the owner: Ceph gives objects to who took the role, and the bucket's owner can't read them; AWS can be told otherwise.
            var report = await ChainVerifier.VerifyAsync(store, null, default);
            Assert.True((report.Result, report.Records) == (ChainResult.Passed, 16L), string.Join('\n', report.Findings));
            Assert.Empty(report.Findings);

            PutObjectRetentionRequest Retention(S3ObjectVersion version, int days, bool bypass) => new()
            {
                BucketName = bucket, Key = version.Key, VersionId = version.VersionId, BypassGovernanceRetention = bypass,
                Retention = new ObjectLockRetention { Mode = ObjectLockRetentionMode.Governance, RetainUntilDate = DateTime.UtcNow.AddDays(days).AddMinutes(5) },
            };
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
