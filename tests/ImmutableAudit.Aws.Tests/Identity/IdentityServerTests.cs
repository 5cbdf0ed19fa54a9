using Amazon.Runtime;
using Amazon.S3.Model;
using ImmutableAudit.Access;
using ImmutableAudit.Aws.Identity;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests.Identity;

/// <summary>Roles and policies on real servers.</summary>
public sealed class IdentityServerTests
{
    private const string Read = """
        {
          "Version": "2012-10-17",
          "Statement": [ { "Sid": "Reading only", "Effect": "Allow", "Action": [ "s3:GetObject" ], "Resource": "arn:aws:s3:::*" } ]
        }
        """;

    private static readonly AwsCloud Cloud = new();

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_role_lives_from_its_making_to_its_end(string server)
    {
        using var service = Cloud.OpenIdentity(TestServers.Of(server));
        Assert.False(service.IsAws);
        var name = NewName();
        Assert.Null(await service.ReadRoleAsync(name, default));
        await service.DeleteRoleAsync(name, default);

        await service.CreateRoleAsync(new NewRole(name, "/audit/", Trust(server, "one"), "for a test", null, null), default);
        var made = (await service.ReadRoleAsync(name, default))!;
        Assert.Equal((name, "/audit/"), (made.Name, made.Path));
        Assert.EndsWith($":role/audit/{name}", made.Arn, StringComparison.Ordinal);
        Assert.True(PolicyText.Same(Trust(server, "one"), made.TrustPolicy), made.TrustPolicy);
        Assert.Equal(3600, made.MaxSessionSeconds);
        Assert.InRange(made.Created!.Value, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        Assert.Empty(made.Inline);
        Assert.Null(made.Boundary);
        Assert.Null(made.AttachedUnknown);
        Assert.Equal(server == "moto", made.Attached is not null);

        var e = await Assert.ThrowsAsync<AuditException>(async () =>
            await service.CreateRoleAsync(new NewRole(name, "/audit/", Trust(server, "one"), null, null, null), default));
        Assert.Equal(AuditErrors.RoleNotOurs, e.ErrorId);

        await service.PutTrustAsync(name, Trust(server, "two"), default);
        await service.PutInlineAsync(name, "read", Read, default);
        await service.PutInlineAsync(name, "other", Read.Replace("GetObject", "ListBucket", StringComparison.Ordinal), default);
        var changed = (await service.ReadRoleAsync(name, default))!;
        Assert.True(PolicyText.Same(Trust(server, "two"), changed.TrustPolicy), changed.TrustPolicy);
        Assert.Equal(["other", "read"], changed.Inline.Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.True(PolicyText.Same(Read, changed.Inline.Single(p => p.Name == "read").Document));

        var listed = new List<string>();
        await foreach (var one in service.ListRolesAsync("/audit/", default))
            listed.Add(one);
        Assert.Contains(name, listed);

        foreach (var policy in new[] { "read", "other", "read" })
            await service.DeleteInlineAsync(name, policy, default);
        Assert.Empty((await service.ReadRoleAsync(name, default))!.Inline);
        await service.DeleteRoleAsync(name, default);
        Assert.Null(await service.ReadRoleAsync(name, default));
    }

    [RgwFact]
    public async Task A_session_may_what_the_role_may_and_nothing_else()
    {
        await using var bucket = await TestBucket.PlainAsync("rgw");
        await bucket.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket.Name, Key = "k", ContentBody = "x" });
        using var service = Cloud.OpenIdentity(TestServers.Rgw);
        var name = NewName();
        await service.CreateRoleAsync(new NewRole(name, "/", Trust("rgw", null, "arn:aws:iam:::user/stranger"), null, null, null), default);
        await service.PutInlineAsync(name, "read", Read, default);
        var arn = (await service.ReadRoleAsync(name, default))!.Arn;

        using var user = Cloud.OpenIdentity(TestServers.RgwUser);
        var refused = await Assert.ThrowsAsync<AuditException>(async () => await user.AssumeAsync(arn, "session", null, default));
        Assert.Equal(AuditErrors.AccessDenied, refused.ErrorId);
        Assert.Contains("trust policy", refused.Message, StringComparison.Ordinal);

        // Without an external id: Ceph 16.2 never takes one for the right one.
        await service.PutTrustAsync(name, Trust("rgw", null), default);
        var session = await user.AssumeAsync(arn, "session", null, default);
        Assert.NotNull(session.SessionToken);
        using var opened = AwsConnection.Open(session, "S3");
        using var s3 = opened.S3(ClientUse.Repeatable);
        using var got = await s3.GetObjectAsync(bucket.Name, "k");
        var denied = await Assert.ThrowsAnyAsync<AmazonServiceException>(
            () => s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket.Name, Key = "k2", ContentBody = "x" }));
        Assert.Equal("AccessDenied", denied.ErrorCode);

        using var asRole = Cloud.OpenIdentity(session);
        var e = await Assert.ThrowsAsync<AuditException>(async () => await asRole.PutInlineAsync(name, "more", Read, default));
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("iam:PutRolePolicy", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(session.SecretKey!, e.ToString(), StringComparison.Ordinal);

        await service.DeleteInlineAsync(name, "read", default);
        await service.DeleteRoleAsync(name, default);
    }

    [MotoFact]
    public async Task A_session_is_somebody_else()
    {
        using var service = Cloud.OpenIdentity(TestServers.Moto);
        var name = NewName();
        await service.CreateRoleAsync(new NewRole(name, "/", Trust("moto", "42"), null, 7200, null), default);
        var role = (await service.ReadRoleAsync(name, default))!;
        Assert.Equal(7200, role.MaxSessionSeconds);
        await service.PutMaxSessionAsync(name, 14400, default);
        Assert.Equal(14400, (await service.ReadRoleAsync(name, default))!.MaxSessionSeconds);

        var session = await service.AssumeAsync(role.Arn, "session", "42", default);
        using var opened = AwsConnection.Open(session, "STS");
        using var sts = opened.Sts();
        var caller = await sts.GetCallerIdentityAsync(new Amazon.SecurityToken.Model.GetCallerIdentityRequest());
        Assert.EndsWith($":assumed-role/{name}/session", caller.Arn, StringComparison.Ordinal);
        Assert.Equal(await service.AccountAsync(default), caller.Account);
        await service.DeleteRoleAsync(name, default);
    }

    [MotoFact]
    public async Task Managed_policies_are_replaced_attached_and_deleted()
    {
        using var service = IdentityService.Open(TestServers.Moto, AwsTimeouts.Default);
        var name = NewName();
        var arn = await service.PutManagedAsync("/audit/", name, Read, default);
        Assert.EndsWith($":policy/audit/{name}", arn, StringComparison.Ordinal);
        await service.CreateRoleAsync(new NewRole(name, "/", Trust("moto", "42"), null, null, arn), default);
        await service.Client.AttachRolePolicyAsync(new AttachRolePolicyRequest { RoleName = name, PolicyArn = arn }, default);

        // More versions than the service keeps: the oldest make room.
        var last = Read;
        for (var i = 0; i < 8; i++)
        {
            last = Read.Replace("Reading only", "Reading" + i, StringComparison.Ordinal);
            Assert.Equal(arn, await service.PutManagedAsync("/audit/", name, last, default));
            Assert.Equal(arn, await service.PutManagedAsync("/audit/", name, last, default)); // changes nothing
        }

        var versions = await service.Client.ListPolicyVersionsAsync(new ListPolicyVersionsRequest { PolicyArn = arn }, default);
        Assert.Equal(["v5", "v6", "v7", "v8", "v9"], versions.Versions.Select(v => v.VersionId).Order(StringComparer.Ordinal));
        var role = (await service.ReadRoleAsync(name, default))!;
        var attached = Assert.Single(role.Attached!);
        Assert.Equal((arn, arn), (attached.Arn, role.Boundary!.Arn));
        Assert.True(PolicyText.Same(last, attached.Document!));
        Assert.True(PolicyText.Same(last, role.Boundary.Document!));

        var other = await service.PutManagedAsync("/", NewName(), Read, default);
        await service.PutBoundaryAsync(name, other, default);
        Assert.Equal(other, (await service.ReadRoleAsync(name, default))!.Boundary!.Arn);

        await service.DetachAsync(name, arn, default);
        await service.DetachAsync(name, arn, default);
        await service.DeleteRoleAsync(name, default);
        foreach (var gone in new[] { arn, other, arn })
            await service.DeleteManagedAsync(gone, default);
        Assert.Equal(arn, await service.PutManagedAsync("/audit/", name, Read, default));
        await service.DeleteManagedAsync(arn, default);
    }

    [MotoFact]
    public async Task Many_roles_come_page_by_page()
    {
        using var service = IdentityService.Open(TestServers.Moto, AwsTimeouts.Default);
        var path = $"/{NewName()}/";
        var names = Enumerable.Range(0, 120).Select(i => $"{path.Trim('/')}-{i:000}").ToList();
        foreach (var name in names)
            await service.CreateRoleAsync(new NewRole(name, path, Trust("moto", "42"), null, null, null), default);
        var listed = new List<string>();
        await foreach (var name in service.ListRolesAsync(path, default))
            listed.Add(name);
        Assert.Equal(names, listed.Order(StringComparer.Ordinal));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task What_a_server_lacks_is_said(string server)
    {
        using var service = IdentityService.Open(TestServers.Of(server), AwsTimeouts.Default);
        var name = NewName();
        await service.CreateRoleAsync(new NewRole(name, "/", Trust(server, "42"), null, null, null), default);
        var role = (await service.ReadRoleAsync(name, default))!;
        Assert.Null(await service.SimulateAsync(role.Arn, ["s3:GetObject"], "arn:aws:s3:::b/k", null, default));
        if (server == "rgw")
        {
            Assert.Null(await service.AccountAsync(default));
            var arn = "arn:aws:iam:::policy/x";
            foreach (var call in new Func<Task>[]
            {
                async () => await service.PutManagedAsync("/", name, Read, default),
                async () => await service.DeleteManagedAsync(arn, default),
                async () => await service.PutBoundaryAsync(name, arn, default),
                async () => await service.DetachAsync(name, arn, default),
                async () => await service.PutMaxSessionAsync(name, 7200, default),
            })
            {
                var e = await Assert.ThrowsAsync<AuditException>(call);
                Assert.Equal(AuditErrors.IdentityCallUnsupported, e.ErrorId);
            }
        }

        await service.DeleteRoleAsync(name, default);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_policy_that_isnt_one_is_told_in_the_servers_words(string server)
    {
        using var service = Cloud.OpenIdentity(TestServers.Of(server));
        var name = NewName();
        await service.CreateRoleAsync(new NewRole(name, "/", Trust(server, "42"), null, null, null), default);
        var e = await Assert.ThrowsAsync<AuditException>(async () => await service.PutInlineAsync(
            name, "p", """{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Action":"s3:GetObject","Resource":"arn:aws:s3:::*"}]}""", default));
        Assert.Equal(AuditErrors.PolicyInvalid, e.ErrorId);
        Assert.Contains("MalformedPolicyDocument", e.Message, StringComparison.Ordinal);
        await service.DeleteRoleAsync(name, default);

        e = await Assert.ThrowsAsync<AuditException>(async () => await service.PutTrustAsync(name, Trust(server, "42"), default));
        Assert.Equal(AuditErrors.RoleNotFound, e.ErrorId);
    }

    [RgwFact]
    public async Task Who_has_no_rights_is_told_which_are_missing()
    {
        using var service = Cloud.OpenIdentity(TestServers.RgwUser);
        var e = await Assert.ThrowsAsync<AuditException>(async () =>
            await service.CreateRoleAsync(new NewRole(NewName(), "/", Trust("rgw", "42"), null, null, null), default));
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("iam:CreateRole", e.Message, StringComparison.Ordinal);
    }

    private static string NewName() => "ia-" + Guid.NewGuid().ToString("N")[..16];

    private static string Trust(string server, string? externalId, string? who = null) => $$"""
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Principal": { "AWS": "{{who ?? (server == "rgw" ? TestServers.Variable("RGW_USER_ARN") : "arn:aws:iam::123456789012:root")}}" },
              "Action": "sts:AssumeRole"{{(externalId is null ? "" : $$"""
              , "Condition": { "StringEquals": { "sts:ExternalId": "{{externalId}}" } }
              """)}}
            }
          ]
        }
        """;
}
