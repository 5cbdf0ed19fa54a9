using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>What differs on AWS itself, so far as it shows without a request.</summary>
[Collection(nameof(EnvironmentCollection))]
public sealed class AwsProperTests
{
    private static readonly CloudConnection Connection = new() { AccessKey = "AKIAFAKEFAKEFAKEFAKE", SecretKey = "s", Region = "eu-central-1" };

    [Theory]
    [InlineData("eu-central-1", "acme-audit", "https://acme-audit.s3.eu-central-1.amazonaws.com/")]
    [InlineData("us-east-1", "acme-audit", "https://acme-audit.s3.us-east-1.amazonaws.com/")]
    [InlineData("us-east-1", "acme.audit", "https://s3.us-east-1.amazonaws.com/acme.audit")]
    [InlineData("cn-north-1", "acme-audit", "https://acme-audit.s3.cn-north-1.amazonaws.com.cn/")]
    public void Requests_go_to_the_regions_own_endpoint(string region, string bucket, string expected)
    {
        using var opened = AwsConnection.Open(Connection with { Region = region }, "S3");
        using var client = opened.S3(ClientUse.Once);
        var url = client.DetermineServiceOperationEndpoint(new ListVersionsRequest { BucketName = bucket }).URL;
        Assert.Equal(expected.TrimEnd('/'), url.TrimEnd('/'));
    }

    [Fact]
    public void Only_the_client_for_puts_does_without_retries()
    {
        using var opened = AwsConnection.Open(Connection, "S3");
        foreach (var use in Enum.GetValues<ClientUse>())
        {
            using var client = opened.S3(use);
            Assert.Equal(use == ClientUse.Once, client.Config.MaxErrorRetry == 0);
            Assert.Equal(0, client.Config.MaxStaleConnectionRetries);
            Assert.Equal(RequestChecksumCalculation.WHEN_REQUIRED, client.Config.RequestChecksumCalculation);
            Assert.Equal(ResponseChecksumValidation.WHEN_REQUIRED, client.Config.ResponseChecksumValidation);
        }
    }

    [Fact]
    public async Task A_lock_may_be_as_long_as_S3_allows_and_no_longer()
    {
        await using var store = new AwsCloud().OpenStore(LogLocation.Parse("s3://acme-audit"), Connection);
        var tooLong = new RetentionUntil(RetentionMode.Compliance, DateTimeOffset.UtcNow.AddYears(101));
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.PutAsync("k", new byte[1], PutCondition.None, tooLong, default));
        Assert.Equal(AuditErrors.RetentionInvalid, e.ErrorId);
        Assert.Contains("100 years", e.Message, StringComparison.Ordinal);

        using var opened = AwsConnection.Open(Connection, "S3");
        LockLimits.Check(opened.Place, DateTimeOffset.UtcNow.AddYears(99), "k");
    }

    [Theory]
    [InlineData("Acme", null, 7, null, AuditErrors.BucketNameInvalid)]
    [InlineData("ac", null, 7, null, AuditErrors.BucketNameInvalid)]
    [InlineData("192.168.5.4", null, 7, null, AuditErrors.BucketNameInvalid)]
    [InlineData("acme", null, null, null, AuditErrors.RetentionInvalid)]
    [InlineData("acme", 1, 1, null, AuditErrors.RetentionInvalid)]
    [InlineData("acme", 0, null, null, AuditErrors.RetentionInvalid)]
    [InlineData("acme", null, -1, null, AuditErrors.RetentionInvalid)]
    [InlineData("acme", null, 101, null, AuditErrors.RetentionInvalid)]
    [InlineData("acme", 36501, null, null, AuditErrors.RetentionInvalid)]
    [InlineData("acme", null, 98, "http://127.0.0.1:1", AuditErrors.RetentionInvalid)]
    public async Task A_plan_that_cant_be_is_refused_before_any_request(string name, int? days, int? years, string? endpoint, string errorId)
    {
        var connection = Connection with { EndpointUrl = endpoint is null ? null : new Uri(endpoint) };
        var e = await Assert.ThrowsAsync<AuditException>(async () =>
            await new AwsCloud().CreateBucketAsync(new BucketPlan { Name = name, RetentionDays = days, RetentionYears = years }, connection, default));
        Assert.Equal(errorId, e.ErrorId);
    }
}
