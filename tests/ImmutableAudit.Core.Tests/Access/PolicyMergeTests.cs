using System.Text.Json;
using System.Text.Json.Nodes;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Access;

public class PolicyMergeTests
{
    private static readonly LogLocation _prod = LogLocation.Parse("s3://audit-bucket/prod"), _test = LogLocation.Parse("s3://audit-bucket/test");

    [Fact]
    public void Statements_of_others_stay_and_ours_come_and_go()
    {
        var random = new Random(4711);
        for (var round = 0; round < 300; round++)
        {
            var others = Others(random);
            var policy = Policy(_prod, isAws: random.Next(2) == 0);
            var merged = policy.MergeInto(others);
            Assert.Equal(merged, policy.MergeInto(merged));
            Assert.True(policy.IsIn(merged));
            Assert.False(policy.IsIn(others));
            AssertSame(others, LogBucketPolicy.RemoveFrom(merged, _prod)!);

            // A second log in the bucket has its own, whichever comes first and goes first.
            var two = Policy(_test).MergeInto(merged);
            Assert.True(policy.IsIn(two));
            Assert.True(Policy(_test).IsIn(policy.MergeInto(two)));
            AssertSame(merged, LogBucketPolicy.RemoveFrom(two, _test)!);
            AssertSame(Policy(_test).MergeInto(others), LogBucketPolicy.RemoveFrom(two, _prod)!);
            // Another plan takes the place of this log's statements, wherever they stood.
            var changed = LogBucketPolicy.For(new() { Log = _prod, RequireTls = false }, true);
            Assert.True(changed.IsIn(changed.MergeInto(two)));
            Assert.False(policy.IsIn(changed.MergeInto(two)));
        }
    }

    [Fact]
    public void A_bucket_without_a_policy_gets_one_and_loses_it_again()
    {
        var alone = Policy(_prod).MergeInto(null);
        Assert.Equal(Policy(_prod).ToDocument(), alone);
        Assert.Equal(alone, Policy(_prod).MergeInto(" "));
        Assert.NotEmpty(BucketPolicyTests.Parse(alone).Statements);
        Assert.Null(LogBucketPolicy.RemoveFrom(alone, _prod));
        Assert.Null(LogBucketPolicy.RemoveFrom(null, _prod));
        Assert.False(Policy(_prod).IsIn(null));
    }

    [Fact]
    public void A_single_statement_numbers_and_strange_members_are_kept()
    {
        const string odd = """{"Id":"x","Version":"2008-10-17","X":[1.50,1e3,{"ü":null}],"Statement":{"Sid":"ImmutableAuditButNotOurs","Effect":"Allow","Y":10000000000000000000001}}""";
        var merged = Policy(_prod).MergeInto(odd);
        Assert.StartsWith("""{"Id":"x","Version":"2008-10-17","X":[1.50,1e3,{"ü":null}],"Statement":[{"Sid":"ImmutableAuditButNotOurs","Effect":"Allow","Y":10000000000000000000001},{"Sid":""", merged, StringComparison.Ordinal);
        AssertSame(odd.Replace("\"Statement\":{", "\"Statement\":[{", StringComparison.Ordinal).Replace("1}}", "1}]}", StringComparison.Ordinal), LogBucketPolicy.RemoveFrom(merged, _prod)!);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Statement":"x"}""")]
    [InlineData("""{"Statement":[],"Statement":[]}""")]
    [InlineData("""{"Statement":[{"Sid":"a","Sid":"b"}]}""")]
    [InlineData("""{"Statement":[{"Sid":"\ud800"}]}""")]
    public void A_policy_that_cannot_be_read_is_left_alone(string json)
    {
        Fails(() => Policy(_prod).MergeInto(json));
        Fails(() => LogBucketPolicy.RemoveFrom(json, _prod));
    }

    [Fact]
    public void A_policy_that_would_be_too_large_is_refused()
    {
        var large = $$"""{"Version":"2012-10-17","Statement":[{"Sid":"{{new string('x', 19_000)}}"}]}""";
        Assert.Contains("20,480", Fails(() => Policy(_prod).MergeInto(large)).Message, StringComparison.Ordinal);
        Assert.True(System.Text.Encoding.UTF8.GetByteCount(Policy(_prod).ToDocument()) < 4096);
    }

    [Fact]
    public void A_prefix_with_wildcards_is_not_put_where_they_cannot_be_escaped()
    {
        const string old = """{"Version":"2008-10-17","Statement":[{"Sid":"a"}]}""";
        var odd = LogLocation.Parse("s3://audit-bucket/odd*");
        Fails(() => Policy(odd).MergeInto(old));
        Assert.NotEmpty(Policy(odd).MergeInto(old.Replace("2008-10-17", "2012-10-17", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_key_keeps_its_owner_and_cannot_be_deleted()
    {
        var existing = Json("Allow kms:* * to account");
        var merged = KeyProtection.MergeInto(existing, _prod);
        Assert.Equal(merged, KeyProtection.MergeInto(merged, _prod));
        AssertSame(existing, KeyProtection.RemoveFrom(merged, _prod));
        var denied = BucketPolicyTests.Parse(merged).Statements[1];
        Assert.True(denied.CoversAction("kms:ScheduleKeyDeletion") && denied.CoversAction("kms:DisableKey"));
        Assert.False(denied.CoversAction("kms:PutKeyPolicy") || denied.CoversAction("kms:Decrypt"));
        Fails(() => KeyProtection.MergeInto("", _prod));
        Fails(() => KeyProtection.RemoveFrom(PolicyOutput.Document([new() { Sid = denied.Sid!, Denies = true, Actions = ["kms:DisableKey"], Resources = ["*"] }]), _prod));
    }

    [Theory]
    [InlineData("""{"a":["x"]}""", """{ "a" : "x" }""", true)]
    [InlineData("""{"a":["x","y"],"b":true}""", """{"b":"true","a":["y","x","y"]}""", true)]
    [InlineData("""{"a":["x","y"]}""", """{"a":"x,y"}""", false)]
    [InlineData("""{"a":"x"}""", """{"A":"x"}""", false)]
    [InlineData("""{"a":"x"}""", """{"a":"x","b":1}""", false)]
    [InlineData("""{"a":"x"}""", "nonsense", false)]
    [InlineData("nonsense", "nonsense", false)]
    public void Documents_are_compared_by_what_they_say(string one, string other, bool same)
    {
        Assert.Equal(same, PolicyMeaning.Same(one, other));
        Assert.Equal(same, PolicyMeaning.Same(other, one));
    }

    private static LogBucketPolicy Policy(LogLocation log, bool isAws = true) => LogBucketPolicy.For(new() { Log = log, RetentionDays = 365 }, isAws);

    private static string Others(Random random)
    {
        var statements = Enumerable.Range(0, random.Next(1, 6)).Select(i => new JsonObject
        {
            ["Sid"] = random.Next(3) switch { 0 => $"ImmutableAudit{i}", 1 => $"other{random.Next()}", _ => "ß \" \\ \u0001 😀" },
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = Account },
            ["Action"] = new JsonArray("s3:GetObject", $"s3:X{random.Next()}"),
            ["Odd"] = random.NextDouble(),
        });
        var root = new JsonObject { ["Version"] = "2012-10-17" };
        if (random.Next(2) == 0)
            root["Id"] = "policy";
        root["Statement"] = new JsonArray([.. statements]);
        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = random.Next(2) == 0 });
    }

    // Order counts here: nothing of others may even be moved.
    private static void AssertSame(string expected, string actual)
    {
        using var one = JsonDocument.Parse(expected);
        using var other = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(one.RootElement, other.RootElement), actual);
    }

    private static AuditException Fails(Func<string?> call)
    {
        var error = Assert.Throws<AuditException>(call);
        Assert.Equal(AuditErrors.PolicyInvalid, error.ErrorId);
        return error;
    }
}
