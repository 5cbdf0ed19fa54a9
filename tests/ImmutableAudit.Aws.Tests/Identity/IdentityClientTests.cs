using System.Net;
using System.Text;
using Amazon;
using Amazon.Runtime;
using ImmutableAudit.Access;
using ImmutableAudit.Aws.Identity;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests.Identity;

/// <summary>What goes out to IAM and what is made of its answers.</summary>
public sealed class IdentityClientTests
{
    private const string Trust = """{"Version":"2012-10-17","Statement":[]}""";

    private static readonly AwsCloud Cloud = new();

    [Fact]
    public async Task Forms_are_signed_and_hold_no_plus_and_no_needless_blank()
    {
        await using var server = new FakeServer(_ => Answer("CreateRole", Role("r")));
        using var service = Cloud.OpenIdentity(server.Connection with { Region = "eu-west-3" });
        await service.CreateRoleAsync(
            new NewRole("r", "/audit/", """{ "Version": "2012-10-17", "Statement": [ { "Sid": "a b+c/é" } ] }""", "two words", 7200, "arn:aws:iam::1:policy/b"), default);

        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/"), (request.Method, request.Target));
        Assert.StartsWith("application/x-www-form-urlencoded", request.Header("Content-Type"), StringComparison.Ordinal);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIAFAKEFAKEFAKEFAKE/", request.Header("Authorization"), StringComparison.Ordinal);
        Assert.Contains("/eu-west-3/iam/aws4_request", request.Header("Authorization"), StringComparison.Ordinal);
        var body = Encoding.UTF8.GetString(request.Body);
        Assert.DoesNotContain('+', body);
        var form = Form(request);
        Assert.Equal("""{"Version":"2012-10-17","Statement":[{"Sid":"a b+c/é"}]}""", form["AssumeRolePolicyDocument"]);
        Assert.Equal(
            ("CreateRole", "2010-05-08", "r", "/audit/", "two words", "7200", "arn:aws:iam::1:policy/b"),
            (form["Action"], form["Version"], form["RoleName"], form["Path"], form["Description"], form["MaxSessionDuration"], form["PermissionsBoundary"]));
    }

    [Theory]
    [InlineData("eu-central-1", "iam.amazonaws.com", "us-east-1")]
    [InlineData("us-east-1", "iam.amazonaws.com", "us-east-1")]
    [InlineData("cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1")]
    [InlineData("us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1")]
    [InlineData("eusc-de-east-1", "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1")]
    public void On_AWS_there_is_one_address_for_a_partition(string region, string host, string signedFor)
    {
        Assert.Equal((host, signedFor), IamConfig.Global(RegionEndpoint.GetBySystemName(region)));
        var endpoint = new IamConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) }.ResolveEndpoint(new());
        Assert.Equal($"https://{host}", endpoint.URL);
        Assert.NotNull(endpoint.Attributes["authSchemes"]);
    }

    [Fact]
    public async Task Requests_to_AWS_are_signed_for_the_partitions_own_region()
    {
        using var stub = new StubFactory();
        using var client = new IamClient(
            new BasicAWSCredentials("AKIA", "s"), new IamConfig { RegionEndpoint = RegionEndpoint.GetBySystemName("us-gov-east-1"), HttpClientFactory = stub });
        await client.DeleteRoleAsync(new DeleteRoleRequest { RoleName = "r" }, default);
        Assert.Equal("https://iam.us-gov.amazonaws.com/", stub.Asked!.RequestUri!.ToString());
        Assert.Contains("/us-gov-west-1/iam/aws4_request", stub.Asked.Headers.GetValues("Authorization").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_whose_answer_was_lost_is_looked_for()
    {
        const string Document = """{"Statement":[{"Sid":"new"}]}""";
        var stored = Trust;
        var puts = 0;
        await using var server = new FakeServer(request =>
        {
            switch (Form(request)["Action"])
            {
                case "CreatePolicy":
                    return Error(409, "EntityAlreadyExists");
                case "GetCallerIdentity":
                    return Answer("GetCallerIdentity", "<Arn>arn:aws-cn:iam::1:user/u</Arn><Account>1</Account>");
                case "GetPolicy":
                    return Answer("GetPolicy", $"<Policy><Arn>{Form(request)["PolicyArn"]}</Arn><DefaultVersionId>v1</DefaultVersionId></Policy>");
                case "GetPolicyVersion":
                    return Answer("GetPolicyVersion", $"<PolicyVersion><VersionId>v1</VersionId><Document>{Uri.EscapeDataString(stored)}</Document></PolicyVersion>");
                case "ListPolicyVersions":
                    return Answer("ListPolicyVersions", "<Versions><member><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion></member></Versions>");
                default:
                    stored = Form(request)["PolicyDocument"];
                    return ++puts == 1 ? FakeAnswer.Lost : Error(409, "LimitExceeded");
            }
        });
        using var service = Cloud.OpenIdentity(server.Connection);
        Assert.Equal("arn:aws-cn:iam::1:policy/audit/p", await service.PutManagedAsync("/audit/", "p", Document, default));
        Assert.Equal(2, puts);
    }

    [Fact]
    public async Task A_role_is_read_with_all_its_policies_page_by_page_and_decoded()
    {
        const string Document = """{"Statement":[{"Sid":"a+b %41"}]}""";
        var coded = Uri.EscapeDataString(Document);
        await using var server = new FakeServer(request => (Form(request)["Action"], Form(request).GetValueOrDefault("Marker")) switch
        {
            ("GetRole", _) => Answer("GetRole", Role("r", "<PermissionsBoundary><PermissionsBoundaryArn>arn:b</PermissionsBoundaryArn></PermissionsBoundary>")),
            ("ListRolePolicies", null) => Answer("ListRolePolicies", "<PolicyNames><member>one</member></PolicyNames><IsTruncated>true</IsTruncated><Marker>m+1</Marker>"),
            ("ListRolePolicies", "m+1") => Answer("ListRolePolicies", "<PolicyNames><member>two</member><member>gone</member></PolicyNames><IsTruncated>false</IsTruncated>"),
            ("GetRolePolicy", _) when Form(request)["PolicyName"] == "gone" => Error(404, "NoSuchEntity"),
            ("GetRolePolicy", _) => Answer("GetRolePolicy", $"<PolicyDocument>{(Form(request)["PolicyName"] == "one" ? coded : Document)}</PolicyDocument>"),
            ("ListAttachedRolePolicies", null) => Answer("ListAttachedRolePolicies", "<AttachedPolicies><member><PolicyArn>arn:a</PolicyArn></member></AttachedPolicies><IsTruncated>true</IsTruncated><Marker>2</Marker>"),
            ("ListAttachedRolePolicies", _) => Answer("ListAttachedRolePolicies", "<AttachedPolicies><member><PolicyArn>arn:x</PolicyArn></member></AttachedPolicies>"),
            ("GetPolicy", _) when Form(request)["PolicyArn"] == "arn:x" => Error(403, "AccessDenied"),
            ("GetPolicy", _) => Answer("GetPolicy", $"<Policy><Arn>{Form(request)["PolicyArn"]}</Arn><DefaultVersionId>v7</DefaultVersionId></Policy>"),
            ("GetPolicyVersion", _) when Form(request)["VersionId"] == "v7" => Answer("GetPolicyVersion", $"<PolicyVersion><VersionId>v7</VersionId><Document>{coded}</Document></PolicyVersion>"),
            _ => Error(500, "Unexpected"),
        });
        using var service = Cloud.OpenIdentity(server.Connection);
        var role = (await service.ReadRoleAsync("r", default))!;
        Assert.Equal(Trust, role.TrustPolicy);
        Assert.Equal((3600, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), (role.MaxSessionSeconds, role.Created!.Value));
        Assert.Equal([new InlinePolicy("one", Document), new InlinePolicy("two", Document)], role.Inline);
        Assert.Equal(new ManagedPolicy("arn:b", Document), role.Boundary);
        Assert.Equal(new ManagedPolicy("arn:a", Document), role.Attached![0]);
        Assert.Null(role.Attached[1].Document);
        Assert.Contains("iam:GetPolicy", role.Attached[1].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "AccessDenied", "iam:ListAttachedRolePolicies")]
    [InlineData(405, "MethodNotAllowed", null)]
    [InlineData(501, "NotImplemented", null)]
    [InlineData(400, "InvalidAction", null)]
    public async Task Attached_policies_that_cant_be_listed_arent_none(int status, string code, string? mentions)
    {
        await using var server = new FakeServer(request => Form(request)["Action"] switch
        {
            "GetRole" => Answer("GetRole", Role("r")),
            "ListRolePolicies" => Answer("ListRolePolicies", "<PolicyNames/>"),
            _ => Error(status, code),
        });
        using var service = Cloud.OpenIdentity(server.Connection);
        var role = (await service.ReadRoleAsync("r", default))!;
        Assert.Null(role.Attached);
        Assert.Equal(mentions is null, role.AttachedUnknown is null);
        Assert.Contains(mentions ?? "", role.AttachedUnknown ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_to_list_attached_policies_is_an_error()
    {
        await using var server = new FakeServer(request => Form(request)["Action"] switch
        {
            "GetRole" => Answer("GetRole", Role("r")),
            "ListRolePolicies" => Answer("ListRolePolicies", "<PolicyNames/>"),
            _ => new FakeAnswer(500, "<html>"),
        });
        using var service = Cloud.OpenIdentity(server.Connection);
        var e = await Assert.ThrowsAsync<AuditException>(async () => await service.ReadRoleAsync("r", default));
        Assert.Equal(AuditErrors.StoreFailed, e.ErrorId);
    }

    [Theory]
    [InlineData(403, "AccessDenied", AuditErrors.AccessDenied, "iam:PutRolePolicy")]
    [InlineData(405, "MethodNotAllowed", AuditErrors.IdentityCallUnsupported, "iam:PutRolePolicy")]
    [InlineData(400, "MalformedPolicyDocument", AuditErrors.PolicyInvalid, "said the fake")]
    [InlineData(404, "NoSuchEntity", AuditErrors.RoleNotFound, "role 'r'")]
    [InlineData(403, "InvalidClientTokenId", AuditErrors.CredentialsInvalid, "credentials")]
    [InlineData(409, "LimitExceeded", AuditErrors.StoreFailed, "said the fake")]
    [InlineData(409, "EntityAlreadyExists", AuditErrors.StoreFailed, "EntityAlreadyExists")]
    public async Task Refusals_are_told_with_their_cure(int status, string code, string errorId, string mentions)
    {
        foreach (var answer in new[] { Error(status, code), FakeAnswer.Error(status, code) }) // AWS's form and Ceph's
        {
            await using var server = new FakeServer(_ => answer);
            using var service = Cloud.OpenIdentity(server.Connection);
            var e = await Assert.ThrowsAsync<AuditException>(async () => await service.PutInlineAsync("r", "p", Trust, default));
            Assert.Equal(errorId, e.ErrorId);
            Assert.Contains(mentions, e.Message, StringComparison.Ordinal);
            Assert.Contains("REQ1", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_isnt_JSON_isnt_sent()
    {
        await using var server = new FakeServer(_ => FakeAnswer.Lost);
        using var service = Cloud.OpenIdentity(server.Connection);
        foreach (var document in new[] { "", "{", "{\"a\":1} x", "{\"a\":\"\\ud800\"}" })
        {
            var e = await Assert.ThrowsAsync<AuditException>(async () => await service.PutTrustAsync("r", document, default));
            Assert.Equal(AuditErrors.PolicyInvalid, e.ErrorId);
        }

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("<GetRoleResponse><GetRoleResult/></GetRoleResponse>")]
    [InlineData("not XML")]
    [InlineData("")]
    [InlineData("<!DOCTYPE a [<!ENTITY x 'y'>]><GetRoleResponse>&x;</GetRoleResponse>")]
    public async Task An_answer_that_isnt_one_is_an_error_and_not_no_role(string body)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200, body) { Headers = { ["Content-Type"] = "text/xml" } });
        using var service = Cloud.OpenIdentity(server.Connection);
        var e = await Assert.ThrowsAsync<AuditException>(async () => await service.ReadRoleAsync("r", default));
        Assert.Equal(AuditErrors.StoreFailed, e.ErrorId);
    }

    [Fact]
    public async Task A_list_that_goes_on_nowhere_is_an_error()
    {
        await using var server = new FakeServer(_ => Answer("ListRoles", "<Roles/><IsTruncated>true</IsTruncated><Marker>same</Marker>"));
        using var service = Cloud.OpenIdentity(server.Connection);
        var e = await Assert.ThrowsAsync<AuditException>(async () => await service.ListRolesAsync("/", default).CountAsync());
        Assert.Equal(AuditErrors.StoreFailed, e.ErrorId);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData("/audit/", true)]
    [InlineData("/other/", false)]
    public async Task A_create_that_was_repeated_is_done_if_the_role_is_as_asked(string path, bool done)
    {
        var creates = 0;
        await using var server = new FakeServer(request => Form(request)["Action"] == "GetRole" ? Answer("GetRole", Role("r"))
            : ++creates == 1 ? FakeAnswer.Lost : Error(409, "EntityAlreadyExists"));
        using var service = Cloud.OpenIdentity(server.Connection);
        async Task CreateAsync() => await service.CreateRoleAsync(new NewRole("r", path, " " + Trust, null, null, null), default);
        if (done)
            await CreateAsync();
        else
            Assert.Equal(AuditErrors.RoleNotOurs, (await Assert.ThrowsAsync<AuditException>(CreateAsync)).ErrorId);
        Assert.Equal(2, creates);

        // The first attempt meets it: somebody else made it.
        Assert.Equal(AuditErrors.RoleNotOurs, (await Assert.ThrowsAsync<AuditException>(CreateAsync)).ErrorId);
    }

    [Fact]
    public async Task The_simulator_is_asked_with_all_pages_and_what_it_missed()
    {
        await using var server = new FakeServer(request => Answer("SimulatePrincipalPolicy", Form(request).ContainsKey("Marker")
            ? "<EvaluationResults><member><EvalActionName>s3:PutObject</EvalActionName><EvalResourceName>arn:o</EvalResourceName><EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults>"
            : "<EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>arn:o</EvalResourceName><EvalDecision>allowed</EvalDecision>"
                + "<MissingContextValues><member>aws:SourceIp</member></MissingContextValues></member></EvaluationResults><IsTruncated>true</IsTruncated><Marker>2</Marker>"));
        using var service = Cloud.OpenIdentity(server.Connection);
        var decisions = (await service.SimulateAsync("arn:r", ["s3:GetObject", "s3:PutObject"], "arn:o", "{ }", default))!;
        Assert.Equal(["allowed", "implicitDeny"], decisions.Select(d => d.Decision));
        Assert.Equal(["aws:SourceIp"], decisions[0].MissingContext);
        var form = Form(server.Requests.First());
        Assert.Equal(
            ("s3:GetObject", "s3:PutObject", "arn:o", "{}"),
            (form["ActionNames.member.1"], form["ActionNames.member.2"], form["ResourceArns.member.1"], form["ResourcePolicy"]));
    }

    [Fact]
    public async Task A_session_replaces_the_credentials_and_nothing_else()
    {
        await using var server = new FakeServer(request => Form(request)["Action"] == "AssumeRole"
            ? Answer("AssumeRole", "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>sek</SecretAccessKey><SessionToken>tok</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>")
            : Error(405, "MethodNotAllowed"));
        var given = new CloudConnection { EndpointUrl = server.Url, Region = "eu-west-3", CredentialSource = () => new CloudCredentials("AKIA1", "secretsecretsecret", null) };
        using var service = Cloud.OpenIdentity(given);
        var session = await service.AssumeAsync("arn:r", "me", "42", default);
        Assert.Equal(given with { AccessKey = "ASIA", SecretKey = "sek", SessionToken = "tok", CredentialSource = null }, session);
        Assert.Equal(("me", "42"), (Form(server.Requests.Last())["RoleSessionName"], Form(server.Requests.Last())["ExternalId"]));
        Assert.Null(await service.AccountAsync(default));
    }

    [Fact]
    public async Task No_secret_is_in_any_error_even_if_the_endpoint_repeats_it()
    {
        const string Secret = "Very/Secret+KeyVery/Secret+KeyVery/Secret";
        const string Token = "SessionTokenSessionTokenSessionToken==";
        Func<FakeRequest, FakeAnswer>[] answers =
        [
            _ => Error(403, "AccessDenied", Secret + Token),
            _ => Error(400, "MalformedPolicyDocument", Secret + Token),
            _ => Error(404, "NoSuchEntity", Secret + Token),
            _ => Error(409, "EntityAlreadyExists", Secret + Token),
            _ => Error(405, Token, Secret),
            _ => new FakeAnswer(500, $"<html>{Secret} {Token}"),
            _ => new FakeAnswer(200, $"<a>{Secret} {Token}") { Headers = { ["Content-Type"] = "text/xml" } },
            _ => FakeAnswer.Lost,
        ];
        foreach (var answer in answers)
        {
            await using var server = new FakeServer(answer);
            using var service = Cloud.OpenIdentity(new CloudConnection { EndpointUrl = server.Url, AccessKey = "AKIAFAKEFAKEFAKEFAKE", SecretKey = Secret, SessionToken = Token });
            foreach (var call in new Func<Task>[]
            {
                async () => await service.CreateRoleAsync(new NewRole("r", "/", Trust, null, null, null), default),
                async () => await service.AssumeAsync("arn:r", "me", null, default),
            })
            {
                var e = await Record.ExceptionAsync(call);
                Assert.IsType<AuditException>(e);
                Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
                Assert.DoesNotContain(Token, e.ToString(), StringComparison.Ordinal);
            }
        }
    }

    private sealed class StubFactory : HttpClientFactory, IDisposable
    {
        private readonly Stub _stub = new();

        public HttpRequestMessage? Asked => _stub.Asked;

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(_stub, disposeHandler: false);

        public void Dispose() => _stub.Dispose();

        private sealed class Stub : HttpMessageHandler
        {
            public HttpRequestMessage? Asked { get; private set; }

            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                Asked = request;
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("<DeleteRoleResponse/>") });
            }
        }
    }

    private static Dictionary<string, string> Form(FakeRequest request) => Encoding.UTF8.GetString(request.Body).Split('&')
        .Select(pair => pair.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]));

    private static string Role(string name, string more = "") =>
        $"<Role><RoleName>{name}</RoleName><Path>/audit/</Path><Arn>arn:aws:iam::1:role/audit/{name}</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate>"
        + $"<MaxSessionDuration>3600</MaxSessionDuration><AssumeRolePolicyDocument>{Uri.EscapeDataString(Trust)}</AssumeRolePolicyDocument>{more}</Role>";

    private static FakeAnswer Answer(string action, string result) => new(200,
        $"<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{action}Result>{result}</{action}Result>"
        + $"<ResponseMetadata><RequestId>REQ1</RequestId></ResponseMetadata></{action}Response>")
    {
        Headers = { ["Content-Type"] = "text/xml" },
    };

    private static FakeAnswer Error(int status, string code, string message = "said the fake") => new(status,
        $"<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{WebUtility.HtmlEncode(message)}</Message></Error>"
        + "<RequestId>REQ1</RequestId></ErrorResponse>")
    {
        Headers = { ["Content-Type"] = "text/xml" },
    };
}
