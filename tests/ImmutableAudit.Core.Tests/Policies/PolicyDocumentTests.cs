using System.Diagnostics;
using System.Text;
using ImmutableAudit.Policies;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Policies;

public class PolicyDocumentTests
{
    private const string Good = """{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}""";

    [Fact]
    public void A_document_is_read_with_all_its_elements()
    {
        var document = PolicyDocument.Parse("""
            {"Version":"2012-10-17","Id":"x","Statement":{"Sid":"One","Effect":"Deny","NotPrincipal":{"AWS":"111122223333","Service":["a.amazonaws.com","b.amazonaws.com"],
            "Federated":"accounts.google.com","CanonicalUser":"79a5"},"NotAction":["s3:Get*","s3:List*"],"NotResource":"arn:aws:s3:::b/${aws:username}",
            "Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a","b"]},"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":10}}}}
            """, PolicyUse.Resource, "bucket policy");
        var statement = Assert.Single(document.Statements);
        Assert.Equal(("bucket policy", "2012-10-17", "x"), (document.Name, document.Version, document.Id));
        Assert.Equal(("One", PolicyEffect.Deny, true, true), (statement.Sid, statement.Effect, statement.IsNotAction, statement.IsNotResource));
        Assert.Equal(["s3:Get*", "s3:List*"], statement.Actions);
        Assert.Equal(["arn:aws:s3:::b/${aws:username}"], statement.ResourcePatterns);
        Assert.True(statement.Principals!.IsNotPrincipal);
        Assert.Equal(
            [PrincipalKind.Aws, PrincipalKind.Service, PrincipalKind.Service, PrincipalKind.Federated, PrincipalKind.CanonicalUser],
            statement.Principals.Entries.Select(one => one.Kind));
        Assert.Equal((ConditionSet.ForAnyValue, true, "aws:TagKeys"), (statement.Conditions[0].Set, statement.Conditions[0].IfExists, statement.Conditions[0].Key));
        Assert.Equal(["false"], statement.Conditions[1].Values);
        Assert.Equal(["10"], statement.Conditions[2].Values);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "isn't a JSON object")]
    [InlineData("{}", "no Statement")]
    [InlineData("""{"Statement":[]}""", "Statement is empty")]
    [InlineData("""{"Statement":"x"}""", "neither an object nor a list")]
    [InlineData("""{"Statement":[1]}""", "statement 0: it isn't an object")]
    [InlineData("""{"statement":[]}""", "'statement' isn't an element of a policy")]
    [InlineData("""{"Version":"2012-10-18","Statement":[]}""", "Version '2012-10-18'")]
    [InlineData("""{"Version":1,"Statement":[]}""", "Version isn't a string")]
    [InlineData("""{"Version":"2012-10-17","Version":"2008-10-17","Statement":[]}""", "JSON")]
    [InlineData("""{"Statement":[{"Effect":"allow","Action":"s3:*","Resource":"*"}]}""", "Effect is \"allow\"")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Effect":"Deny","Action":"s3:*","Resource":"*"}]}""", "JSON")]
    [InlineData("""{"Statement":[{"Sid":"S","Action":"s3:*","Resource":"*"}]}""", "statement 0 (Sid 'S'): it has no Effect")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Resource":"*"}]}""", "neither Action nor NotAction")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}]}""", "both Action and NotAction")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","NotResource":"*"}]}""", "both Resource and NotResource")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*"}]}""", "neither Resource nor NotResource")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]}""", "Action is an empty list")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":[1],"Resource":"*"}]}""", "Action holds Number")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}""", "isn't an action")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:Get Object","Resource":"*"}]}""", "isn't an action")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"b/*"}]}""", "neither '*' nor an ARN")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}]}""", "Principal has no place")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Conditions":{}}]}""", "'Conditions' isn't an element")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}]}""", "'StringIs' isn't a condition operator")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}}]}""", "Null takes neither")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":"x"}}]}""", "isn't an object of keys")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"a":null}}}]}""", "neither a string, a number nor a boolean")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":[]}]}""", "Condition isn't an object")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username"}]}""", "isn't closed")]
    [InlineData("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${a, b}"}]}""", "single quotes")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::\uffff"}]}""", "Unicode")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::\ud800"}]}""", "can't be")]
    public void What_would_be_misread_is_refused_with_its_place(string json, string says)
    {
        var error = Assert.Throws<AuditException>(() => PolicyDocument.Parse(json, PolicyUse.Identity, "inline"));
        Assert.Equal(AuditErrors.FormatInvalid, error.ErrorId);
        Assert.Contains("'inline'", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Effect":"Allow","Action":"s3:*","Resource":"*"}""", "neither Principal nor NotPrincipal")]
    [InlineData("""{"Effect":"Allow","Principal":"mia","Action":"s3:*","Resource":"*"}""", "a string other than")]
    [InlineData("""{"Effect":"Allow","Principal":{"aws":"*"},"Action":"s3:*","Resource":"*"}""", "'aws' in Principal")]
    [InlineData("""{"Effect":"Allow","Principal":{},"Action":"s3:*","Resource":"*"}""", "names nobody")]
    [InlineData("""{"Effect":"Allow","Principal":"*","NotPrincipal":"*","Action":"s3:*","Resource":"*"}""", "both Principal and NotPrincipal")]
    public void Principals_are_read_strictly(string statement, string says) => Assert.Contains(
        says,
        Assert.Throws<AuditException>(() => PolicyDocument.Parse($$"""{"Statement":{{statement}} }""", PolicyUse.Resource)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_trust_policy_has_no_resource()
    {
        const string trust = """{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}""";
        Assert.Equal(["*"], PolicyDocument.Parse(trust, PolicyUse.Trust).Statements[0].ResourcePatterns);
        Assert.Throws<AuditException>(() => PolicyDocument.Parse(trust, PolicyUse.Resource));
    }

    [Fact]
    public void Deep_and_broken_JSON_is_refused_quickly()
    {
        foreach (var json in new[] { new string('[', 1_000_000), "{\"Statement\":" + new string('{', 500_000), "{\"Statement\":[" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) })
            Assert.Throws<AuditException>(() => PolicyDocument.Parse(json, PolicyUse.Identity));
        Assert.Throws<AuditException>(() => PolicyDocument.Parse(new byte[PolicyDocument.MaxBytes + 1], PolicyUse.Identity));
        Assert.Throws<AuditException>(() => PolicyDocument.Parse(new byte[] { (byte)'{', 0xFF, (byte)'}' }, PolicyUse.Identity));
    }

    [Fact]
    public void Random_damage_never_ends_in_another_error()
    {
        var random = new Random(41);
        var json = Json("Allow s3:GetObject,s3:Put* b/${aws:username}/* if {\"StringLike\":{\"aws:x\":[\"a*\",\"${aws:y}\"]}}");
        for (var round = 0; round < 5000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            for (var i = random.Next(4); i >= 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                PolicyDocument.Parse(bytes, PolicyUse.Identity);
            }
            catch (AuditException e)
            {
                Assert.Equal(AuditErrors.FormatInvalid, e.ErrorId);
            }
        }
    }

    [Fact]
    public void A_pattern_of_nothing_but_stars_and_letters_takes_no_exponential_time()
    {
        var watch = Stopwatch.StartNew();
        var pattern = string.Concat(Enumerable.Repeat("*a", 20_000)) + "b";
        Assert.False(Wildcards.IsMatch(Wildcards.Compile(pattern), new string('a', 1024)));
        var stars = Identity($"Allow s3:PutObject audit-bucket/{string.Concat(Enumerable.Repeat("*a?b", 200))}");
        Assert.False(PolicyEvaluator.Evaluate(new AppliedPolicies { Identity = [stars] }, new AccessRequest
        {
            Principal = Who("user"), Action = "s3:PutObject", Resource = "arn:aws:s3:::audit-bucket/" + new string('a', 1000),
        }).MayBeAllowed);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void Statements_made_to_be_hard_are_still_reviewed_and_never_missed()
    {
        var watch = Stopwatch.StartNew();
        var random = new Random(42);
        var hard = string.Join('\n', Enumerable.Range(0, 40).Select(_ =>
            $"Deny s3:PutObject audit-bucket/*{string.Concat(Enumerable.Range(0, 12).Select(_ => "ab"[random.Next(2)] + "?*"))}"));
        var report = AccessReviewTests.Review("role", AccessReviewTests.Reader + "\nAllow s3:PutObject audit-bucket/prod/*\n" + hard);
        Assert.Contains(report.Excess, one => one is { Action: "s3:PutObject", Scope: AccessScope.Objects });
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public void A_policy_of_a_megabyte_is_reviewed()
    {
        var watch = Stopwatch.StartNew();
        var json = new StringBuilder("{\"Version\":\"2012-10-17\",\"Statement\":[" + Good);
        for (var i = 0; json.Length < 1_000_000; i++)
            json.Append(System.Globalization.CultureInfo.InvariantCulture, $$""",{"Effect":"Deny","Action":["s3:PutObject","s3:Delete*"],"Resource":"arn:aws:s3:::audit-bucket/prod/segments/{{i:D18}}*"}""");
        json.Append(",{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::audit-bucket/prod/*\"}]}");
        var policy = PolicyDocument.Parse(json.ToString(), PolicyUse.Identity, "large");
        var report = AccessReview.Run(new AccessReviewInput
        {
            Principal = Who("role"), Log = TheLog(), Profile = AccessProfile.Reader, Policies = new AppliedPolicies { Identity = [policy] },
        });
        var found = Assert.Single(report.Excess, one => one is { Action: "s3:PutObject", Scope: AccessScope.Objects });
        Assert.Contains(found.OpenedBy, one => one.Index == policy.Statements.Count - 1);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 60);
    }
}
