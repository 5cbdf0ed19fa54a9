using System.Net;
using Amazon.S3.Model;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>Roles proven to read only, and sabotaged ones found, on a server that enforces what roles may.</summary>
public sealed class ReadOnlyProofServerTests
{
    [RgwFact]
    public Task A_reader_alone_is_kept_from_changing_anything() => ProvenAsync(false, false, RetentionMode.Governance);

    [RgwFact]
    public Task A_reader_of_a_bucket_with_a_policy_is_kept_from_changing_anything() => ProvenAsync(false, true, RetentionMode.Compliance);

    [RgwFact]
    public Task A_verifier_alone_is_kept_from_changing_anything() => ProvenAsync(true, false, RetentionMode.Compliance);

    [RgwFact]
    public Task A_verifier_of_a_bucket_with_a_policy_is_kept_from_changing_anything() => ProvenAsync(true, true, RetentionMode.Governance);

    private static async Task ProvenAsync(bool verifier, bool putsPolicy, RetentionMode mode)
    {
        await using var role = await RoleBucket.MakeAsync(mode, putsPolicy);
        await role.GrantAsync(verifier);
        var before = await role.LookAsync();
        var report = await role.ProveAsync(verifier);
        Assert.True(report.IsProven, RoleBucket.Show(report));
        Assert.True(report.WasTried);
        Assert.False(report.WasSimulated);
        var tried = report.Rows.Where(row => row.Seen is not (null or AttemptOutcome.NotTried)).ToList();
        Assert.True(tried.Count(row => !row.ShouldBeAllowed && row.Seen == AttemptOutcome.Refused) >= 18, RoleBucket.Show(report));
        Assert.All(tried, row => Assert.True(row.Seen == (row.ShouldBeAllowed ? AttemptOutcome.Allowed : AttemptOutcome.Refused), row.ToString()));
        Assert.Contains(tried, row => row is { Action: "s3:GetObject", Seen: AttemptOutcome.Allowed });
        Assert.Equal(verifier, tried.Any(row => row is { Action: "s3:GetObjectVersion", Seen: AttemptOutcome.Allowed }));
        Assert.Equal(before, await role.LookAsync());

        // Locks, and the bucket's own policy, hold what the attempts were made against; otherwise nothing stays.
        var left = await role.LeftAsync();
        var isHeld = putsPolicy || mode == RetentionMode.Compliance;
        Assert.Equal(isHeld, left.Count > 0);
        Assert.Equal(isHeld, report.Notes.Any(note => note.StartsWith("Left under", StringComparison.Ordinal) && note.Contains("locked until", StringComparison.Ordinal)));
    }

    public static TheoryData<string, string[]> Sabotages() => new()
    {
        { "\"s3:*\"", ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:PutObjectTagging", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutBucketObjectLockConfiguration"] },
        { "\"s3:Put*\"", ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:PutObjectTagging", "s3:PutBucketPolicy", "s3:PutBucketVersioning"] },
        { "\"s3:*Object\"", ["s3:PutObject", "s3:DeleteObject"] },
        { "\"s3:P?tObject\"", ["s3:PutObject"] },
        { "\"s3:*Object*Ret*\"", ["s3:PutObjectRetention"] },
        { "\"s3:PutObject\"", ["s3:PutObject"] },
        { "\"s3:DeleteObject\"", ["s3:DeleteObject"] },
        { "\"s3:DeleteObjectVersion\"", ["s3:DeleteObjectVersion"] },
        { "\"s3:PutObjectRetention\"", ["s3:PutObjectRetention"] },
        { "\"s3:PutObjectLegalHold\"", ["s3:PutObjectLegalHold"] },
        { "\"s3:PutObjectTagging\"", ["s3:PutObjectTagging"] },
        { "\"s3:DeleteObjectTagging\"", ["s3:DeleteObjectTagging"] },
        { "\"s3:PutObjectAcl\"", ["s3:PutObjectAcl"] },
        { "\"s3:PutBucketPolicy\"", ["s3:PutBucketPolicy"] },
        { "\"s3:PutBucketVersioning\"", ["s3:PutBucketVersioning"] },
        { "\"s3:PutLifecycleConfiguration\"", ["s3:PutLifecycleConfiguration"] },
        { "\"s3:PutBucketObjectLockConfiguration\"", ["s3:PutBucketObjectLockConfiguration"] },
        { "\"s3:PutBucketPublicAccessBlock\"", ["s3:PutBucketPublicAccessBlock"] },
        { "[\"s3:GetObject\",\"s3:PutObject\",\"s3:DeleteObject\"]", ["s3:PutObject", "s3:DeleteObject"] },
    };

    [RgwTheory]
    [MemberData(nameof(Sabotages))]
    public async Task A_second_policy_in_the_role_is_found_by_documents_and_by_trying(string actions, string[] expected)
    {
        await using var role = await RoleBucket.MakeAsync();
        await role.GrantAsync();
        await role.SabotageAsync(actions);
        await FoundAsync(role, expected, "inline policy 'second'", "Sabotage");
    }

    // Ceph takes NotAction and gives nothing by it, so only the documents tell.
    [RgwFact]
    public async Task A_policy_that_allows_all_but_reading_is_found_by_documents()
    {
        await using var role = await RoleBucket.MakeAsync();
        await role.GrantAsync();
        await role.SabotageAsync("[\"s3:GetObject\",\"s3:ListBucket\"]", "NotAction");
        var report = await role.ProveAsync();
        Assert.Equal(ProofVerdict.Failed, report.Result);
        foreach (var action in new[] { "s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy" })
            Assert.Contains(report.Rows, row => row.Action == action && row.Verdict == ProofVerdict.Failed && row.OpenedBy.Any(one => one.EndsWith("(Sabotage)", StringComparison.Ordinal)));
    }

    [RgwFact]
    public async Task A_bucket_that_lets_the_role_in_is_found()
    {
        await using var role = await RoleBucket.MakeAsync();
        await role.GrantAsync();
        await role.Bucket.Client.PutBucketPolicyAsync(new PutBucketPolicyRequest
        {
            BucketName = role.Bucket.Name,
            Policy = $$"""{"Version":"2012-10-17","Statement":[{"Sid":"Opens","Effect":"Allow","Principal":"*","Action":["s3:PutObject","s3:PutObjectTagging"],"Resource":"arn:aws:s3:::{{role.Bucket.Name}}/*"}]}""",
        });
        await FoundAsync(role, ["s3:PutObject", "s3:PutObjectTagging"], "the bucket's policy", "Opens");
    }

    private static async Task FoundAsync(RoleBucket role, string[] expected, string document, string sid)
    {
        var before = await role.LookAsync();
        var report = await role.ProveAsync();
        Assert.True(report.Result == ProofVerdict.Failed, RoleBucket.Show(report));
        foreach (var action in expected)
        {
            var rows = report.Rows.Where(row => row.Action == action && !row.ShouldBeAllowed).ToList();
            Assert.True(rows.Any(row => row is { Seen: AttemptOutcome.Allowed, Verdict: ProofVerdict.Failed }), $"{action} wasn't seen to be let through:\n{RoleBucket.Show(report)}");
            Assert.True(rows.Any(row => row.OpenedBy.Any(one => one.StartsWith(document + ", statement", StringComparison.Ordinal) && one.EndsWith($"({sid})", StringComparison.Ordinal))), $"{action} isn't opened by {sid}:\n{RoleBucket.Show(report)}");
        }

        // A row that was neither refused nor let through would be a gap in what can be tried.
        Assert.DoesNotContain(report.Rows, row => row.Seen == AttemptOutcome.Unclear);
        Assert.Equal(before, await role.LookAsync());
        Assert.Empty(await role.LeftAsync());
    }

    [RgwFact]
    public async Task Under_the_buckets_policy_even_a_role_with_everything_deletes_and_configures_nothing()
    {
        await using var role = await RoleBucket.MakeAsync(RetentionMode.Compliance, putsPolicy: true);
        await role.GrantAsync();
        await role.SabotageAsync("\"s3:*\"");
        var before = await role.LookAsync();
        var report = await role.ProveAsync();
        Assert.Equal(ProofVerdict.Failed, report.Result);
        string[] denied =
        [
            "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration",
            "s3:PutBucketObjectLockConfiguration", "s3:PutBucketPublicAccessBlock",
        ];
        foreach (var action in denied)
        {
            var seen = report.Rows.Where(row => row.Action == action && row.Seen is not null).ToList();
            Assert.True(seen.Count > 0 && seen.All(row => row.Seen == AttemptOutcome.Refused), $"{action}\n{RoleBucket.Show(report)}");
        }

        // It may put, which the log survives, and replace the policy, which nobody is denied.
        Assert.Contains(report.Rows, row => row is { Action: "s3:PutObject", Seen: AttemptOutcome.Allowed });
        Assert.Contains(report.Rows, row => row is { Action: "s3:PutBucketPolicy", Seen: AttemptOutcome.Allowed });
        Assert.Equal(before, await role.LookAsync());
    }

    [RgwTheory]
    [InlineData(RetentionMode.Governance, AttemptOutcome.Allowed)]
    [InlineData(RetentionMode.Compliance, AttemptOutcome.Refused)]
    public async Task Governance_falls_to_who_may_bypass_it_and_compliance_to_nobody(RetentionMode mode, AttemptOutcome expected)
    {
        await using var role = await RoleBucket.MakeAsync(mode);
        await role.GrantAsync();
        await role.SabotageAsync("\"s3:*\"");
        var report = await role.ProveAsync();
        Assert.Equal(ProofVerdict.Failed, report.Result);
        var bypass = report.Rows.Single(row => row.What == "remove a locked version with the bypass");
        Assert.Equal((expected, AttemptOutcome.Refused), (bypass.Seen, report.Rows.Single(row => row.What == "remove a locked version").Seen));
        var left = await role.LeftAsync();
        Assert.Equal(mode == RetentionMode.Compliance, left.Count > 0);
        Assert.Equal(mode == RetentionMode.Compliance, report.Notes.Any(note => note.StartsWith("Left under", StringComparison.Ordinal)));
    }

    [RgwFact]
    public async Task Access_ends_when_the_role_is_revoked_for_sessions_too()
    {
        await using var role = await RoleBucket.MakeAsync();
        var arn = (await role.GrantAsync()).Role!.Arn;
        using var user = RoleBucket.Cloud.OpenIdentity(TestServers.RgwUser);
        await using var reader = TestBucket.Open(await user.AssumeAsync(arn, "auditor", null, default), role.Bucket.Name);
        using (await reader.Client.GetObjectAsync(role.Bucket.Name, "log/segments/one"))
        {
        }

        var report = await new RoleGrant(role.Identity).RevokeAsync(role.RoleName);
        Assert.True(report.IsReady, string.Join('\n', report.Steps));
        var refused = await Assert.ThrowsAsync<AuditException>(async () => await user.AssumeAsync(arn, "auditor", null, default));
        Assert.Contains(refused.ErrorId, new[] { AuditErrors.AccessDenied, AuditErrors.RoleNotFound });
        var e = await TestBucket.RefusalAsync(() => reader.Client.GetObjectAsync(role.Bucket.Name, "log/segments/one"));
        Assert.Equal(HttpStatusCode.Forbidden, e.StatusCode);
        var none = await Assert.ThrowsAsync<AuditException>(() => role.ProveAsync());
        Assert.Equal(AuditErrors.RoleNotFound, none.ErrorId);
    }

    [RgwFact]
    public async Task Who_may_not_take_the_role_is_told_and_nothing_is_claimed()
    {
        await using var role = await RoleBucket.MakeAsync();
        await role.GrantAsync();
        await role.Identity.PutTrustAsync(role.RoleName, new TrustPlan { Principals = ["arn:aws:iam:::user/stranger"] }.ToDocument(), default);
        var report = await role.ProveAsync();
        Assert.Equal((ProofVerdict.Unknown, false), (report.Result, report.WasTried));
        Assert.Contains(report.Rows, row => row.What == "assuming the role" && row.Detail!.Contains("-SkipLive", StringComparison.Ordinal));
        Assert.Empty(await role.LeftAsync());
    }
}
