using ImmutableAudit.Access;
using ImmutableAudit.Core.Tests.Policies;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Access;

/// <summary>What is said of a role, from what was read of it and from what was tried.</summary>
public sealed class ReadOnlyProofTests
{
    private static readonly LogLocation _log = LogLocation.Parse("s3://audit-bucket/prod");
    private static readonly string _reader = PolicyKit.Json(AccessReviewTests.Reader);

    [Fact]
    public async Task A_readers_role_is_proven_by_its_documents()
    {
        var report = await ProveAsync(Role());
        Assert.True(report.IsProven, string.Join('\n', report.Rows));
        Assert.Equal((false, false, 442), (report.WasTried, report.WasSimulated, report.ActionsEvaluated));
        Assert.All(report.Rows, row => Assert.True(row.ShouldBeAllowed));
        Assert.Contains(report.Notes, note => note.Contains("not assumed", StringComparison.Ordinal));
    }

    public static TheoryData<string, string, string, string> Sabotages()
    {
        // What a session policy hides isn't there where the role itself is looked at, and reading more is no change.
        var data = new TheoryData<string, string, string, string>();
        foreach (var row in SabotageTests.Cases())
        {
            if (!((string)row[1]).Contains("ses=", StringComparison.Ordinal))
                data.Add((string)row[0], (string)row[1], (string)row[2], (string)row[3]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Sabotages))]
    public async Task Every_sabotage_is_named_with_its_action_and_statement(string what, string added, string action, string statement)
    {
        var parts = SabotageTests.Parts(added);
        var role = Role() with
        {
            Attached = parts.TryGetValue("id2", out var second) ? [new ManagedPolicy("id2", PolicyKit.Json(second))] : [],
            Boundary = parts.TryGetValue("bnd", out var boundary) ? new ManagedPolicy("bnd", PolicyKit.Json(boundary)) : null,
        };
        var report = await ProveAsync(role, Facts(parts.TryGetValue("res", out var bucket) ? PolicyKit.Json(bucket) : null));
        var name = statement.Split(' ')[0] switch { "id2" => "attached policy 'id2'", "res" => "the bucket's policy", var other => other };
        var rows = report.Rows.Where(row => row.Action == action && !row.ShouldBeAllowed).ToList();
        Assert.True(rows.Count > 0, $"{what}: {action} isn't among\n{string.Join('\n', report.Rows)}");
        Assert.All(rows, row => Assert.Contains(row.OpenedBy, one => one.StartsWith($"{name}, statement {statement.Split(' ')[1]}", StringComparison.Ordinal)));
        var isReading = ActionCatalog.Find(action) is { AccessLevel: "Read" or "List" } && action != "s3:GetDataAccess";
        Assert.Equal(isReading, report.IsProven);
    }

    [Fact]
    public void There_are_enough_of_them() => Assert.True(Sabotages().Count >= 40);

    [Fact]
    public async Task What_cannot_be_read_is_never_taken_for_fine()
    {
        foreach (var role in new[]
        {
            Role() with { Attached = null, AttachedUnknown = "Allow iam:ListAttachedRolePolicies." },
            Role() with { Attached = [new ManagedPolicy("arn:aws:iam::1:policy/x", null, "Allow iam:GetPolicyVersion.")] },
            Role() with { Inline = [new InlinePolicy("reader", "{}")] },
        })
        {
            var report = await ProveAsync(role);
            Assert.Equal((ProofVerdict.Unknown, false), (report.Result, report.IsProven));
        }

        var unread = await ProveAsync(Role(), Facts(null) with { Policy = new(null, "Allow s3:GetBucketPolicy.") });
        Assert.Equal(ProofVerdict.Unknown, unread.Result);
        Assert.Contains(unread.Rows, row => row.Detail == "Allow s3:GetBucketPolicy.");
        // A boundary that can't be read only takes away.
        Assert.True((await ProveAsync(Role() with { Boundary = new ManagedPolicy("b", null, "why") })).IsProven);
    }

    [Fact]
    public async Task A_role_that_reads_nothing_is_no_readers_role()
    {
        var report = await ProveAsync(Role() with { Inline = [] });
        Assert.Equal(ProofVerdict.Failed, report.Result);
        Assert.Contains(report.Rows, row => row is { Action: "s3:GetObject", ShouldBeAllowed: true, Verdict: ProofVerdict.Failed });
    }

    [Theory]
    [InlineData(AttemptOutcome.Refused, ProofVerdict.Ok)]
    [InlineData(AttemptOutcome.NotTried, ProofVerdict.Ok)]
    [InlineData(AttemptOutcome.Unclear, ProofVerdict.Unknown)]
    [InlineData(AttemptOutcome.Allowed, ProofVerdict.Failed)]
    public async Task Only_an_exact_refusal_of_a_change_counts(AttemptOutcome outcome, ProofVerdict expected)
    {
        var report = await TriedAsync(new AccessAttempt("s3:PutObject", "put", false, outcome));
        Assert.Equal((expected, true), (report.Result, report.WasTried));
        var row = report.Rows.Single(one => one.Action == "s3:PutObject");
        Assert.Equal((outcome, AccessOutcome.ImplicitlyDenied), (row.Seen, row.Evaluated));
    }

    [Theory]
    [InlineData(AttemptOutcome.Allowed, ProofVerdict.Ok)]
    [InlineData(AttemptOutcome.Refused, ProofVerdict.Failed)]
    [InlineData(AttemptOutcome.Unclear, ProofVerdict.Unknown)]
    public async Task Reading_has_to_work(AttemptOutcome outcome, ProofVerdict expected) =>
        Assert.Equal(expected, (await TriedAsync(new AccessAttempt("s3:GetObject", "read", true, outcome))).Result);

    [Fact]
    public async Task A_change_that_is_seen_fails_whatever_the_answers_were()
    {
        var report = await TriedAsync(new ProbeReport([new AccessAttempt("s3:PutObject", "put", false, AttemptOutcome.Refused)], ["a new version"], null, null));
        Assert.Equal(ProofVerdict.Failed, report.Result);
        Assert.Contains(report.Rows, row => row.What == "a new version");
        Assert.Equal(ProofVerdict.Unknown, (await TriedAsync(new ProbeReport([], [], "The versions couldn't be listed.", null))).Result);
    }

    [Fact]
    public async Task A_role_that_cannot_be_assumed_is_unknown_and_says_what_to_do()
    {
        var report = await ProveAsync(Role(), tries: true, assume: () => throw new AuditException(AuditErrors.AccessDenied, "No."));
        Assert.Equal((ProofVerdict.Unknown, false), (report.Result, report.WasTried));
        Assert.Contains(report.Rows, row => row.Detail!.Contains("-SkipLive", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_simulator_is_believed_where_it_allows_more()
    {
        var report = await ProveAsync(Role(), simulate: actions => [.. actions.Select(action => new SimulatedDecision(action, "r", action == "s3:DeleteBucket" ? "allowed" : "implicitDeny", []))]);
        Assert.Equal((ProofVerdict.Failed, true), (report.Result, report.WasSimulated));
        Assert.Equal(("allowed", ProofVerdict.Failed), report.Rows.Where(row => row.Action == "s3:DeleteBucket").Select(row => (row.Simulated, row.Verdict)).Single());
    }

    [Fact]
    public async Task A_role_that_is_not_there_is_an_error()
    {
        var identity = new FakeIdentity();
        var e = await Assert.ThrowsAsync<AuditException>(() => new ReadOnlyProof(new FakeCloud(Facts(null)), identity, new CloudConnection()).RunAsync(_log, "nobody", new ReadOnlyOptions(), default));
        Assert.Equal(AuditErrors.RoleNotFound, e.ErrorId);
    }

    private static Task<ReadOnlyReport> TriedAsync(AccessAttempt attempt) => TriedAsync(new ProbeReport([attempt], [], null, null));

    private static Task<ReadOnlyReport> TriedAsync(ProbeReport probe) => ProveAsync(Role(), tries: true, assume: () => new CloudConnection(), probe: probe);

    private static async Task<ReadOnlyReport> ProveAsync(
        RoleState role, BucketFacts? facts = null, bool tries = false, Func<CloudConnection>? assume = null, ProbeReport? probe = null,
        Func<IReadOnlyList<string>, IReadOnlyList<SimulatedDecision>>? simulate = null)
    {
        var identity = new FakeIdentity { Roles = { [role.Name] = role }, Assume = assume, Simulate = simulate };
        var cloud = new FakeCloud(facts ?? Facts(null)) { Probe = _ => probe! };
        return await new ReadOnlyProof(cloud, identity, new CloudConnection()).RunAsync(_log, role.Name, new ReadOnlyOptions { TriesLive = tries }, default);
    }

    private static RoleState Role() => new()
    {
        Name = "reader",
        Path = "/audit/",
        Arn = PolicyKit.RoleArn,
        TrustPolicy = "{}",
        Inline = [new InlinePolicy("reader", _reader)],
        Attached = [],
    };

    private static BucketFacts Facts(string? policy) => new()
    {
        Bucket = "audit-bucket",
        Place = "the fake",
        IsAws = true,
        ObjectLock = new(new ObjectLockFact(true, RetentionMode.Compliance, 365)),
        Versioning = new("Enabled"),
        Policy = new(policy),
        PublicAccess = new((PublicAccessFact?)null),
        PublicGrants = new([]),
        Encryption = new((EncryptionFact?)null),
        Ownership = new((string?)null),
        Lifecycle = new([]),
        Replication = new([]),
    };
}
