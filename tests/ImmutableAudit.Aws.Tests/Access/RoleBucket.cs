using Amazon.S3.Model;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>A bucket with something of a log in it, and a role for that log, on Ceph RGW, which enforces both.</summary>
internal sealed class RoleBucket : IAsyncDisposable
{
    public static readonly AwsCloud Cloud = new();

    private RoleBucket(TestBucket bucket, IIdentityService identity, string roleName) => (Bucket, Identity, RoleName) = (bucket, identity, roleName);

    public TestBucket Bucket { get; }

    public IIdentityService Identity { get; }

    public string RoleName { get; }

    public LogLocation Log => LogLocation.Parse($"s3://{Bucket.Name}/log");

    public static async Task<RoleBucket> MakeAsync(RetentionMode mode = RetentionMode.Governance, bool putsPolicy = false)
    {
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), Mode = mode, RetentionDays = 1, PutsPolicy = putsPolicy };
        var report = await Cloud.CreateBucketAsync(plan, TestServers.Rgw, default);
        Assert.True(report.IsReady, string.Join('\n', report.Steps));
        var made = new RoleBucket(TestBucket.Open(TestServers.Rgw, plan.Name), new SomebodyElseAssumes(Cloud.OpenIdentity(TestServers.Rgw), Cloud.OpenIdentity(TestServers.RgwUser)), "ia-" + Guid.NewGuid().ToString("N")[..16]);
        await made.Bucket.PutAsync("segments/one", "first");
        await made.Bucket.PutAsync("segments/one", "second");
        await made.Bucket.Client.PutObjectAsync(new PutObjectRequest { BucketName = plan.Name, Key = "elsewhere", ContentBody = "x" });
        return made;
    }

    /// <summary>Grants the role to the user without rights.</summary>
    public async Task<RoleReport> GrantAsync(bool verifier = false)
    {
        var report = await new RoleGrant(Identity).EnsureAsync(new ReaderRolePlan { Name = RoleName, Log = Log, Trust = Trust, Verifier = verifier });
        Assert.True(report.IsReady, string.Join('\n', report.Steps));
        return report;
    }

    public static TrustPlan Trust { get; } = new() { Principals = [TestServers.Variable("RGW_USER_ARN") ?? ""] };

    /// <summary>Puts a second policy into the role.</summary>
    public async Task SabotageAsync(string actions, string key = "Action") => await Identity.PutInlineAsync(
        RoleName, "second",
        $$"""{"Version":"2012-10-17","Statement":[{"Sid":"Sabotage","Effect":"Allow","{{key}}":{{actions}},"Resource":["arn:aws:s3:::{{Bucket.Name}}","arn:aws:s3:::{{Bucket.Name}}/*"]}]}""",
        default);

    public Task<ReadOnlyReport> ProveAsync(bool verifier = false) =>
        new ReadOnlyProof(Cloud, Identity, TestServers.Rgw).RunAsync(Log, RoleName, new ReadOnlyOptions { IsVerifier = verifier }, default);

    /// <summary>What somebody sees of the bucket who looks at everything but what the proof made for itself.</summary>
    public async Task<List<string>> LookAsync()
    {
        var facts = await Cloud.ReadBucketAsync(Bucket.Name, TestServers.Rgw, default);
        var seen = new List<string>
        {
            $"{facts.ObjectLock.Value} {facts.Versioning.Value} {facts.Policy.Value} {facts.PublicAccess.Value}",
            string.Join(';', facts.Lifecycle.Value ?? []), string.Join(';', facts.PublicGrants.Value ?? []), string.Join(';', facts.Replication.Value ?? []),
        };
        var versions = await Bucket.Client.ListVersionsAsync(new ListVersionsRequest { BucketName = Bucket.Name });
        Assert.NotEqual(true, versions.IsTruncated);
        seen.AddRange((versions.Versions ?? []).Where(version => !version.Key.StartsWith("log/access-proof/", StringComparison.Ordinal))
            .Select(version => $"{version.Key} {version.VersionId} {version.ETag} {version.IsDeleteMarker}"));
        return seen;
    }

    /// <summary>The versions that a proof left behind.</summary>
    public async Task<List<S3ObjectVersion>> LeftAsync() =>
        (await Bucket.Client.ListVersionsAsync(new ListVersionsRequest { BucketName = Bucket.Name, Prefix = "log/access-proof/" })).Versions ?? [];

    public static string Show(ReadOnlyReport report) => report.Result + "\n" + string.Join('\n', report.Rows.Select(row => $"{row.Verdict} {row.Action} ({row.What}): should={row.ShouldBeAllowed} evaluated={row.Evaluated} seen={row.Seen} by {string.Join(" and ", row.OpenedBy)} {row.Detail}")) + "\n" + string.Join('\n', report.Notes);

    public async ValueTask DisposeAsync()
    {
        // Roles are listed by other tests; buckets are nobody's business.
        foreach (var policy in (await Identity.ReadRoleAsync(RoleName, default))?.Inline ?? [])
            await Identity.DeleteInlineAsync(RoleName, policy.Name, default);
        await Identity.DeleteRoleAsync(RoleName, default);
        Identity.Dispose();
        await Bucket.DisposeAsync();
    }
}
