using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>How a version is locked: told, told not to be, or unknown; never guessed.</summary>
public sealed class RetentionTests
{
    private static readonly StoredVersion Version = new("k", "v1", "etag", 3, default, false);

    [Fact]
    public async Task HEAD_tells_the_lock_in_one_request()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200)
        {
            Headers =
            {
                ["x-amz-object-lock-mode"] = "COMPLIANCE", ["x-amz-object-lock-retain-until-date"] = "2033-11-21T20:38:02.000Z",
                ["x-amz-object-lock-legal-hold"] = "OFF", ["Content-Length"] = "5497558138880",
            },
        });
        await using var store = server.Store();
        var seen = await store.ReadRetentionAsync(Version, default);
        Assert.Equal(
            new RetentionSeen(RetentionKnowledge.Locked, RetentionMode.Compliance, new DateTimeOffset(2033, 11, 21, 20, 38, 2, TimeSpan.Zero), false), seen);
        Assert.Equal("v1", Assert.Single(server.Requests).Query["versionId"]);
    }

    [Theory]
    [InlineData(404, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", RetentionKnowledge.NotLocked, null)]
    [InlineData(400, "InvalidRequest", "Bucket is missing Object Lock Configuration", RetentionKnowledge.NotLocked, null)]
    [InlineData(400, "InvalidRequest", "bucket object lock not configured", RetentionKnowledge.NotLocked, null)]
    [InlineData(400, "InvalidRequest", "Something else", RetentionKnowledge.Unknown, "InvalidRequest")]
    [InlineData(403, "AccessDenied", "Access Denied", RetentionKnowledge.Unknown, "s3:GetObjectRetention")]
    [InlineData(404, "NoSuchVersion", "gone", RetentionKnowledge.Unknown, "no longer there")]
    [InlineData(500, "InternalError", "moto says so", RetentionKnowledge.Unknown, "InternalError")]
    [InlineData(501, "NotImplemented", "not here", RetentionKnowledge.Unknown, "NotImplemented")]
    public async Task Without_the_header_the_next_answer_decides(int status, string code, string message, RetentionKnowledge expected, string? mentions)
    {
        await using var server = new FakeServer(request => request.Method == "HEAD" ? new FakeAnswer(200) : FakeAnswer.Error(status, code, message));
        await using var store = server.Store();
        var seen = await store.ReadRetentionAsync(Version, default);
        Assert.Equal(expected, seen.Knowledge);
        Assert.Null(seen.LegalHold);
        if (mentions is null)
            Assert.Null(seen.Reason);
        else
            Assert.Contains(mentions, seen.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_HEAD_that_fails_leaves_it_to_the_next_answer(int status)
    {
        await using var server = new FakeServer(request => request.Method == "HEAD"
            ? new FakeAnswer(status)
            : new FakeAnswer(200, "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2033-11-21T20:38:02Z</RetainUntilDate></Retention>"));
        await using var store = server.Store();
        var seen = await store.ReadRetentionAsync(Version, default);
        Assert.Equal((RetentionKnowledge.Locked, RetentionMode.Governance), (seen.Knowledge, seen.Mode));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>not S3</html>")]
    [InlineData("<Retention></Retention>")]
    [InlineData("<Retention><Mode>NEW</Mode><RetainUntilDate>2033-11-21T20:38:02Z</RetainUntilDate></Retention>")]
    [InlineData("{}")]
    public async Task An_answer_that_says_nothing_is_unknown(string body)
    {
        await using var server = new FakeServer(request => request.Method == "HEAD" ? new FakeAnswer(200) : new FakeAnswer(200, body));
        await using var store = server.Store();
        var seen = await store.ReadRetentionAsync(Version, default);
        Assert.Equal(RetentionKnowledge.Unknown, seen.Knowledge);
        Assert.NotNull(seen.Reason);
    }
}
