using System.Security.Cryptography;
using ImmutableAudit.Log;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Timestamps;

/// <summary>Asking an authority: what is stored is a sound answer to this very question, and anything else an error.</summary>
public sealed class AddTimestampTests : IAsyncLifetime, IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestLog _log = new();

    public async Task InitializeAsync()
    {
        await _log.CreateAsync();
        await _log.WriteAsync(4, 2);
    }

    [Fact]
    public async Task A_token_is_stored_beside_the_log_and_believed_by_its_root()
    {
        await using var server = TsaServer.Giving(query => _authority.Answer(query));
        var stamp = await AddAsync(server, _authority.Roots);
        Assert.Equal((5L, TimestampTrust.Trusted, "CN=Test TSA"), (stamp.Size, stamp.Trust, stamp.Tsa));
        var stored = await File.ReadAllBytesAsync(Path.Combine(_log.Directory, stamp.ObjectKey));
        Assert.Equal(TimestampName.Format(5, stored), stamp.ObjectKey);
        var report = await _log.VerifyAsync(new VerifyOptions { TimestampRoots = _authority.Roots });
        Assert.True(report.Result == ChainResult.Passed && report.Findings.Count == 0, AlterableLog.Describe(report));
        Assert.Equal(stamp, Assert.Single(report.Timestamps));
    }

    [Fact]
    public async Task Without_roots_nobody_has_said_who_issued_it()
    {
        await using var server = TsaServer.Giving(query => _authority.Answer(query));
        var stamp = await AddAsync(server, null);
        Assert.Equal((TimestampTrust.NotValidated, (string?)null), (stamp.Trust, stamp.Root));
        var report = await _log.VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal((FindingKind.TimestampUnchecked, FindingSeverity.Information), report.Findings.Select(one => (one.Kind, one.Severity)).Single());
    }

    [Fact]
    public async Task Each_is_one_more_and_nothing_is_written_over()
    {
        await using var server = TsaServer.Giving(query => _authority.Answer(query));
        var one = await AddAsync(server, null);
        var two = await AddAsync(server, null);
        Assert.NotEqual(one.ObjectKey, two.ObjectKey);
        Assert.Equal(2, (await _log.VerifyAsync()).Timestamps.Count);
    }

    [Fact]
    public async Task An_earlier_checkpoint_of_the_log_can_be_stamped_and_no_other()
    {
        await using var server = TsaServer.Giving(query => _authority.Answer(query));
        var old = (await AuditLog.OpenAsync(_log.Store, default)).Checkpoint;
        await _log.WriteAsync(1);
        Assert.Equal(5, (await AddAsync(server, _authority.Roots, old)).Size);
        Assert.Equal(ChainResult.Passed, (await _log.VerifyAsync(new VerifyOptions { TimestampRoots = _authority.Roots })).Result);

        await using var other = new TestLog();
        await other.CreateAsync();
        var foreign = (await AuditLog.OpenAsync(other.Store, default)).Checkpoint;
        var asked = server.Questions;
        Assert.Equal(AuditErrors.RecordNotVerified, (await FailureAsync(() => AddAsync(server, null, foreign))).ErrorId);
        Assert.Equal(AuditErrors.FormatInvalid, (await FailureAsync(() => AddAsync(server, null, "nonsense\n"))).ErrorId);
        Assert.Equal(asked, server.Questions);
    }

    [Fact]
    public async Task A_policy_that_was_asked_for_must_be_the_tokens()
    {
        await using var server = TsaServer.Giving(query => _authority.Answer(query));
        var plan = new TimestampPlan { TsaUrl = server.Url, Policy = "1.3.6.1.4.1.99999.7" };
        Assert.Equal("1.3.6.1.4.1.99999.7", (await Timestamper.AddAsync(_log.Store, plan, default)).Policy);
        await using var other = TsaServer.Giving(query => _authority.Answer(query, token => token with { Policy = "1.2.3" }));
        Assert.Equal(AuditErrors.TimestampInvalid, (await FailureAsync(() => Timestamper.AddAsync(_log.Store, plan with { TsaUrl = other.Url }, default))).ErrorId);
        Assert.Equal(AuditErrors.FormatInvalid, (await FailureAsync(() => Timestamper.AddAsync(_log.Store, plan with { Policy = "not an oid" }, default))).ErrorId);
    }

    public static TheoryData<string> Wrongs => [.. Answers.Keys];

    private static readonly Dictionary<string, (string Id, Func<TestAuthority, byte[], byte[]> Make)> Answers = new()
    {
        ["another nonce"] = (AuditErrors.TimestampInvalid, (authority, query) => authority.Answer(query, plan => plan with { Nonce = [1, 2, 3] })),
        ["no nonce"] = (AuditErrors.TimestampInvalid, (authority, query) => authority.Answer(query, plan => plan with { Nonce = null })),
        ["another hash"] = (AuditErrors.TimestampInvalid, (authority, query) => authority.Answer(query, null, SHA256.HashData([1]))),
        ["no certificate"] = (AuditErrors.TimestampInvalid, (authority, query) => authority.Answer(query, plan => plan with { WithCertificate = false })),
        ["nothing"] = (AuditErrors.TimestampInvalid, (_, _) => []),
        ["a page of HTML"] = (AuditErrors.TimestampInvalid, (_, _) => "<html>It works!</html>"u8.ToArray()),
        ["half of it"] = (AuditErrors.TimestampInvalid, (authority, query) => authority.Answer(query)[..^200]),
        ["more behind it"] = (AuditErrors.TimestampInvalid, (authority, query) => [.. authority.Answer(query), 0]),
        ["no token in it"] = (AuditErrors.TimestampRefused, (_, _) => TestAuthority.Response(0, null)),
        ["a refusal"] = (AuditErrors.TimestampRefused, (_, _) => TestAuthority.Response(2, null, "go\u001b[31m away")),
        ["100 MB"] = (AuditErrors.TimestampInvalid, (_, _) => new byte[100_000_000]),
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task A_wrong_answer_is_an_error_and_stores_nothing(string which)
    {
        var (id, make) = Answers[which];
        await using var server = TsaServer.Giving(query => make(_authority, query));
        var failure = await FailureAsync(() => AddAsync(server, _authority.Roots));
        Assert.Equal(id, failure.ErrorId);
        Assert.DoesNotContain('\u001b', failure.Message);
        Assert.False(Directory.Exists(Path.Combine(_log.Directory, "timestamps")));
    }

    [Fact]
    public async Task A_stranger_is_refused_where_roots_are_given()
    {
        using var stranger = new TestAuthority(name: "Stranger");
        await using var server = TsaServer.Giving(query => stranger.Answer(query));
        Assert.Equal(AuditErrors.TimestampUntrusted, (await FailureAsync(() => AddAsync(server, _authority.Roots))).ErrorId);
        Assert.False(Directory.Exists(Path.Combine(_log.Directory, "timestamps")));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(204)]
    public async Task Another_status_is_an_error(int status)
    {
        await using var server = new TsaServer((_, response) =>
        {
            response.StatusCode = status;
            return Task.CompletedTask;
        });
        var failure = await FailureAsync(() => AddAsync(server, null));
        Assert.Equal(AuditErrors.TimestampRefused, failure.ErrorId);
        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirection_is_told_and_not_followed()
    {
        await using var target = TsaServer.Giving(query => _authority.Answer(query));
        await using var server = new TsaServer((_, response) =>
        {
            response.StatusCode = 307;
            response.RedirectLocation = target.Url + "?secret";
            return Task.CompletedTask;
        });
        var failure = await FailureAsync(() => AddAsync(server, null));
        Assert.Equal(AuditErrors.TimestampRefused, failure.ErrorId);
        Assert.Contains(target.Url.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, target.Questions);
    }

    [Fact]
    public async Task An_authority_that_never_ends_is_given_up()
    {
        await using var server = new TsaServer(async (_, response) =>
        {
            response.SendChunked = true;
            for (var i = 0; i < 200; i++)
            {
                await response.OutputStream.WriteAsync(new byte[1]);
                await response.OutputStream.FlushAsync();
                await Task.Delay(100);
            }
        });
        var plan = new TimestampPlan { TsaUrl = server.Url, Patience = TimeSpan.FromSeconds(1) };
        Assert.Equal(AuditErrors.TsaUnreachable, (await FailureAsync(() => Timestamper.AddAsync(_log.Store, plan, default))).ErrorId);
    }

    [Fact]
    public async Task An_authority_that_is_not_there_is_told()
    {
        Uri url;
        await using (var server = TsaServer.Giving(query => query))
            url = server.Url;
        Assert.Equal(AuditErrors.TsaUnreachable, (await FailureAsync(() => Timestamper.AddAsync(_log.Store, new TimestampPlan { TsaUrl = url }, default))).ErrorId);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/tsa")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user:secret@127.0.0.1/tsa")]
    [InlineData("tsa")]
    public async Task Other_addresses_are_refused(string url)
    {
        var failure = await FailureAsync(() => Timestamper.AddAsync(_log.Store, new TimestampPlan { TsaUrl = new Uri(url, UriKind.RelativeOrAbsolute) }, default));
        Assert.Equal(AuditErrors.LocationInvalid, failure.ErrorId);
        Assert.DoesNotContain("secret", failure.Message + failure.Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_whose_end_is_in_doubt_is_not_stamped()
    {
        await using var server = TsaServer.Giving(query => _authority.Answer(query));
        File.Delete(_log.SegmentFiles()[1]);
        Assert.Equal(AuditErrors.EndInDoubt, (await FailureAsync(() => AddAsync(server, null))).ErrorId);
        Assert.Equal(0, server.Questions);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    public void Dispose() => _authority.Dispose();

    private Task<AuditTimestamp> AddAsync(TsaServer server, TimestampRoots? roots, string? checkpoint = null) =>
        Timestamper.AddAsync(_log.Store, new TimestampPlan { TsaUrl = server.Url, Roots = roots, Checkpoint = checkpoint }, default);

    private static Task<AuditException> FailureAsync(Func<Task> call) => Assert.ThrowsAsync<AuditException>(call);
}
