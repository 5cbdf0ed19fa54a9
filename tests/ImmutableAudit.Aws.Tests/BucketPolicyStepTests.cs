using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>The policy step of a bucket's set-up, against a server that answers as it is told.</summary>
public sealed class BucketPolicyStepTests
{
    private const string Buckets = "<ListAllMyBucketsResult><Buckets><Bucket><Name>bucket</Name></Bucket></Buckets></ListAllMyBucketsResult>";

    [Fact]
    public async Task The_policy_promises_no_less_than_the_lock_that_is_in_place()
    {
        string? put = null;
        await using var server = new FakeServer(request =>
        {
            if (request.Method == "PUT")
                put = System.Text.Encoding.UTF8.GetString(request.Body);
            return request.Method == "PUT" ? new FakeAnswer(204) : FakeAnswer.Error(404, "NoSuchBucketPolicy");
        });
        using var connection = AwsConnection.Open(server.Connection, "S3");
        using var client = connection.S3(ClientUse.Repeatable);
        var aws = new AwsPlace(null, "eu-central-1", true);
        var asked = new LockPeriod(RetentionMode.Governance, 5, null);
        var inPlace = new LockPeriod(RetentionMode.Compliance, null, 7);
        var setting = new PolicySetting(client, new BucketPlan { Name = "bucket", RetentionDays = 5, Mode = RetentionMode.Governance }, aws, () => LockPeriod.Strongest(asked, inPlace));
        Assert.Equal(Standing.Lacking, (await setting.LookAsync(default)).Standing);
        await setting.ChangeAsync(default);
        Assert.Contains("\"2555\"", put, StringComparison.Ordinal);
        Assert.Contains("ModeAsPromised", put, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_is_back_where_the_run_breaks_off_after_it_was_lifted()
    {
        var ours = LogBucketPolicy.For(new LogBucketPolicyPlan { Log = LogLocation.Parse("s3://bucket"), AllLogs = true, RequireTls = false }, false).ToDocument();
        string? policy = ours;
        using var stop = new CancellationTokenSource();
        await using var server = new FakeServer(request =>
        {
            switch (request.Method, request.Query.Keys.FirstOrDefault())
            {
                case ("GET", "policy"):
                    return policy is null ? FakeAnswer.Error(404, "NoSuchBucketPolicy") : new FakeAnswer(200, policy);
                case ("PUT", "policy"):
                    policy = System.Text.Encoding.UTF8.GetString(request.Body);
                    return new FakeAnswer(204);
                case ("DELETE", "policy"):
                    policy = null;
                    stop.Cancel(); // Ctrl+C at the worst moment
                    return new FakeAnswer(204);
                case ("GET", "object-lock"):
                    return new FakeAnswer(200, "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>");
                case ("GET", "versioning"):
                    return new FakeAnswer(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
                case ("PUT", _):
                    return policy is null ? new FakeAnswer(200) : FakeAnswer.Error(403, "AccessDenied");
                default:
                    return new FakeAnswer(200, request.Path == "/" ? Buckets : "");
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await new AwsCloud().CreateBucketAsync(new BucketPlan { Name = "bucket", RetentionDays = 5 }, server.Connection, stop.Token));
        Assert.Contains(server.Requests, request => request.Method == "DELETE");
        Assert.Equal(ours, policy);
    }

    [Fact]
    public async Task A_policy_that_may_not_be_taken_off_is_not_said_to_be_gone()
    {
        var ours = LogBucketPolicy.For(new LogBucketPolicyPlan { Log = LogLocation.Parse("s3://bucket"), AllLogs = true, RequireTls = false }, false).ToDocument();
        await using var server = new FakeServer(request => (request.Method, request.Query.Keys.FirstOrDefault()) switch
        {
            ("GET", "policy") => new FakeAnswer(200, ours.Replace("NoBypass", "NoBypassX", StringComparison.Ordinal)),
            ("GET", "object-lock") => new FakeAnswer(200, "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"),
            ("GET", "versioning") => new FakeAnswer(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
            ("PUT" or "DELETE", _) => FakeAnswer.Error(403, "AccessDenied"),
            _ => new FakeAnswer(200, request.Path == "/" ? Buckets : ""),
        });
        var report = await new AwsCloud().CreateBucketAsync(new BucketPlan { Name = "bucket", RetentionDays = 5 }, server.Connection, default);
        Assert.Equal(BucketStepOutcome.NotPermitted, report.Steps[^1].Outcome);
        Assert.DoesNotContain("taken off", report.Steps[^1].Detail, StringComparison.Ordinal);
    }
}
