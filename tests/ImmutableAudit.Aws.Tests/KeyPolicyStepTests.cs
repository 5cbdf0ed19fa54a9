using Amazon.KeyManagementService.Model;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>The step that keeps the KMS key that a bucket encrypts with.</summary>
public sealed class KeyPolicyStepTests
{
    private static readonly AwsCloud Cloud = new();

    [MotoFact]
    public async Task Deleting_the_key_is_denied_and_what_others_wrote_stays()
    {
        using var connection = AwsConnection.Open(TestServers.Moto, "KMS");
        using var kms = connection.Kms();
        var key = (await kms.CreateKeyAsync(new CreateKeyRequest())).KeyMetadata.Arn;
        var before = (await kms.GetKeyPolicyAsync(new GetKeyPolicyRequest { KeyId = key, PolicyName = "default" })).Policy;
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), Mode = RetentionMode.Governance, RetentionDays = 1, KmsKeyId = key };

        Assert.Equal(BucketStepOutcome.Done, (await StepAsync(plan)).Outcome);
        Assert.Equal(BucketStepOutcome.AlreadySo, (await StepAsync(plan)).Outcome);
        var after = (await kms.GetKeyPolicyAsync(new GetKeyPolicyRequest { KeyId = key, PolicyName = "default" })).Policy;
        var statements = PolicyDocument.Parse(after, PolicyUse.Resource).Statements;
        Assert.Equal(PolicyDocument.Parse(before, PolicyUse.Resource).Statements.Count + 1, statements.Count);
        Assert.True(statements[^1] is { Effect: PolicyEffect.Deny } denial && denial.CoversAction("kms:ScheduleKeyDeletion") && denial.CoversAction("kms:DisableKey"));
        // Whoever may write the key's policy still may.
        Assert.DoesNotContain(statements, one => one.Effect == PolicyEffect.Deny && one.CoversAction("kms:PutKeyPolicy"));

        var others = TestServers.NewBucketName();
        Assert.Equal(BucketStepOutcome.WouldDo, (await StepAsync(plan with { KmsKeyId = (await kms.CreateKeyAsync(new CreateKeyRequest())).KeyMetadata.Arn, DryRun = true })).Outcome);
        Assert.DoesNotContain((await Cloud.CreateBucketAsync(plan with { Name = others, KmsKeyId = null }, TestServers.Moto, default)).Steps, step => step.Name == "KeyPolicy");
    }

    [MotoFact]
    public async Task A_key_that_is_not_there_is_told_and_stops_nothing_else()
    {
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), RetentionDays = 1, Mode = RetentionMode.Governance, KmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555" };
        var report = await Cloud.CreateBucketAsync(plan, TestServers.Moto, default);
        Assert.True(report.IsReady);
        var step = report.Steps.Single(one => one.Name == "KeyPolicy");
        Assert.Equal((BucketStepOutcome.RefusedByEndpoint, false), (step.Outcome, step.Essential));
        Assert.Equal(BucketStepOutcome.Done, report.Steps.Single(one => one.Name == "Policy").Outcome);
    }

    private static async Task<BucketStep> StepAsync(BucketPlan plan) =>
        (await Cloud.CreateBucketAsync(plan, TestServers.Moto, default)).Steps.Single(step => step.Name == "KeyPolicy");
}
