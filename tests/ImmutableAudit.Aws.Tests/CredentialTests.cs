using System.Diagnostics;
using System.Text.RegularExpressions;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>These change the process's environment, so nothing else runs beside them.</summary>
[CollectionDefinition(nameof(EnvironmentCollection), DisableParallelization = true)]
public sealed class EnvironmentCollection;

/// <summary>Whose credentials are used, where, and what is said where there are none.</summary>
[Collection(nameof(EnvironmentCollection))]
public sealed partial class CredentialTests : IDisposable
{
    private readonly Dictionary<string, string?> _before = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("ia-cred-").FullName;

    public CredentialTests()
    {
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
            Set(name, null);
        Set("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(_directory, "credentials"));
        Set("AWS_CONFIG_FILE", Path.Combine(_directory, "config"));
        Set("AWS_EC2_METADATA_DISABLED", "true");
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
            Environment.SetEnvironmentVariable(name, value);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Given_keys_go_before_a_source_and_that_before_a_profile_and_that_before_the_environment()
    {
        Set("AWS_ACCESS_KEY_ID", "AKIAENV");
        Set("AWS_SECRET_ACCESS_KEY", "s");
        await File.WriteAllTextAsync(Path.Combine(_directory, "other"), "[mine]\naws_access_key_id=AKIAPROFILE\naws_secret_access_key=s\nregion=eu-west-2\n");
        var connection = new CloudConnection
        {
            AccessKey = "AKIAGIVEN", SecretKey = "s", SessionToken = "t",
            CredentialSource = () => new CloudCredentials("AKIASOURCE", "s", null),
            ProfileName = "mine", ProfileLocation = Path.Combine(_directory, "other"),
        };
        Assert.Equal(("AKIAGIVEN", "eu-west-2"), await UsedAsync(connection));
        Assert.Equal(("AKIASOURCE", "eu-west-2"), await UsedAsync(connection with { AccessKey = null, SecretKey = null, SessionToken = null }));
        Assert.Equal(("AKIAPROFILE", "eu-west-2"), await UsedAsync(connection with { AccessKey = null, SecretKey = null, SessionToken = null, CredentialSource = null }));
        Assert.Equal(("AKIAENV", "us-east-1"), await UsedAsync(new CloudConnection()));
        Assert.Equal(("AKIAENV", "ap-south-1"), await UsedAsync(new CloudConnection { Region = "ap-south-1" }));
    }

    [Fact]
    public async Task A_source_is_asked_at_each_use()
    {
        var n = 0;
        await using var server = new FakeServer(_ => new FakeAnswer(200));
        await using var store = server.Store(connection: new CloudConnection { EndpointUrl = server.Url, CredentialSource = () => new CloudCredentials($"AKIA{++n}", "s", null) });
        await store.PutAsync("k", new byte[1], PutCondition.None, null, default);
        await store.PutAsync("k", new byte[1], PutCondition.None, null, default);
        Assert.Equal(2, server.Requests.Select(r => Key(r).Used).Distinct().Count());
    }

    [Fact]
    public async Task The_default_profile_is_used_where_nothing_else_is()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "credentials"), "[default]\naws_access_key_id=AKIADEFAULT\naws_secret_access_key=s\nregion=eu-north-1\n");
        Assert.Equal(("AKIADEFAULT", "eu-north-1"), await UsedAsync(new CloudConnection { ProfileLocation = Path.Combine(_directory, "credentials") }));
    }

    [Fact]
    public async Task A_role_is_assumed_with_the_source_profiles_keys()
    {
        await using var sts = new FakeServer(_ => new FakeAnswer(200, """
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
            <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
            </Credentials></AssumeRoleResult></AssumeRoleResponse>
            """) { Headers = { ["Content-Type"] = "text/xml" } });
        Set("AWS_ENDPOINT_URL_STS", sts.Url.ToString());
        var file = Path.Combine(_directory, "roles");
        await File.WriteAllTextAsync(file, """
            [base]
            aws_access_key_id=AKIABASE
            aws_secret_access_key=s
            [role]
            role_arn=arn:aws:iam::123456789012:role/auditor
            source_profile=base
            external_id=outside
            region=eu-west-1
            """);
        Assert.Equal(("ASIAROLE", "eu-west-1"), await UsedAsync(new CloudConnection { ProfileName = "role", ProfileLocation = file }));
        var request = Assert.Single(sts.Requests);
        Assert.Equal("AKIABASE", Key(request).Used);
        var body = System.Text.Encoding.UTF8.GetString(request.Body);
        Assert.Contains("auditor", body, StringComparison.Ordinal);
        Assert.Contains("ExternalId=outside", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profiles_that_cant_be_used_say_why()
    {
        var file = Path.Combine(_directory, "bad");
        await File.WriteAllTextAsync(file, """
            [a]
            role_arn=arn:aws:iam::1:role/a
            source_profile=b
            [b]
            role_arn=arn:aws:iam::1:role/b
            source_profile=a
            [mfa]
            role_arn=arn:aws:iam::1:role/a
            source_profile=keys
            mfa_serial=arn:aws:iam::1:mfa/me
            [lost]
            role_arn=arn:aws:iam::1:role/a
            source_profile=nobody
            [empty]
            region=eu-west-1
            [keys]
            aws_access_key_id=AKIAKEYS
            aws_secret_access_key=s
            """);
        foreach (var (name, mentions) in new[] { ("a", "source_profile"), ("mfa", "MFA"), ("lost", "nobody"), ("empty", "no complete set") })
        {
            var e = await Assert.ThrowsAsync<AuditException>(() => UsedAsync(new CloudConnection { ProfileName = name, ProfileLocation = file }));
            Assert.Equal(AuditErrors.CredentialsInvalid, e.ErrorId);
            Assert.Contains(mentions, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_SSO_profile_without_a_session_says_to_sign_in()
    {
        var file = Path.Combine(_directory, "sso");
        await File.WriteAllTextAsync(file, """
            [profile sso]
            sso_start_url=https://example.awsapps.com/start
            sso_region=eu-west-1
            sso_account_id=123456789012
            sso_role_name=auditor
            [sso]
            sso_start_url=https://example.awsapps.com/start
            sso_region=eu-west-1
            sso_account_id=123456789012
            sso_role_name=auditor
            """);
        var e = await Assert.ThrowsAsync<AuditException>(() => UsedAsync(new CloudConnection { ProfileName = "sso", ProfileLocation = file }));
        Assert.Equal(AuditErrors.CredentialsInvalid, e.ErrorId);
        Assert.Contains("aws sso login", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_or_half_given_is_told_when_the_store_is_opened()
    {
        var location = LogLocation.Parse("s3://bucket");
        var endpoint = new CloudConnection { EndpointUrl = new Uri("http://127.0.0.1:1") };
        (CloudConnection, string, string)[] wrong =
        [
            (endpoint with { AccessKey = "a" }, AuditErrors.CredentialsInvalid, "belong together"),
            (endpoint with { SecretKey = "very-secret" }, AuditErrors.CredentialsInvalid, "belong together"),
            (endpoint with { SessionToken = "very-secret" }, AuditErrors.CredentialsInvalid, "session token"),
            (endpoint with { ProfileName = "nobody" }, AuditErrors.CredentialsInvalid, "nobody"),
            (new CloudConnection { AccessKey = "a", SecretKey = "b" }, AuditErrors.LocationInvalid, "-Region"),
            (new CloudConnection { AccessKey = "a", SecretKey = "b", Region = "not a region" }, AuditErrors.LocationInvalid, "not a region"),
            (endpoint with { EndpointUrl = new Uri("ftp://x"), AccessKey = "a", SecretKey = "b" }, AuditErrors.LocationInvalid, "https://"),
        ];
        foreach (var (connection, id, mentions) in wrong)
        {
            var e = Assert.Throws<AuditException>(() => new AwsCloud().OpenStore(location, connection));
            Assert.Equal(id, e.ErrorId);
            Assert.Contains(mentions, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("very-secret", e.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("http://192.0.2.1")] // a network that nobody has
    public async Task Where_there_are_none_it_is_told_soon_with_what_to_do(string? metadata)
    {
        Set("AWS_EC2_METADATA_DISABLED", metadata is null ? "true" : null);
        Set("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata);
        var began = Stopwatch.StartNew();
        var e = await Assert.ThrowsAsync<AuditException>(() => UsedAsync(new CloudConnection()));
        Assert.Equal(AuditErrors.CredentialsInvalid, e.ErrorId);
        Assert.Contains("AWS_ACCESS_KEY_ID", e.Message, StringComparison.Ordinal);
        Assert.Contains("-ProfileName", e.Message, StringComparison.Ordinal);
        Assert.InRange(began.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_source_that_fails_doesnt_tell_its_secrets()
    {
        var e = await Assert.ThrowsAsync<AuditException>(() => UsedAsync(new CloudConnection { CredentialSource = () => throw new InvalidOperationException("very-secret") }));
        Assert.Equal(AuditErrors.CredentialsInvalid, e.ErrorId);
        Assert.DoesNotContain("very-secret", e.ToString(), StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<AuditException>(() => UsedAsync(new CloudConnection { CredentialSource = () => null! }));
        Assert.Equal(AuditErrors.CredentialsInvalid, e.ErrorId);
    }

    [Fact]
    public async Task AWSs_own_variables_for_endpoint_and_region_are_followed()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200));
        Set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        Set("AWS_ENDPOINT_URL_S3", server.Url.ToString());
        Set("AWS_DEFAULT_REGION", "eu-south-1");
        await using var store = new AwsCloud().OpenStore(LogLocation.Parse("s3://bucket/log"), new CloudConnection { AccessKey = "AKIAGIVEN", SecretKey = "s" });
        Assert.Equal(PutOutcome.Stored, (await store.PutAsync("k", new byte[1], PutCondition.None, null, default)).Outcome);
        var request = Assert.Single(server.Requests);
        Assert.Equal("/bucket/log/k", request.Path);
        Assert.Equal("eu-south-1", Key(request).Region);
        Set("AWS_REGION", "eu-south-2");
        Assert.Equal("eu-south-2", (await UsedAsync(new CloudConnection { AccessKey = "AKIAGIVEN", SecretKey = "s" })).Region);
    }

    [Fact]
    public async Task A_session_goes_where_the_profile_said()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200, """
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
            <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
            </Credentials></AssumeRoleResult></AssumeRoleResponse>
            """) { Headers = { ["Content-Type"] = "text/xml" } });
        var file = Path.Combine(_directory, "here");
        await File.WriteAllTextAsync(file, $"[here]\naws_access_key_id=AKIABASE\naws_secret_access_key=s\nregion=eu-west-1\nendpoint_url={server.Url}\n");
        using var service = new AwsCloud().OpenIdentity(new CloudConnection { ProfileName = "here", ProfileLocation = file });
        var session = await service.AssumeAsync("arn:r", "me", null, default);
        Assert.Null(session.ProfileName);
        Assert.Equal(("eu-west-1", server.Url), (session.Region, session.EndpointUrl));
        Assert.Equal(("AKIABASE", "eu-west-1"), Key(Assert.Single(server.Requests)));
    }

    private static async Task<(string Used, string Region)> UsedAsync(CloudConnection connection)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200));
        await using var store = server.Store(connection: connection with { EndpointUrl = server.Url });
        await store.PutAsync("k", new byte[1], PutCondition.None, null, default);
        return Key(Assert.Single(server.Requests));
    }

    private static (string Used, string Region) Key(FakeRequest request)
    {
        var match = Credential().Match(request.Header("Authorization") ?? "");
        Assert.True(match.Success);
        return (match.Groups[1].Value, match.Groups[2].Value);
    }

    private void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    [GeneratedRegex("Credential=([^/]+)/[0-9]+/([^/]+)/")]
    private static partial Regex Credential();
}
