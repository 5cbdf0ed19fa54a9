using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>One put is one request, and what is said of it is what is known.</summary>
public sealed class PutTests
{
    private static readonly byte[] Content = "a segment"u8.ToArray();

    [Fact]
    public async Task A_put_sends_the_digest_the_condition_and_nothing_of_a_lock()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200));
        await using var store = server.Store();
        Assert.Equal(PutOutcome.Stored, (await store.PutAsync("segments/1.jsonl.gz", Content, PutCondition.Absent, null, default)).Outcome);

        var request = Assert.Single(server.Requests);
        Assert.Equal(("PUT", "/bucket/log/segments/1.jsonl.gz"), (request.Method, request.Path));
        Assert.Equal(Content, request.Body);
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(Content)), request.Header("x-amz-checksum-sha256"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Content)), request.Header("x-amz-content-sha256"));
        Assert.Equal("*", request.Header("If-None-Match"));
        Assert.Equal("application/gzip", request.Header("Content-Type"));
        foreach (var absent in new[] { "If-Match", "Expect", "Content-Encoding", "x-amz-trailer", "x-amz-checksum-crc32", "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date" })
            Assert.Null(request.Header(absent));
    }

    [Fact]
    public async Task A_lock_is_sent_when_asked_for_and_rounded_up()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200));
        await using var store = server.Store();
        var until = new DateTimeOffset(2099, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));
        await store.PutAsync("k", Content, PutCondition.Matching("abc"), new RetentionUntil(RetentionMode.Governance, until), default);
        var request = Assert.Single(server.Requests);
        Assert.Equal("GOVERNANCE", request.Header("x-amz-object-lock-mode"));
        Assert.StartsWith("2099-01-02T01:04:06", request.Header("x-amz-object-lock-retain-until-date"), StringComparison.Ordinal);
        Assert.Equal("\"abc\"", request.Header("If-Match"));
        Assert.Null(request.Header("If-None-Match"));
        Assert.Equal("application/octet-stream", request.Header("Content-Type"));
    }

    [Theory]
    [InlineData(412, "PreconditionFailed", PutOutcome.ConditionFailed)]
    [InlineData(409, "ConditionalRequestConflict", PutOutcome.ConditionFailed)]
    [InlineData(500, "InternalError", PutOutcome.Unknown)]
    [InlineData(502, "BadGateway", PutOutcome.Unknown)]
    [InlineData(503, "SlowDown", PutOutcome.Unknown)]
    [InlineData(504, "GatewayTimeout", PutOutcome.Unknown)]
    [InlineData(408, "RequestTimeout", PutOutcome.Unknown)]
    [InlineData(400, "RequestTimeout", PutOutcome.Unknown)]
    [InlineData(429, "TooManyRequests", PutOutcome.Unknown)]
    public async Task Answers_are_told_as_outcomes_after_one_attempt(int status, string code, PutOutcome expected)
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(status, code));
        await using var store = server.Store();
        Assert.Equal(expected, (await store.PutAsync("k", Content, PutCondition.Absent, null, default)).Outcome);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(403, "AccessDenied", AuditErrors.AccessDenied, "s3:PutObject")]
    [InlineData(404, "NoSuchBucket", AuditErrors.BucketNotFound, "New-AuditBucket")]
    [InlineData(400, "InvalidRequest", AuditErrors.StoreFailed, "InvalidRequest")]
    [InlineData(400, "BadDigest", AuditErrors.StoreFailed, "BadDigest")]
    [InlineData(403, "InvalidAccessKeyId", AuditErrors.CredentialsInvalid, "access key")]
    [InlineData(403, "SignatureDoesNotMatch", AuditErrors.CredentialsInvalid, "secret")]
    [InlineData(400, "ExpiredToken", AuditErrors.CredentialsInvalid, "sign in again")]
    [InlineData(403, "RequestTimeTooSkewed", AuditErrors.ClockOff, "clock")]
    [InlineData(501, "NotImplemented", AuditErrors.StoreUnsuitable, "NotImplemented")]
    [InlineData(301, "PermanentRedirect", AuditErrors.RegionMismatch, "-Region eu-west-3")]
    public async Task A_certain_refusal_is_an_error_with_its_cure(int status, string code, string errorId, string mentions)
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(status, code) with
        {
            Headers = new() { ["Content-Type"] = "application/xml", ["x-amz-bucket-region"] = "eu-west-3" },
        });
        await using var store = server.Store();
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.PutAsync("k", Content, PutCondition.Absent, null, default));
        Assert.Equal(errorId, e.ErrorId);
        Assert.Contains(mentions, e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_region_is_named_when_only_the_message_tells_it()
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(400, "AuthorizationHeaderMalformed",
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'", "<Region>eu-central-1</Region>"));
        await using var store = server.Store();
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.PutAsync("k", Content, PutCondition.Absent, null, default));
        Assert.Equal(AuditErrors.RegionMismatch, e.ErrorId);
        Assert.Contains("-Region eu-central-1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_If_Match_where_nothing_is_has_failed()
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(404, "NoSuchKey"));
        await using var store = server.Store();
        Assert.Equal(PutOutcome.ConditionFailed, (await store.PutAsync("k", Content, PutCondition.Matching("abc"), null, default)).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_answer_is_unknown_and_the_request_isnt_sent_again(bool onUsedConnection)
    {
        var first = onUsedConnection;
        await using var server = new FakeServer(request => request.Path.EndsWith("/first", StringComparison.Ordinal) ? new FakeAnswer(200) : FakeAnswer.Lost);
        await using var store = server.Store();
        if (first)
            await store.PutAsync("first", Content, PutCondition.None, null, default);
        Assert.Equal(PutOutcome.Unknown, (await store.PutAsync("k", Content, PutCondition.Absent, null, default)).Outcome);
        await Task.Delay(300);
        Assert.Single(server.Requests, r => r.Path.EndsWith("/k", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_slow_answer_is_unknown()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200) { Delay = TimeSpan.FromSeconds(30) });
        await using var store = server.Store(AwsTimeouts.Default with { Request = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(PutOutcome.Unknown, (await store.PutAsync("k", Content, PutCondition.Absent, null, default)).Outcome);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Cancelling_in_flight_throws_and_doesnt_claim_anything()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200) { Delay = TimeSpan.FromSeconds(30) });
        await using var store = server.Store();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.PutAsync("k", Content, PutCondition.Absent, null, cancel.Token));
        Assert.Equal(cancel.Token, e.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.PutAsync("l", Content, PutCondition.Absent, null, cancel.Token));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Where_nothing_listens_a_put_is_unknown_and_a_listing_says_what_to_check()
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var connection = new CloudConnection { EndpointUrl = new Uri($"http://127.0.0.1:{port}"), AccessKey = "a", SecretKey = "b" };
        await using var store = new AwsCloud().OpenStore(LogLocation.Parse("s3://bucket"), connection);
        Assert.Equal(PutOutcome.Unknown, (await store.PutAsync("k", Content, PutCondition.Absent, null, default)).Outcome);
        var e = await UnreachableAsync(store);
        Assert.Contains($"127.0.0.1:{port}", e.Message, StringComparison.Ordinal);
        Assert.Contains("connection refused", e.Message, StringComparison.Ordinal);
        Assert.Contains("-EndpointUrl", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_isnt_known_and_a_server_without_TLS_are_told_soon()
    {
        await using var plain = new FakeServer(_ => new FakeAnswer(200));
        foreach (var url in new[] { "http://no-such-host.invalid", $"https://127.0.0.1:{plain.Url.Port}" })
        {
            var connection = new CloudConnection { EndpointUrl = new Uri(url), AccessKey = "a", SecretKey = "b" };
            await using var store = new AwsCloud(AwsTimeouts.Default with { Connect = TimeSpan.FromSeconds(2) }).OpenStore(LogLocation.Parse("s3://bucket"), connection);
            var e = await UnreachableAsync(store);
            Assert.Contains(new Uri(url).Host, e.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<AuditException> UnreachableAsync(IObjectStore store)
    {
        var began = DateTime.UtcNow;
        var e = await Assert.ThrowsAsync<AuditException>(async () => { await foreach (var _ in store.ListAsync("", null, 1, default)) { } });
        Assert.Equal(AuditErrors.StoreUnreachable, e.ErrorId);
        Assert.InRange(DateTime.UtcNow - began, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        return e;
    }
}
