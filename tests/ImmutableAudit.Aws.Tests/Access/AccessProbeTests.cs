using System.Collections.Concurrent;
using System.Text;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>What the attempts do when they are stopped, refused, or answered strangely.</summary>
public sealed class AccessProbeTests
{
    private static readonly AwsCloud Cloud = new();
    private static readonly LogLocation _log = LogLocation.Parse("s3://bucket/log");

    private static readonly RoleState _role = new()
    {
        Name = "reader", Path = "/", Arn = "arn:aws:iam:::role/reader", TrustPolicy = """{"Version":"2012-10-17","Statement":[]}""", Inline = [],
    };

    [Fact]
    public async Task An_owner_who_may_not_put_is_told_which_permission_is_missing()
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(403, "AccessDenied"));
        var e = await Assert.ThrowsAsync<AuditException>(async () => await ProbeAsync(server, default));
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("s3:PutObject on s3://bucket/log/access-proof/", e.Message, StringComparison.Ordinal);
    }

    [RgwFact]
    public async Task So_it_is_on_a_real_server()
    {
        await using var bucket = await TestBucket.LockedAsync("rgw", 1);
        var e = await Assert.ThrowsAsync<AuditException>(async () =>
            await Cloud.ProbeAsync(new ProbePlan(LogLocation.Parse($"s3://{bucket.Name}/log"), _role, []), TestServers.RgwUser, TestServers.RgwUser, default));
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("s3:PutObject", e.Message, StringComparison.Ordinal);
    }

    // Whatever the request is at which Ctrl+C comes, nothing of what was put is left.
    [Fact]
    public async Task Stopped_at_any_request_it_clears_away_what_it_put()
    {
        int requests;
        await using (var whole = new Objects())
        {
            await ProbeAsync(whole.Server, default);
            Assert.Empty(whole.Versions);
            requests = whole.Server.Requests.Count;
        }

        Assert.True(requests > 30);
        for (var at = 1; at <= requests; at++)
        {
            using var stop = new CancellationTokenSource();
            await using var server = new Objects(at, stop.Cancel);
            try
            {
                await ProbeAsync(server.Server, stop.Token);
            }
            catch (OperationCanceledException)
            {
                // As it should be; too late for it is right, too.
            }

            Assert.True(server.Versions.IsEmpty, $"Stopped at request {at} ({server.StoppedAt}), it left {string.Join(", ", server.Versions.Keys)}.");
        }
    }

    [Fact]
    public async Task A_canary_that_cant_be_looked_at_is_cleared_away()
    {
        await using var server = new Objects { DeniesListingOnce = true };
        var e = await Assert.ThrowsAsync<AuditException>(async () => await ProbeAsync(server.Server, default));
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("s3:ListBucketVersions", e.Message, StringComparison.Ordinal);
        Assert.Empty(server.Versions);
    }

    [Theory]
    [InlineData("lifecycle", "<html>")]
    [InlineData("versioning", "<html>")]
    [InlineData("publicAccessBlock", "<html>")]
    public async Task A_strange_answer_about_the_bucket_leaves_that_attempt_out(string query, string body)
    {
        await using var server = new Objects { Garbled = (query, body) };
        var report = await ProbeAsync(server.Server, default);
        Assert.Contains(report.Attempts, attempt => attempt is { Action: "iam:CreateRole" });
        Assert.Empty(server.Versions);
    }

    [Fact]
    public async Task A_refused_look_at_a_version_is_a_refusal()
    {
        await using var server = new Objects();
        var report = await ProbeAsync(server.Server, default, ["s3:GetObjectVersion"]);
        Assert.Equal(AttemptOutcome.Refused, report.Attempts.Single(attempt => attempt.Action == "s3:GetObjectVersion").Outcome);
    }

    [Fact]
    public async Task Of_several_removed_at_once_one_is_enough()
    {
        await using var server = new Objects { DeletesOneOfSeveral = true };
        var report = await ProbeAsync(server.Server, default);
        Assert.Equal(AttemptOutcome.Allowed, report.Attempts.Single(attempt => attempt.Attempt == "remove several objects at once").Outcome);
    }

    [Fact]
    public async Task What_may_have_been_done_though_no_answer_came_is_taken_back()
    {
        await using var server = new Objects { RoleMay = request => request.Method == "PUT" && request.Query.ContainsKey("policy") ? FakeAnswer.Lost : null };
        var report = await ProbeAsync(server.Server, default);
        Assert.Equal(AttemptOutcome.Unclear, report.Attempts.Single(attempt => attempt.Action == "s3:PutBucketPolicy").Outcome);
        Assert.Contains(server.Server.Requests, request => request.Method == "DELETE" && request.Query.ContainsKey("policy"));
    }

    [Fact]
    public async Task Stopped_after_it_gave_itself_a_policy_it_takes_that_back()
    {
        using var stop = new CancellationTokenSource();
        var isGiven = false;
        await using var server = new Objects
        {
            RoleMay = request =>
            {
                if (!Encoding.UTF8.GetString(request.Body).Contains("Action=PutRolePolicy", StringComparison.Ordinal))
                    return null;
                isGiven = true;
                stop.Cancel();
                return new FakeAnswer(200, "<PutRolePolicyResponse><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PutRolePolicyResponse>");
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await ProbeAsync(server.Server, stop.Token));
        Assert.True(isGiven);
        Assert.Contains(server.Server.Requests, request => Encoding.UTF8.GetString(request.Body).Contains("Action=DeleteRolePolicy", StringComparison.Ordinal));
        Assert.Empty(server.Versions);
    }

    private static async Task<ProbeReport> ProbeAsync(FakeServer server, CancellationToken cancellationToken, IReadOnlyCollection<string>? reading = null) =>
        await Cloud.ProbeAsync(new ProbePlan(_log, _role, reading ?? []), server.Connection, server.Connection with { AccessKey = "AKIAROLEROLEROLEROLE" }, cancellationToken);

    /// <summary>A bucket that keeps versions and lets its owner do everything and the role nothing.</summary>
    private sealed class Objects : IAsyncDisposable
    {
        private readonly int _stopAt;
        private readonly Action? _stop;
        private int _requests;
        private int _listings;

        public Objects(int stopAt = 0, Action? stop = null)
        {
            (_stopAt, _stop) = (stopAt, stop);
            Server = new FakeServer(Answer);
        }

        public FakeServer Server { get; }

        public ConcurrentDictionary<string, string> Versions { get; } = [];

        public bool DeniesListingOnce { get; init; }

        public bool DeletesOneOfSeveral { get; init; }

        public (string Query, string Body) Garbled { get; init; }

        public Func<FakeRequest, FakeAnswer?>? RoleMay { get; init; }

        public string? StoppedAt { get; private set; }

        public ValueTask DisposeAsync() => Server.DisposeAsync();

        private FakeAnswer Answer(FakeRequest request)
        {
            var answer = Say(request);
            if (Interlocked.Increment(ref _requests) == _stopAt)
            {
                StoppedAt = $"{request.Method} {request.Target}";
                _stop!();
            }

            return answer;
        }

        private FakeAnswer Say(FakeRequest request)
        {
            var isRole = request.Header("Authorization")?.Contains("AKIAROLE", StringComparison.Ordinal) == true;
            if (isRole && DeletesOneOfSeveral && request.Query.ContainsKey("delete"))
                return new FakeAnswer(200, "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code></Error></DeleteResult>");
            if (isRole && RoleMay?.Invoke(request) is { } given)
                return given;
            if (isRole)
                return request.Method == "HEAD" ? new FakeAnswer(403) : FakeAnswer.Error(403, "AccessDenied");
            if (Garbled.Query is { } garbled && request.Query.ContainsKey(garbled))
                return new FakeAnswer(200, Garbled.Body);
            var key = request.Path.Length > "/bucket/".Length ? request.Path["/bucket/".Length..] : "";
            switch (request.Method)
            {
                case "PUT" when key.Length > 0 && request.Query.Keys.All(name => name == "x-id"):
                    return Made(key, "object");
                case "DELETE" when key.Length > 0 && request.Query.TryGetValue("versionId", out var version):
                    Versions.TryRemove($"{key} {version}", out _);
                    return new FakeAnswer(204);
                case "DELETE" when key.Length > 0 && !request.Query.ContainsKey("tagging"):
                    return Made(key, "marker") with { Status = 204 };
                case "GET" when request.Query.ContainsKey("versions"):
                    return DeniesListingOnce && Interlocked.Increment(ref _listings) == 1 ? FakeAnswer.Error(403, "AccessDenied") : Listing();
                case "GET" when request.Query.ContainsKey("versioning"):
                    return new FakeAnswer(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
                default:
                    return FakeAnswer.Error(404, "NoSuchThing");
            }
        }

        private FakeAnswer Made(string key, string what)
        {
            var version = Guid.NewGuid().ToString("N");
            Versions[$"{key} {version}"] = what;
            return new FakeAnswer(200) { Headers = { ["x-amz-version-id"] = version, ["ETag"] = "\"e\"" } };
        }

        private FakeAnswer Listing()
        {
            var entries = Versions.Select(one =>
            {
                var (parts, isMarker) = (one.Key.Split(' '), one.Value == "marker");
                var name = isMarker ? "DeleteMarker" : "Version";
                return $"<{name}><Key>{parts[0]}</Key><VersionId>{parts[1]}</VersionId><IsLatest>true</IsLatest><LastModified>2026-01-01T00:00:00.000Z</LastModified>{(isMarker ? "" : "<ETag>e</ETag><Size>1</Size>")}</{name}>";
            });
            return new FakeAnswer(200, $"<ListVersionsResult><Name>bucket</Name><IsTruncated>false</IsTruncated>{string.Concat(entries)}</ListVersionsResult>");
        }
    }
}
