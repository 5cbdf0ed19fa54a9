using ImmutableAudit.Policies;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Policies;

/// <summary>What must hold for any policies, tried on seeded random ones.</summary>
public class PolicyPropertyTests
{
    private static readonly string[] _actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:Get*", "s3:*", "*", "s3:?etObject", "!s3:GetObject", "!s3:Put*", "s3:*Object"];
    private static readonly string[] _resources = ["b/*", "b/a", "b/a*", "*", "b/?", "!b/a*", "!b/*", "c/*", "b*", "b/${aws:PrincipalTag/t}", "b/${aws:username}*", "!b/${aws:PrincipalTag/t}"];
    private static readonly string[] _principals = ["user", "role", "session", "account", "*", "stranger", "!user", "!user,account", "!session,role,account", "strangers"];
    private static readonly string[] _conditions =
    [
        """{"StringEquals":{"k1":"a"}}""", """{"StringNotEquals":{"k1":["a","b"]}}""", """{"StringLikeIfExists":{"k2":"a*"}}""",
        """{"ForAllValues:StringEquals":{"k2":["a","b"]}}""", """{"ForAnyValue:StringLike":{"k1":"?"}}""", """{"Null":{"k2":"true"}}""",
        """{"Bool":{"k3":"true"}}""", """{"StringEquals":{"k1":"a","k2":"b"}}""", """{"StringEquals":{"k1":"${aws:PrincipalTag/t}"}}""",
        """{"NumericLessThan":{"k1":"5"}}""", """{"IpAddress":{"k2":"10.0.0.0/8"}}""", """{"NotIpAddressIfExists":{"k2":"10.0.0.0/8"}}""",
        """{"ArnNotLike":{"k2":"arn:aws:iam::*:role/*"}}""", """{"ArnLike":{"k2":"*"}}""", """{"ForAnyValue:StringNotEquals":{"k1":"a"}}""",
        """{"ForAnyValue:StringEqualsIfExists":{"k1":"a"}}""", """{"DateGreaterThan":{"k1":"2026-01-01"}}""", """{"StringLikeIfExists":{"k2":"*"}}""",
        """{"StringNotEquals":{"k2":"${aws:PrincipalTag/t}x"}}""", """{"NumericNotEquals":{"k1":"x"}}""",
        """{"StringNotLike":{"aws:username":"m*"},"BoolIfExists":{"k3":"false"}}""", """{"ForAllValues:StringNotEquals":{"k1":"b"}}""",
    ];

    private static readonly string[] _keys = ["k1", "k2", "k3", "aws:PrincipalTag/t"];
    private static readonly string[][] _values = [[], ["a"], ["b"], ["ab"], ["true"], ["false"], ["a", "b"], [""], ["3"], ["10.1.2.3"], ["arn:aws:iam::1:role/x"], ["2026-05-01T00:00:00Z"], ["*"], ["ax"]];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Limits_and_denials_never_widen_and_grants_never_narrow(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 3000; round++)
        {
            var policies = RandomPolicies(random);
            var request = RandomRequest(random, random.Next(2) == 0 ? ConditionKeys.Unknown : RandomKeys(random));
            var before = PolicyEvaluator.Evaluate(policies, request);
            var deny = Identity(Statement(random, "Deny", false));
            var limit = Identity(Statements(random, false));
            foreach (var narrower in new[]
            {
                policies with { Identity = [.. policies.Identity, deny] },
                policies with { Resource = policies.Resource is { } own && _texts.TryGetValue(own, out var text) ? Bucket(text + "\n" + Statement(random, "Deny", true)) : null },
                policies with { Session = policies.Session is null ? [limit] : policies.Session },
                policies with { ServiceControl = [.. policies.ServiceControl, [limit]] },
                policies with { Boundary = policies.Boundary ?? limit },
                policies with { Identity = [.. policies.Identity.Skip(1)] },
                policies with { ResourceControl = [[Bucket("Allow s3:Get* * to *")]] },
            })
            {
                var after = PolicyEvaluator.Evaluate(narrower, request);
                Assert.True(Grant(after.Outcome) <= Grant(before.Outcome) || RemovedDeny(policies, narrower), $"{before.Outcome} became {after.Outcome}");
            }
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void What_is_certain_holds_for_every_value_of_what_is_not_known(int seed)
    {
        var random = new Random(seed);
        var unknown = 0;
        for (var round = 0; round < 800; round++)
        {
            var policies = RandomPolicies(random);
            var request = RandomRequest(random, ConditionKeys.Complete.WithUnknown("k1").WithUnknown("k2").WithUnknown("k3").WithUnknown("aws:PrincipalTag/t"));
            var unsure = PolicyEvaluator.Evaluate(policies, request);
            unknown += unsure.Outcome == AccessOutcome.Unknown ? 1 : 0;
            for (var i = 0; i < 40; i++)
            {
                var sure = PolicyEvaluator.Evaluate(policies, request with { Keys = RandomKeys(random) });
                if (unsure.Outcome != AccessOutcome.Unknown)
                    Assert.Equal(Grant(unsure.Outcome), Grant(sure.Outcome));
            }
        }

        Assert.InRange(unknown, 50, 750);
    }

    [Fact]
    public void Every_resource_that_could_be_touched_is_seen_when_asking_about_many()
    {
        var random = new Random(21);
        string[] names = ["a", "b", "ab", "aa", "ba", "a/b", "aab", "abb", "x"];
        var set = ResourceSet.Under("arn:aws:s3:::b/");
        for (var round = 0; round < 1500; round++)
        {
            var policies = RandomPolicies(random);
            var request = RandomRequest(random, ConditionKeys.Unknown);
            var keys = PolicyEvaluator.KeysOf(request.Principal, request.ResourceAccount, request.Keys);
            var documents = policies.Identity.Concat(policies.Session ?? []).Concat(policies.ServiceControl.SelectMany(level => level)).Append(policies.Boundary).Append(policies.Resource).OfType<PolicyDocument>();
            var patterns = documents.SelectMany(one => one.Statements).SelectMany(one => one.Resources)
                .Select(text => new ArnPattern(text.Resolve(keys, null).Pattern));
            var kinds = set.Kinds(patterns, [])!;
            var any = names.Any(name => May($"arn:aws:s3:::b/{name}"));
            var fine = kinds.Any(May);
            var coarse = PolicyEvaluator.Evaluate(policies, request, set).MayBeAllowed;
            Assert.True(fine || !any, "A resource of the set can be touched, and none of its kinds.");
            Assert.True(coarse || !fine, "One kind can be touched, and not the set.");

            bool May(string resource) => PolicyEvaluator.Evaluate(policies, request with { Resource = resource }).MayBeAllowed;
        }
    }

    private static int Grant(AccessOutcome outcome) => outcome switch { AccessOutcome.Allowed => 2, AccessOutcome.Unknown => 1, _ => 0 };

    // Dropping the first identity policy may drop denials with it; the property is about dropping what allows.
    private static bool RemovedDeny(AppliedPolicies before, AppliedPolicies after) =>
        before.Identity.Except(after.Identity).Any(document => document.Statements.Any(one => one.Effect == PolicyEffect.Deny));

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<PolicyDocument, string> _texts = [];

    private static AppliedPolicies RandomPolicies(Random random)
    {
        PolicyDocument? resource = null;
        if (random.Next(2) == 0)
        {
            var text = Statements(random, true);
            resource = Bucket(text);
            _texts.Add(resource, text);
        }

        return new AppliedPolicies
        {
            Identity = [.. Enumerable.Range(0, random.Next(3)).Select(i => Identity(Statements(random, false), $"identity {i}"))],
            Boundary = random.Next(4) == 0 ? Identity(Statements(random, false), "boundary") : null,
            Session = random.Next(4) == 0 ? [Identity(Statements(random, false), "session")] : null,
            ServiceControl = random.Next(4) == 0 ? [[Identity(Statements(random, false), "scp")]] : [],
            Resource = resource,
        };
    }

    private static AccessRequest RandomRequest(Random random, ConditionKeys keys) => new()
    {
        Principal = Who(Pick(random, ["user", "session", "role", "stranger", "anonymous", "federated"])),
        Action = Pick(random, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
        Resource = "arn:aws:s3:::b/" + Pick(random, ["a", "ab", "b", "x/y"]),
        ResourceAccount = Pick(random, [Account, Account, null]),
        Keys = keys,
    };

    private static ConditionKeys RandomKeys(Random random) =>
        _keys.Aggregate(ConditionKeys.Complete, (keys, key) => keys.With(key, Pick(random, _values)));

    private static string Statements(Random random, bool principals) =>
        string.Join('\n', Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Statement(random, random.Next(4) == 0 ? "Deny" : "Allow", principals)));

    private static string Statement(Random random, string effect, bool principals) =>
        $"{effect} {Pick(random, _actions)} {Pick(random, _resources)}"
        + (principals ? $" to {Pick(random, _principals)}" : "")
        + (random.Next(2) == 0 ? $" if {Pick(random, _conditions)}" : "");

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
