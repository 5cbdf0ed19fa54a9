using System.Net;
using System.Text.Json;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>Setting up buckets on real servers.</summary>
public sealed class BucketSetupServerTests
{
    private static readonly AwsCloud Cloud = new();

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_new_bucket_is_ready_and_a_second_run_changes_nothing(string server)
    {
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), Mode = RetentionMode.Governance, RetentionDays = 3 };
        var first = await RunAsync(server, plan);
        Assert.True(first.IsReady, Show(first));
        Assert.Equal((plan.Name, "s3://" + plan.Name), (first.Bucket, first.Location));
        Assert.Equal((RetentionMode.Governance, 3), (first.Mode, first.RetentionDays));
        Assert.Equal(
            ["Bucket", "ObjectLock", "Versioning", "DefaultRetention", "PublicAccessBlock", "Encryption", "Ownership", "Policy"], first.Steps.Select(s => s.Name));
        Assert.All(first.Steps.Take(5), step => Assert.True(step.Outcome == BucketStepOutcome.Done, Show(first)));
        Assert.Equal([true, true, true, true, false, false, false, false], first.Steps.Select(s => s.Essential));

        var hardening = server == "rgw" ? BucketStepOutcome.RefusedByEndpoint : BucketStepOutcome.Done;
        Assert.All(first.Steps.Skip(5).Take(2), step => Assert.True(step.Outcome == hardening, Show(first)));
        if (server == "rgw")
            Assert.All(first.Steps.Skip(5).Take(2), step => Assert.Contains("InvalidArgument (HTTP 400", step.Detail, StringComparison.Ordinal));

        var policy = first.Steps[7];
        Assert.True(policy.Outcome == BucketStepOutcome.Done, Show(first));
        Assert.Contains("NoDelete", policy.Seen, StringComparison.Ordinal);
        Assert.Contains("ConditionOnly", policy.Detail, StringComparison.Ordinal); // neither server tells policies of it

        var second = await RunAsync(server, plan);
        Assert.True(second.IsReady, Show(second));
        Assert.Equal(BucketStepOutcome.AlreadySo, second.Steps[7].Outcome);
        Assert.All(second.Steps.Take(5), step => Assert.True(step.Outcome == BucketStepOutcome.AlreadySo, Show(second)));
        Assert.Equal(first.Steps.Select(s => s.Seen), second.Steps.Select(s => s.Seen));

        // What was hardened must still take the log's own objects.
        await using var store = Cloud.OpenStore(LogLocation.Parse(first.Location + "/log"), TestServers.Of(server));
        Assert.Equal(PutOutcome.Stored, (await store.PutAsync("k", new byte[] { 1 }, PutCondition.Absent, null, default)).Outcome);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_dry_run_tells_and_changes_nothing(string server)
    {
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), RetentionYears = 7, DryRun = true };
        var absent = await RunAsync(server, plan);
        Assert.All(absent.Steps, step => Assert.Equal(BucketStepOutcome.WouldDo, step.Outcome));
        Assert.False(absent.IsReady);
        Assert.Null(absent.Mode);
        Assert.True((await RunAsync(server, plan)).Steps[0].Outcome == BucketStepOutcome.WouldDo, "The dry run has made the bucket.");

        var asked = plan with { DryRun = false, RetentionYears = null, RetentionDays = 2, Mode = RetentionMode.Governance };
        await RunAsync(server, asked);
        var longer = await RunAsync(server, plan);
        Assert.Equal(BucketStepOutcome.WouldDo, longer.Steps.Single(s => s.Name == "DefaultRetention").Outcome);
        Assert.Equal((RetentionMode.Governance, 2), (longer.Mode, longer.RetentionDays));
        Assert.Equal(2, (await RunAsync(server, asked)).RetentionDays);
    }

    [RgwFact]
    public async Task A_default_lock_is_strengthened_and_never_weakened()
    {
        var name = TestServers.NewBucketName();
        var plan = new BucketPlan { Name = name, Mode = RetentionMode.Governance, RetentionDays = 10 };
        await RunAsync("rgw", plan);

        await ExpectAsync(plan with { RetentionDays = 5 }, BucketStepOutcome.KeptStronger, RetentionMode.Governance, 10);
        await ExpectAsync(plan with { RetentionDays = 20 }, BucketStepOutcome.Done, RetentionMode.Governance, 20);
        var raised = await ExpectAsync(plan with { RetentionDays = 5, Mode = RetentionMode.Compliance }, BucketStepOutcome.Done, RetentionMode.Compliance, 20);
        Assert.Contains("longer period", raised.Detail, StringComparison.Ordinal);
        await ExpectAsync(plan with { RetentionDays = 20 }, BucketStepOutcome.KeptStronger, RetentionMode.Compliance, 20);
        var mixed = await ExpectAsync(plan with { RetentionDays = null, RetentionYears = 1 }, BucketStepOutcome.Done, RetentionMode.Compliance, 365);
        Assert.Contains("COMPLIANCE was in place", mixed.Detail, StringComparison.Ordinal);
        await ExpectAsync(plan with { RetentionDays = 365, Mode = RetentionMode.Compliance }, BucketStepOutcome.AlreadySo, RetentionMode.Compliance, 365);
        await ExpectAsync(plan with { RetentionDays = 364, Mode = RetentionMode.Compliance }, BucketStepOutcome.KeptStronger, RetentionMode.Compliance, 365);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_bucket_that_has_no_Object_Lock_gets_it_where_the_endpoint_can(string server)
    {
        await using var bucket = await TestBucket.PlainAsync(server);
        var report = await RunAsync(server, new BucketPlan { Name = bucket.Name, RetentionDays = 1, Mode = RetentionMode.Governance });
        Assert.Equal(BucketStepOutcome.AlreadySo, report.Steps[0].Outcome);
        if (server == "moto")
        {
            Assert.True(report.IsReady, Show(report));
            return;
        }

        Assert.False(report.IsReady);
        Assert.Equal(BucketStepOutcome.RefusedByEndpoint, report.Steps[1].Outcome);
        Assert.Contains("InvalidBucketState", report.Steps[1].Detail, StringComparison.Ordinal);
        Assert.All(report.Steps.Skip(2), step => Assert.Equal(BucketStepOutcome.Skipped, step.Outcome));
        var versioning = await bucket.Client.GetBucketVersioningAsync(bucket.Name);
        Assert.NotEqual(VersionStatus.Enabled, versioning.VersioningConfig?.Status);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task The_policy_leaves_the_statements_of_others_and_may_be_left_out(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server);
        var theirs = $$"""{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{bucket.Name}}/secret/*"}]}""";
        await bucket.Client.PutBucketPolicyAsync(new PutBucketPolicyRequest { BucketName = bucket.Name, Policy = theirs });
        var plan = new BucketPlan { Name = bucket.Name, RetentionDays = 3, Mode = RetentionMode.Governance };

        var without = await RunAsync(server, plan with { PutsPolicy = false });
        Assert.DoesNotContain(without.Steps, step => step.Name == "Policy");
        Assert.Equal(["Theirs"], await SidsAsync(bucket));

        var dry = await RunAsync(server, plan with { DryRun = true });
        Assert.Equal((BucketStepOutcome.WouldDo, "a policy without these denials"), (dry.Steps[7].Outcome, dry.Steps[7].Seen));
        Assert.Equal(["Theirs"], await SidsAsync(bucket));

        Assert.Equal(BucketStepOutcome.Done, (await RunAsync(server, plan)).Steps[7].Outcome);
        var sids = await SidsAsync(bucket);
        Assert.Equal("Theirs", sids[0]);
        Assert.All(sids.Skip(1), sid => Assert.True(LogBucketPolicy.IsOwn(sid)));
        Assert.Equal(BucketStepOutcome.AlreadySo, (await RunAsync(server, plan)).Steps[7].Outcome);
        Assert.Equal(sids, await SidsAsync(bucket));
    }

    [RgwFact]
    public async Task A_bucket_is_strengthened_though_its_own_policy_denies_that_and_the_policy_is_back_afterwards()
    {
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), RetentionDays = 3, Mode = RetentionMode.Governance };
        await RunAsync("rgw", plan);
        var before = (await Cloud.ReadBucketAsync(plan.Name, TestServers.Rgw, default)).Policy.Value;
        await using var opened = TestBucket.Open(TestServers.Rgw, plan.Name);
        var refusal = await TestBucket.RefusalAsync(() => opened.Client.PutBucketVersioningAsync(
            new PutBucketVersioningRequest { BucketName = plan.Name, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } }));
        Assert.Equal((HttpStatusCode.Forbidden, "AccessDenied"), (refusal.StatusCode, refusal.ErrorCode));

        var longer = await RunAsync("rgw", plan with { RetentionDays = 30, Mode = RetentionMode.Compliance });
        Assert.Equal((RetentionMode.Compliance, 30), (longer.Mode, longer.RetentionDays));
        Assert.Equal(BucketStepOutcome.Done, longer.Steps.Single(step => step.Name == "DefaultRetention").Outcome);
        Assert.Equal(BucketStepOutcome.Done, longer.Steps.Single(step => step.Name == "Policy").Outcome);
        var after = await Cloud.ReadBucketAsync(plan.Name, TestServers.Rgw, default);
        Assert.Equal(before, after.Policy.Value);
        Assert.Equal(new ObjectLockFact(true, RetentionMode.Compliance, 30), after.ObjectLock.Value);
    }

    [RgwFact]
    public async Task The_policy_is_back_where_a_step_failed_after_it_was_lifted()
    {
        // Ceph can't switch Object Lock on later, so that step fails, first by our policy, then for good.
        await using var bucket = await TestBucket.VersionedAsync("rgw");
        var plan = new LogBucketPolicyPlan { Log = LogLocation.Parse("s3://" + bucket.Name), AllLogs = true, RequireTls = false };
        await bucket.Client.PutBucketPolicyAsync(new PutBucketPolicyRequest { BucketName = bucket.Name, Policy = LogBucketPolicy.For(plan, false).ToDocument() });
        var before = await SidsAsync(bucket);
        var report = await RunAsync("rgw", new BucketPlan { Name = bucket.Name, RetentionDays = 1 });
        Assert.False(report.IsReady);
        Assert.Equal(before, await SidsAsync(bucket));
        Assert.Contains("is back", report.Steps[^1].Detail, StringComparison.Ordinal);
    }

    [RgwFact]
    public async Task Somebody_elses_bucket_is_not_touched()
    {
        var name = TestServers.NewBucketName();
        await RunAsync("rgw", new BucketPlan { Name = name, RetentionDays = 1 });
        foreach (var dryRun in new[] { true, false })
        {
            var e = await Assert.ThrowsAsync<AuditException>(async () =>
                await Cloud.CreateBucketAsync(new BucketPlan { Name = name, RetentionDays = 9, DryRun = dryRun }, TestServers.RgwUser, default));
            Assert.Equal(AuditErrors.BucketNotOwned, e.ErrorId);
        }
    }

    [RgwFact]
    public async Task An_existing_block_of_public_ACLs_is_kept_and_told()
    {
        await using var bucket = await TestBucket.LockedAsync("rgw");
        await bucket.Client.PutPublicAccessBlockAsync(new PutPublicAccessBlockRequest
        {
            BucketName = bucket.Name, PublicAccessBlockConfiguration = new PublicAccessBlockConfiguration { BlockPublicAcls = true },
        });
        var report = await RunAsync("rgw", new BucketPlan { Name = bucket.Name, RetentionDays = 1, Mode = RetentionMode.Governance });
        var step = report.Steps.Single(s => s.Name == "PublicAccessBlock");
        Assert.Equal(BucketStepOutcome.Done, step.Outcome);
        Assert.Contains("BlockPublicAcls", step.Seen, StringComparison.Ordinal);
        Assert.Contains("every PutObject", step.Detail, StringComparison.Ordinal);
    }

    [MotoFact]
    public async Task A_KMS_key_is_set_and_not_replaced_by_less()
    {
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), RetentionDays = 1, KmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555" };
        var first = await RunAsync("moto", plan);
        Assert.Equal(BucketStepOutcome.Done, first.Steps.Single(s => s.Name == "Encryption").Outcome);
        Assert.Equal(BucketStepOutcome.AlreadySo, (await RunAsync("moto", plan)).Steps.Single(s => s.Name == "Encryption").Outcome);
        var kept = (await RunAsync("moto", plan with { KmsKeyId = null })).Steps.Single(s => s.Name == "Encryption");
        Assert.Equal(BucketStepOutcome.KeptStronger, kept.Outcome);
        Assert.Contains(plan.KmsKeyId, kept.Seen, StringComparison.Ordinal);
    }

    [RgwFact]
    public async Task Retention_past_the_end_of_32_bits_is_refused()
    {
        var e = await Assert.ThrowsAsync<AuditException>(() => RunAsync("rgw", new BucketPlan { Name = TestServers.NewBucketName(), RetentionYears = 99 }));
        Assert.Equal(AuditErrors.RetentionInvalid, e.ErrorId);
        Assert.Contains("32 bits", e.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> SidsAsync(TestBucket bucket)
    {
        var text = (await bucket.Client.GetBucketPolicyAsync(new GetBucketPolicyRequest { BucketName = bucket.Name })).Policy;
        if (string.IsNullOrEmpty(text))
            return [];
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.GetProperty("Statement").EnumerateArray().Select(statement => statement.GetProperty("Sid").GetString()!)];
    }

    private static async Task<BucketStep> ExpectAsync(BucketPlan plan, BucketStepOutcome outcome, RetentionMode mode, int days)
    {
        var report = await RunAsync("rgw", plan);
        var step = report.Steps.Single(s => s.Name == "DefaultRetention");
        Assert.True(step.Outcome == outcome, Show(report));
        Assert.Equal((mode, days), (report.Mode, report.RetentionDays));
        Assert.True(report.IsReady);
        return step;
    }

    private static async Task<BucketReport> RunAsync(string server, BucketPlan plan) =>
        await Cloud.CreateBucketAsync(plan, TestServers.Of(server), default);

    private static string Show(BucketReport report) =>
        $"region={report.Region} " + string.Join("\n", report.Steps.Select(s => $"{s.Name}: {s.Outcome} seen={s.Seen} detail={s.Detail}"));
}
