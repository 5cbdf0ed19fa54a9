using ImmutableAudit.Access;
using ImmutableAudit.Storage;
using static ImmutableAudit.Access.RoleStepOutcome;

namespace ImmutableAudit.Core.Tests.Access;

public sealed class RoleGrantTests : IDisposable
{
    private static readonly RoleGrantOptions _fast = new() { ReadBackDelays = [TimeSpan.Zero, TimeSpan.Zero] };
    private static readonly RolePlan _plan = RoleDocumentTests.Reader() with { Boundary = true, MaxSessionSeconds = 7200 };

    private readonly FakeIdentity _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task A_role_is_made_seen_and_left_as_it_is_the_next_time()
    {
        var first = await Ensure(_plan);
        Assert.True(first.IsReady);
        Assert.Equal(["BoundaryPolicy:Done", "Role:Done", "Trust:Done", "MaxSession:Done", "Boundary:Done", "Permissions:Done"], Told(first));
        Assert.Equal("/immutableaudit/reader/", first.Role!.Path);
        Assert.All(first.Steps, step => Assert.NotNull(step.Seen));
        _service.Calls.Clear();

        var second = await Ensure(_plan);
        Assert.True(second.IsReady);
        Assert.All(second.Steps, step => Assert.Equal(AlreadySo, step.Outcome));
        Assert.Empty(_service.Calls);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_tells_everything()
    {
        var fresh = await Ensure(_plan, _fast with { DryRun = true });
        Assert.Equal(["BoundaryPolicy:WouldDo", "Role:WouldDo", "Permissions:WouldDo"], Told(fresh));
        Assert.False(fresh.IsReady);
        Assert.Null(fresh.Role);
        Assert.Empty(_service.Calls);

        Add("auditor", "/immutableaudit/reader/", inline: ["other"], attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]);
        var there = await Ensure(_plan, _fast with { DryRun = true });
        Assert.Equal(["ForeignInline:WouldDo", "ForeignAttached:WouldDo", "BoundaryPolicy:WouldDo", "Role:AlreadySo", "Boundary:WouldDo", "Permissions:WouldDo", "Trust:WouldDo", "MaxSession:WouldDo"], Told(there));
        Assert.Equal(["Permissions", "Permissions", "Role"], (await Revoke("auditor", _fast with { DryRun = true }, extraInline: true)).Steps.Select(step => step.Name).Where(name => name != "Attached"));
        Assert.Empty(_service.Calls);
    }

    [Fact]
    public async Task What_was_added_to_our_role_is_taken_away_before_anybody_new_gets_it()
    {
        Add("auditor", "/immutableaudit/reader/", inline: ["other", "another"], attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]);
        var report = await Ensure(_plan);
        Assert.True(report.IsReady);
        Assert.Equal(["DeleteInline", "DeleteInline", "Detach", "PutManaged", "PutBoundary", "PutInline", "PutTrust", "PutMaxSession"], _service.Calls);
        Assert.Equal(3, report.Steps.Count(step => step.Name.StartsWith("Foreign", StringComparison.Ordinal) && step is { Outcome: Done, Seen: "none" }));
        Assert.Equal(RolePlan.PolicyName, Assert.Single(report.Role!.Inline).Name);
    }

    [Theory]
    [InlineData("DeleteInline")]
    [InlineData("Detach")]
    [InlineData("PutInline")]
    public async Task Nobody_new_is_let_in_while_old_policies_stay(string refused)
    {
        Add("auditor", "/immutableaudit/reader/", inline: ["other"], attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]);
        _service.Refusals[refused] = AuditErrors.AccessDenied;
        var report = await Ensure(_plan);
        Assert.False(report.IsReady);
        Assert.DoesNotContain("PutTrust", _service.Calls);
        Assert.Contains(report.Steps, step => step is { Name: "Trust", Outcome: Skipped });
        Assert.Contains(report.Steps, step => step.Outcome == NotPermitted && step.Detail!.Contains(refused, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_role_of_others_is_taken_over_by_force_only()
    {
        foreach (var path in new[] { "/", "/immutableaudit/writer/" })
        {
            Add("auditor", path, inline: ["other"]);
            var error = await Assert.ThrowsAsync<AuditException>(() => Ensure(_plan));
            Assert.Equal(AuditErrors.RoleNotOurs, error.ErrorId);
            Assert.Empty(_service.Calls);
        }

        var report = await Ensure(_plan, _fast with { Force = true });
        Assert.True(report.IsReady);
        Assert.Contains(report.Steps, step => step is { Name: "Path", Outcome: Done });
        Assert.Contains(report.Steps, step => step is { Name: "ForeignInline", Outcome: Done });
        Assert.Contains(report.Steps, step => step is { Name: "Trust", Outcome: Done });
    }

    [Fact]
    public async Task An_endpoint_that_knows_fewer_actions_gets_fewer_and_it_is_told_each_time()
    {
        using var ceph = new FakeIdentity { IsAws = false };
        ceph.Unknown.UnionWith(["s3:GetObjectAttributes", "kms:Decrypt"]);
        ceph.Refusals["PutManaged"] = AuditErrors.IdentityCallUnsupported;
        var plan = RoleDocumentTests.Reader() with { Verifier = true, KeyArn = "arn:aws:kms:eu-west-1:111122223333:key/1" };
        for (var round = 0; round < 2; round++)
        {
            var report = await new RoleGrant(ceph).EnsureAsync(plan, _fast);
            Assert.True(report.IsReady);
            var left = Assert.Single(report.Steps, step => step.Name == "LeftOut");
            Assert.Equal(RefusedByEndpoint, left.Outcome);
            foreach (var action in new[] { "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes", "s3:GetEncryptionConfiguration", "s3:GetBucketOwnershipControls", "kms:Decrypt", "kms:DescribeKey" })
                Assert.Contains(action, left.Detail, StringComparison.Ordinal);
            Assert.Equal(round == 0 ? Done : AlreadySo, report.Steps.Single(step => step.Name == "Permissions").Outcome);
        }

        var boundary = await new RoleGrant(ceph).EnsureAsync(plan with { Boundary = true }, _fast);
        Assert.Equal(RefusedByEndpoint, boundary.Steps.Single(step => step.Name == "BoundaryPolicy").Outcome);
        Assert.False(boundary.IsReady);

        // A refusal for another reason isn't hidden: neither one that stays, nor any at AWS.
        ceph.Unknown.Add("s3:ListBucketVersions");
        ceph.Roles.Clear();
        Assert.Equal(AuditErrors.PolicyInvalid, (await Assert.ThrowsAsync<AuditException>(() => new RoleGrant(ceph).EnsureAsync(plan, _fast))).ErrorId);
        _service.Unknown.Add("s3:GetObjectAttributes");
        Assert.Equal(AuditErrors.PolicyInvalid, (await Assert.ThrowsAsync<AuditException>(() => Ensure(plan))).ErrorId);
    }

    [Fact]
    public async Task Conditions_that_an_endpoint_may_not_keep_are_told()
    {
        using var ceph = new FakeIdentity { IsAws = false };
        var strict = new TrustPlan { Principals = ["arn:aws:iam:::user/user"], ExternalId = "acme", RequireMfa = true };
        foreach (var (plan, words) in new (RolePlan, string[])[]
        {
            (RoleDocumentTests.Reader(), []),
            (RoleDocumentTests.Reader() with { Trust = strict }, ["external id", "second factor"]),
            (RoleDocumentTests.Writer() with { StateRetention = new(RetentionMode.Compliance, 30) }, ["plain puts", "stated lock"]),
        })
        {
            var report = await new RoleGrant(ceph).EnsureAsync(plan, _fast);
            Assert.True(report.IsReady);
            var detail = report.Steps.SingleOrDefault(step => step.Name == "Conditions")?.Detail;
            Assert.Equal(words.Length > 0, detail is not null);
            Assert.All(words, word => Assert.Contains(word, detail, StringComparison.Ordinal));
            Assert.DoesNotContain((await new RoleGrant(_service).EnsureAsync(plan, _fast)).Steps, step => step.Name == "Conditions");
        }
    }

    [Theory]
    [InlineData("PutInline", "Permissions")]
    [InlineData("PutTrust", "Trust")]
    [InlineData("Detach", "ForeignAttached")]
    [InlineData("DeleteInline", "ForeignInline")]
    [InlineData("PutBoundary", "Boundary")]
    [InlineData("PutMaxSession", "MaxSession")]
    public async Task What_was_accepted_and_does_not_show_is_not_believed(string forgotten, string step)
    {
        Add("auditor", "/immutableaudit/reader/", inline: ["other"], attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]);
        _service.Forgets.Add(forgotten);
        var report = await Ensure(_plan);
        Assert.Equal(NotSeen, report.Steps.First(one => one.Name == step).Outcome);
        Assert.Equal(step == "MaxSession", report.IsReady);
    }

    [Fact]
    public async Task A_service_that_shows_changes_late_is_waited_for()
    {
        _service.Lag = 2;
        Assert.True((await Ensure(_plan)).IsReady);
        Assert.Null((await Revoke("auditor")).Role);
    }

    [Fact]
    public async Task What_came_meanwhile_is_found()
    {
        _service.Changed = _ =>
        {
            if (_service.Roles.TryGetValue("auditor", out var role) && role.Attached!.Count == 0)
                _service.Roles["auditor"] = role with { Attached = [new("arn:aws:iam::aws:policy/AdministratorAccess", null)] };
        };
        var report = await Ensure(_plan);
        Assert.False(report.IsReady);
        Assert.Equal(NotSeen, report.Steps.Single(step => step.Name == "ForeignAttached").Outcome);
    }

    [Fact]
    public async Task Attached_policies_that_cannot_be_seen_are_told()
    {
        Add("auditor", "/immutableaudit/reader/");
        _service.Roles["auditor"] = _service.Roles["auditor"] with { Attached = null, AttachedUnknown = "iam:ListAttachedRolePolicies would tell" };
        var report = await Ensure(_plan);
        Assert.False(report.IsReady);
        Assert.Equal((NotPermitted, null), report.Steps.Where(step => step.Name == "ForeignAttached").Select(step => (step.Outcome, step.Seen)).Single());

        var revoked = await Revoke("auditor");
        Assert.Contains(revoked.Steps, step => step is { Name: "Role", Outcome: Skipped });
        Assert.Empty(revoked.Role!.Inline);
    }

    [Fact]
    public async Task A_boundary_that_others_set_is_never_replaced()
    {
        await Ensure(_plan with { Boundary = false });
        const string theirs = "arn:aws:iam::111122223333:policy/theirs";
        _service.Roles[_plan.Name] = _service.Roles[_plan.Name] with { Boundary = new(theirs, "{}") };
        var report = await Ensure(_plan);
        Assert.Equal(theirs, _service.Roles[_plan.Name].Boundary!.Arn);
        Assert.Contains(report.Steps, step => step is { Name: "Boundary", Outcome: AlreadySo, Essential: false });
        Assert.DoesNotContain("PutBoundary", _service.Calls);
        Assert.DoesNotContain("PutManaged", _service.Calls);
        Assert.True(report.IsReady);
    }

    [Fact]
    public async Task A_boundary_that_was_not_planned_stays()
    {
        await Ensure(_plan);
        var report = await Ensure(_plan with { Boundary = false });
        Assert.True(report.IsReady);
        Assert.Contains(report.Steps, step => step is { Name: "Boundary", Outcome: AlreadySo, Essential: false });
        // The boundary follows when the plan changes.
        var verifier = await Ensure(RoleDocumentTests.Reader() with { Verifier = true, Boundary = true });
        Assert.True(verifier.IsReady);
        Assert.Contains(verifier.Steps, step => step is { Name: "BoundaryPolicy", Outcome: Done });
    }

    [Fact]
    public async Task Revoking_leaves_nothing_of_ours()
    {
        await Ensure(_plan);
        _service.Calls.Clear();
        var report = await Revoke("auditor");
        Assert.True(report.IsReady);
        Assert.Equal(["DeleteInline", "DeleteRole", "DeleteManaged"], _service.Calls);
        Assert.Empty(_service.Roles);
        Assert.Empty(_service.Managed);
        Assert.Equal(AuditErrors.RoleNotFound, (await Assert.ThrowsAsync<AuditException>(() => Revoke("auditor"))).ErrorId);
    }

    [Fact]
    public async Task Revoking_touches_roles_of_others_by_force_only_and_never_their_boundary()
    {
        Add("theirs", "/", inline: ["x"], attached: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
        _service.Managed["arn:aws:iam::111122223333:policy/theirs"] = "{}";
        _service.Roles["theirs"] = _service.Roles["theirs"] with { Boundary = new("arn:aws:iam::111122223333:policy/theirs", "{}") };
        Assert.Equal(AuditErrors.RoleNotOurs, (await Assert.ThrowsAsync<AuditException>(() => Revoke("theirs"))).ErrorId);
        Assert.Empty(_service.Calls);
        Assert.True((await Revoke("theirs", _fast with { Force = true })).IsReady);
        Assert.Single(_service.Managed);
    }

    [Fact]
    public async Task A_role_that_cannot_be_emptied_or_stays_is_told()
    {
        await Ensure(_plan);
        _service.Refusals["DeleteInline"] = AuditErrors.AccessDenied;
        var refused = await Revoke("auditor");
        Assert.Equal(["Permissions:NotPermitted", "Role:Skipped"], Told(refused));
        Assert.False(refused.IsReady);
        _service.Refusals.Clear();
        _service.Forgets.Add("DeleteRole");
        _service.Roles["auditor"] = _service.Roles["auditor"] with { Boundary = null };
        Assert.Equal(["Permissions:Done", "Role:NotSeen"], Told(await Revoke("auditor")));
    }

    [Fact]
    public async Task The_list_tells_each_role_and_its_log_from_the_documents()
    {
        await Ensure(_plan);
        await Ensure(RoleDocumentTests.Writer("s3://audit-bucket/odd*$"));
        await Ensure(RoleDocumentTests.Reader("s3://whole-bucket") with { Name = "third" });
        Add("alien", "/");
        Add("zebra", "/immutableaudit/other/", inline: ["x"], document: """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::a*/*","arn:aws:s3:::audit-bucket/a?/*"]}}""");
        var list = await new RoleGrant(_service).ListAsync();
        Assert.Equal(["appender", "auditor", "third", "zebra"], list.Select(one => one.Role.Name));
        Assert.Equal([GrantedRoleKind.Writer, GrantedRoleKind.Reader, GrantedRoleKind.Reader, GrantedRoleKind.Other], list.Select(one => one.Kind));
        Assert.Equal(["s3://audit-bucket/odd*$", "s3://audit-bucket/prod", "s3://whole-bucket", ""], list.Select(one => string.Join(' ', one.Logs)));
        Assert.All(list.Take(3), one => Assert.Null(one.Remark));
        Assert.Contains("'arn:aws:s3:::audit-bucket/a?/*' isn't a log's objects", list[3].Remark, StringComparison.Ordinal);
    }

    private Task<RoleReport> Ensure(RolePlan plan, RoleGrantOptions? options = null) => new RoleGrant(_service).EnsureAsync(plan, options ?? _fast);

    private Task<RoleReport> Revoke(string name, RoleGrantOptions? options = null, bool extraInline = false)
    {
        if (extraInline)
            _service.Roles[name] = _service.Roles[name] with { Inline = [.. _service.Roles[name].Inline, new(RolePlan.PolicyName, "{}")] };
        return new RoleGrant(_service).RevokeAsync(name, options ?? _fast);
    }

    private void Add(string name, string path, string[]? inline = null, string[]? attached = null, string document = "{}") => _service.Roles[name] = new RoleState
    {
        Name = name, Path = path, Arn = $"arn:aws:iam::111122223333:role{path}{name}", TrustPolicy = "{}", MaxSessionSeconds = 3600,
        Inline = [.. (inline ?? []).Select(one => new InlinePolicy(one, document))],
        Attached = [.. (attached ?? []).Select(one => new ManagedPolicy(one, null))],
    };

    private static IEnumerable<string> Told(RoleReport report) => report.Steps.Select(step => $"{step.Name}:{step.Outcome}");
}
