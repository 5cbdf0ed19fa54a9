using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>What is sent to change a lock, down to the headers, and what the answers mean.</summary>
public sealed class LockChangeTests
{
    private static readonly StoredVersion Version = new("k", "v1", "etag", 3, default, false);
    private static readonly RetentionUntil Wanted = new(RetentionMode.Compliance, new DateTimeOffset(2040, 1, 1, 0, 0, 0, 1, TimeSpan.Zero));

    [Fact]
    public async Task Each_change_names_the_version_and_never_asks_to_bypass_governance()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200));
        await using var store = Lockable(server);
        await store.PutRetentionAsync(Version, Wanted, default);
        await store.PutLegalHoldAsync(Version, true, default);
        await store.PutLegalHoldAsync(Version, false, default);
        Assert.All(server.Requests, request =>
        {
            Assert.Equal(("PUT", "/bucket/log/k", "v1"), (request.Method, request.Path, request.Query["versionId"]));
            Assert.DoesNotContain(request.Headers.Keys, name => name.Contains("bypass", StringComparison.OrdinalIgnoreCase));
        });
        var bodies = server.Requests.Select(request => Encoding.UTF8.GetString(request.Body)).ToList();
        Assert.Equal(["retention", "legal-hold", "legal-hold"], server.Requests.Select(request => request.Query.Keys.Single(name => name is "retention" or "legal-hold")));
        Assert.Contains("<Mode>COMPLIANCE</Mode>", bodies[0], StringComparison.Ordinal);
        Assert.Contains("2040-01-01T00:00:01", bodies[0], StringComparison.Ordinal);
        Assert.Contains("<Status>ON</Status>", bodies[1], StringComparison.Ordinal);
        Assert.Contains("<Status>OFF</Status>", bodies[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "AccessDenied", "Access Denied", AuditErrors.AccessDenied, "s3:PutObject")]
    [InlineData(400, "InvalidRequest", "Bucket is missing Object Lock Configuration", AuditErrors.BucketWithoutObjectLock, "New-AuditBucket")]
    [InlineData(400, "InvalidRequest", "bucket object lock not configured", AuditErrors.BucketWithoutObjectLock, "New-AuditBucket")]
    [InlineData(400, "InvalidRequest", "Bucket is missing ObjectLockConfiguration", AuditErrors.BucketWithoutObjectLock, "New-AuditBucket")]
    [InlineData(400, "InvalidArgument", "no", AuditErrors.StoreFailed, "InvalidArgument")]
    [InlineData(501, "NotImplemented", "not here", AuditErrors.StoreUnsuitable, "NotImplemented")]
    [InlineData(404, "NoSuchVersion", "gone", AuditErrors.StoreFailed, "NoSuchVersion")]
    public async Task A_refusal_has_a_cause_and_a_cure(int status, string code, string message, string expected, string mentions)
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(status, code, message));
        await using var store = Lockable(server);
        foreach (var call in new Func<Task>[]
        {
            async () => await store.PutRetentionAsync(Version, Wanted, default), async () => await store.PutLegalHoldAsync(Version, true, default),
        })
        {
            var e = await Assert.ThrowsAsync<AuditException>(call);
            Assert.Equal(expected, e.ErrorId);
            Assert.Contains(mentions, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(200, "<LegalHold><Status>ON</Status></LegalHold>", true)]
    [InlineData(200, "<LegalHold><Status>OFF</Status></LegalHold>", false)]
    [InlineData(200, "<LegalHold></LegalHold>", null)]
    [InlineData(200, "not XML", null)]
    [InlineData(404, "NoSuchObjectLockConfiguration", false)]
    [InlineData(400, "InvalidRequest", null)]
    [InlineData(403, "AccessDenied", null)]
    [InlineData(404, "NoSuchVersion", null)]
    [InlineData(501, "NotImplemented", null)]
    public async Task A_hold_is_told_or_unknown_and_never_guessed(int status, string body, bool? expected)
    {
        await using var server = new FakeServer(_ => status == 200 ? new FakeAnswer(200, body) : FakeAnswer.Error(status, body));
        await using var store = Lockable(server);
        var seen = await store.ReadLegalHoldAsync(Version, default);
        Assert.Equal(expected, seen.On);
        Assert.Equal(expected is null, seen.Reason is not null);
    }

    [Theory]
    [InlineData("2106-01-01")]
    [InlineData("2020-01-01")]
    public async Task A_date_that_cannot_be_is_refused_before_anything_is_sent(string date)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200));
        await using var store = Lockable(server);
        var until = new DateTimeOffset(DateTime.Parse(date, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero);
        Assert.Equal(AuditErrors.RetentionInvalid, Assert.Throws<AuditException>(() => store.CheckUntil(until)).ErrorId);
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.PutRetentionAsync(Version, new RetentionUntil(RetentionMode.Governance, until), default));
        Assert.Equal(AuditErrors.RetentionInvalid, e.ErrorId);
        Assert.Empty(server.Requests);
    }

    private static ILockableStore Lockable(FakeServer server) => Assert.IsType<ILockableStore>(server.Store(), exactMatch: false);
}
