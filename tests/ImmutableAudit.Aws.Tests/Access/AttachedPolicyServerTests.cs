using ImmutableAudit.Access;
using ImmutableAudit.Aws.Identity;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;
using PolicyText = ImmutableAudit.Aws.Identity.PolicyText;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>What roles refer to, on a server that has managed policies.</summary>
public sealed class AttachedPolicyServerTests
{
    private static readonly AwsCloud Cloud = new();

    [MotoFact]
    public async Task A_reader_with_a_boundary_is_read_back_and_what_is_attached_later_is_named()
    {
        using var identity = IdentityService.Open(TestServers.Moto, AwsTimeouts.Default);
        var bucket = TestServers.NewBucketName();
        await Cloud.CreateBucketAsync(new BucketPlan { Name = bucket, RetentionDays = 1 }, TestServers.Moto, default);
        var plan = new ReaderRolePlan
        {
            Name = "ia-" + Guid.NewGuid().ToString("N")[..16],
            Log = LogLocation.Parse($"s3://{bucket}/log"),
            Trust = new TrustPlan { Principals = ["123456789012"] },
            Verifier = true,
            Boundary = true,
        };
        var grant = new RoleGrant(identity);
        var report = await grant.EnsureAsync(plan);
        Assert.True(report.IsReady, string.Join('\n', report.Steps));
        var documents = plan.Build();
        var role = (await identity.ReadRoleAsync(plan.Name, default))!;
        Assert.True(PolicyText.Same(documents.Permissions, Assert.Single(role.Inline).Document));
        Assert.True(PolicyText.Same(documents.Permissions, role.Boundary!.Document!), role.Boundary.Document);
        Assert.Contains(":policy/immutableaudit/", role.Boundary.Arn, StringComparison.Ordinal);
        Assert.Empty(role.Attached!);

        var proof = new ReadOnlyProof(Cloud, identity, TestServers.Moto);
        var options = new ReadOnlyOptions { IsVerifier = true, TriesLive = false };
        var before = await proof.RunAsync(plan.Log, plan.Name, options, default);
        Assert.True(before.IsProven, RoleBucket.Show(before));
        Assert.False(before.WasTried);

        // Under the boundary it opens nothing; without it everything.
        var arn = await identity.PutManagedAsync("/others/", plan.Name, """{"Version":"2012-10-17","Statement":[{"Sid":"Everything","Effect":"Allow","Action":"s3:*","Resource":"*"}]}""", default);
        await identity.Client.AttachRolePolicyAsync(new AttachRolePolicyRequest { RoleName = plan.Name, PolicyArn = arn }, default);
        var under = await proof.RunAsync(plan.Log, plan.Name, options, default);
        Assert.True(under.IsProven, RoleBucket.Show(under));

        var bare = plan with { Name = "ia-" + Guid.NewGuid().ToString("N")[..16], Boundary = false };
        Assert.True((await grant.EnsureAsync(bare)).IsReady);
        await identity.Client.AttachRolePolicyAsync(new AttachRolePolicyRequest { RoleName = bare.Name, PolicyArn = arn }, default);
        var open = await proof.RunAsync(bare.Log, bare.Name, options, default);
        Assert.Equal((ProofVerdict.Failed, false), (open.Result, open.WasTried));
        foreach (var action in new[] { "s3:PutObject", "s3:PutObjectRetention", "s3:PutLifecycleConfiguration", "s3:ReplicateDelete" })
        {
            Assert.True(
                open.Rows.Any(row => row.Action == action && row.Verdict == ProofVerdict.Failed
                    && row.OpenedBy.Any(one => one.Contains(arn, StringComparison.Ordinal) && one.EndsWith("(Everything)", StringComparison.Ordinal))),
                $"{action}:\n{RoleBucket.Show(open)}");
        }

        foreach (var name in new[] { plan.Name, bare.Name })
            Assert.True((await grant.RevokeAsync(name)).IsReady);
        await identity.DeleteManagedAsync(arn, default);
    }
}
