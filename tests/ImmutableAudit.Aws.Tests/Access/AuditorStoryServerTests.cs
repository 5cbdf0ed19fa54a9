using ImmutableAudit.Access;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>An auditor's whole way on a server that enforces roles: granted, taken, read, verified, proven, taken away.</summary>
public sealed class AuditorStoryServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;

    [RgwTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_verifiers_session_reads_and_verifies_until_the_role_is_revoked(bool putsPolicy)
    {
        await using var role = await RoleBucket.MakeAsync(RetentionMode.Compliance, putsPolicy);
        var at = await LogAsync(role);
        var granted = await GrantAsync(role, at, verifier: true);
        var session = await role.Identity.AssumeAsync(granted.Arn, "auditor", null, default);
        await using (var store = RoleBucket.Cloud.OpenStore(at, session))
        {
            var report = await ChainVerifier.VerifyAsync(store, null, default);
            Assert.True(report.Result == ChainResult.Passed && report.Findings.Count == 0, string.Join('\n', report.Findings));
            Assert.Equal(21, report.Records);
            var log = await AuditLog.OpenAsync(store, default);
            var proof = await log.ProveAsync(7);
            Assert.True(ProofVerifier.VerifyInclusion(proof.Proof.ToText(), proof.Record.Json, log.Sealers).IsValid);
        }

        var proven = await new ReadOnlyProof(RoleBucket.Cloud, role.Identity, TestServers.Rgw).RunAsync(at, role.RoleName, new ReadOnlyOptions { IsVerifier = true }, default);
        Assert.True(proven.IsProven, RoleBucket.Show(proven));
        await using (var owners = RoleBucket.Cloud.OpenStore(at, TestServers.Rgw))
            Assert.Equal(ChainResult.Passed, (await ChainVerifier.VerifyAsync(owners, null, default)).Result);

        await new RoleGrant(role.Identity).RevokeAsync(role.RoleName);
        await using var after = RoleBucket.Cloud.OpenStore(at, session);
        await Assert.ThrowsAsync<AuditException>(() => AuditLog.OpenAsync(after, default));
    }

    [RgwFact]
    public async Task A_plain_readers_session_reads_everything_and_cannot_say_what_lies_over_it()
    {
        await using var role = await RoleBucket.MakeAsync();
        var at = await LogAsync(role);
        var granted = await GrantAsync(role, at, verifier: false);
        var session = await role.Identity.AssumeAsync(granted.Arn, "auditor", null, default);
        Assert.Equal(21, await CountAsync(at, session));
        await using (var store = RoleBucket.Cloud.OpenStore(at, session))
        {
            var report = await ChainVerifier.VerifyAsync(store, null, default);
            Assert.Equal((ChainResult.Unknown, 21L), (report.Result, report.Records));
            var unseen = Assert.Single(report.Findings, finding => finding.Kind == FindingKind.VersionsUnseen);
            Assert.Contains("s3:ListBucketVersions", unseen.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(report.Findings, finding => finding.Severity == FindingSeverity.Failure);
        }

        // A writer must see the versions.
        using (var key = KeyFile.Open(Path.Combine(_folder, "audit.key"), default))
        await using (var store = RoleBucket.Cloud.OpenStore(at, session))
        {
            var e = await Assert.ThrowsAsync<AuditException>(() => AuditWriter.OpenAsync(store, key, null, default));
            Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
            Assert.Contains("s3:ListBucketVersions", e.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<AuditException>(async () => await store.PutAsync("segments/x", new byte[1], PutCondition.None, null, default));
        }

        // Garbage over a segment: nobody sees the genuine one under it, so it isn't called damaged; and nothing false is handed out.
        await using (var owners = RoleBucket.Cloud.OpenStore(at, TestServers.Rgw))
            await owners.PutAsync(SegmentName.Format(1), "garbage"u8.ToArray(), PutCondition.None, null, default);
        await using (var store = RoleBucket.Cloud.OpenStore(at, session))
        {
            var report = await ChainVerifier.VerifyAsync(store, null, default);
            Assert.Equal(ChainResult.Unknown, report.Result);
            Assert.DoesNotContain(report.Findings, finding => finding.Severity == FindingSeverity.Failure);
            Assert.Equal(AuditErrors.EndInDoubt, (await AuditLog.OpenAsync(store, default)).Doubt!.ErrorId);
        }

        Assert.Equal(1, await CountAsync(at, session));
    }

    private static async Task<int> CountAsync(LogLocation at, CloudConnection session)
    {
        await using var store = RoleBucket.Cloud.OpenStore(at, session);
        var count = 0;
        await foreach (var record in (await AuditLog.OpenAsync(store, default)).ReadAsync(0, long.MaxValue))
            count++;
        return count;
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private async Task<LogLocation> LogAsync(RoleBucket role)
    {
        var at = LogLocation.Parse($"s3://{role.Bucket.Name}/story");
        using var key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);
        await using var store = RoleBucket.Cloud.OpenStore(at, TestServers.Rgw);
        var mode = (await store.ReadDefaultRetentionAsync(default)).Mode!.Value;
        await AuditLog.CreateAsync(store, new LogPlan { Name = "test/story", SealKey = key, Retention = new PromisedRetention(mode, 1) }, null, default);
        await using var writer = await AuditWriter.OpenAsync(store, key, null, default);
        for (var commit = 0; commit < 2; commit++)
        {
            var batch = writer.NewBatch();
            for (var i = 0; i < 10; i++)
                batch.Add(new AuditEvent { Action = "test:Event", ActorId = $"actor-{i}" });
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }

        return at;
    }

    private static async Task<RoleState> GrantAsync(RoleBucket role, LogLocation at, bool verifier)
    {
        var report = await new RoleGrant(role.Identity).EnsureAsync(new ReaderRolePlan { Name = role.RoleName, Log = at, Trust = RoleBucket.Trust, Verifier = verifier });
        Assert.True(report.IsReady, string.Join('\n', report.Steps));
        return report.Role!;
    }
}
