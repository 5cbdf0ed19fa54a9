using ImmutableAudit.Access;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Access;

public class RoleDocumentTests
{
    private const string Key = $"arn:aws:kms:eu-west-1:{Account}:key/1234-abcd";

    [Theory]
    [InlineData("s3://audit-bucket/prod", "prod/segments/")]
    [InlineData("s3://audit-bucket/a/b c", "a/b c/")]
    [InlineData("s3://audit-bucket/odd*${x}?$", "odd*${x}?$/segments/1")]
    [InlineData("s3://audit-bucket", "")]
    public void Each_role_can_do_what_its_profile_has_and_nothing_else(string log, string prefix)
    {
        foreach (var plan in Plans(log))
        {
            foreach (var boundary in new[] { false, true })
            {
                var report = Review(plan, ConditionKeys.Unknown.With("s3:prefix", prefix), boundary);
                Assert.Empty(report.Excess);
                Assert.Equal(All(plan.Profile), report.Expected.Select(one => one.Action).Order(StringComparer.Ordinal));
                // The writer may read the whole log and put segments only.
                Assert.All(report.Gaps, gap => Assert.Contains(gap.Action, new[] { "s3:PutObject", "s3:PutObjectRetention" }));
                if (plan is ReaderRolePlan)
                    Assert.Empty(report.Gaps);
            }
        }
    }

    [Fact]
    public void The_auditors_document_is_this_and_no_other()
    {
        Assert.Equal(
            """{"Version":"2012-10-17","Statement":[{"Sid":"Objects","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::audit-bucket/prod/*"},{"Sid":"Listings","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::audit-bucket","Condition":{"StringLike":{"s3:prefix":["prod/*","prod/"]}}}]}""",
            Reader().Build().Permissions);
        Assert.Equal(
            """{"Version":"2012-10-17","Statement":[{"Sid":"Objects","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws-cn:s3:::audit-bucket/*"},{"Sid":"Listings","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws-cn:s3:::audit-bucket"}]}""",
            (Reader("s3://audit-bucket") with { Partition = "aws-cn" }).Build().Permissions);
    }

    [Theory]
    [InlineData("prod/", true)]
    [InlineData("prod/segments/1", true)]
    [InlineData("prod", false)]
    [InlineData("production/", false)]
    [InlineData("", false)]
    public void A_listing_is_kept_to_the_log(string prefix, bool allowed)
    {
        foreach (var plan in Plans("s3://audit-bucket/prod"))
            Assert.Equal(allowed, Ask(plan, "s3:ListBucket", "arn:aws:s3:::audit-bucket", $"s3:prefix={prefix}"));
    }

    [Theory]
    [InlineData("prod/segments/1", "", true)]
    [InlineData("prod/segments/1", "s3:if-none-match=* s3:ObjectCreationOperation=true", true)]
    [InlineData("prod/segments/1", "s3:ObjectCreationOperation=false", false)]
    [InlineData("prod/segments/1", "s3:x-amz-storage-class=STANDARD", true)]
    [InlineData("prod/segments/1", "s3:x-amz-storage-class=GLACIER", false)]
    [InlineData("prod/segments/1", "s3:x-amz-server-side-encryption-customer-algorithm=AES256", false)]
    [InlineData("prod/tile/0/x001", "", false)]
    [InlineData("prod/other", "", false)]
    [InlineData("elsewhere/segments/1", "", false)]
    public void The_writer_puts_plain_segments_only(string key, string keys, bool allowed)
    {
        Assert.Equal(allowed, Ask(Writer(), "s3:PutObject", "arn:aws:s3:::audit-bucket/" + key, keys));
        if (key.Contains("tile", StringComparison.Ordinal))
            Assert.True(Ask(Writer() with { Derived = true }, "s3:PutObject", "arn:aws:s3:::audit-bucket/" + key, keys));
    }

    [Theory]
    [InlineData("COMPLIANCE", 2557, true)]
    [InlineData("COMPLIANCE", 2558, true)]
    [InlineData("COMPLIANCE", 2559, false)]
    [InlineData("COMPLIANCE", 2556, false)]
    [InlineData("GOVERNANCE", 2557, false)]
    public void A_writer_that_states_the_lock_states_this_one_only(string mode, int days, bool allowed)
    {
        const string segment = "arn:aws:s3:::audit-bucket/prod/segments/1";
        var keys = $"s3:object-lock-mode={mode} s3:object-lock-remaining-retention-days={days}";
        Assert.False(Ask(Writer(), "s3:PutObjectRetention", segment, keys));
        Assert.Equal(allowed, Ask(Writer() with { StateRetention = new(RetentionMode.Compliance, 2557) }, "s3:PutObjectRetention", segment, keys));
        Assert.False(Ask(Writer() with { StateRetention = new(RetentionMode.Compliance, 2557) }, "s3:PutObjectRetention", segment, ""));
    }

    [Fact]
    public void A_range_of_addresses_holds_for_everything_and_the_key_is_used_by_s3_alone()
    {
        var plan = Reader() with { Verifier = true, KeyArn = Key, SourceRanges = ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"] };
        foreach (var (action, resource) in new[] { ("s3:GetObject", "arn:aws:s3:::audit-bucket/prod/x"), ("s3:GetBucketPolicy", "arn:aws:s3:::audit-bucket"), ("kms:DescribeKey", Key) })
        {
            Assert.True(Ask(plan, action, resource, "aws:SourceIp=192.0.2.9"));
            Assert.True(Ask(plan, action, resource, "aws:SourceIp=198.51.100.7"));
            Assert.False(Ask(plan, action, resource, "aws:SourceIp=203.0.113.1"));
            Assert.False(Ask(plan, action, resource, ""));
        }

        Assert.True(Ask(plan, "kms:Decrypt", Key, "kms:ViaService=s3.eu-west-1.amazonaws.com"));
        Assert.False(Ask(plan, "kms:Decrypt", Key, "aws:SourceIp=192.0.2.9"));
    }

    [Fact]
    public void What_the_endpoint_refuses_is_left_out_and_told()
    {
        var plan = Reader() with { Verifier = true, KeyArn = Key, LeaveOut = ["s3:getobjectattributes", "kms:Decrypt", "kms:DescribeKey", "s3:NotThere"] };
        var documents = plan.Build();
        Assert.Equal(["s3:GetObjectAttributes", "kms:Decrypt", "kms:DescribeKey"], documents.LeftOut);
        Assert.DoesNotContain("kms", documents.Permissions, StringComparison.Ordinal);
        Assert.DoesNotContain("GetObjectAttributes", documents.Permissions, StringComparison.Ordinal);
        Assert.Contains("GetObjectVersionAttributes", documents.Permissions, StringComparison.Ordinal);
        Fails(AuditErrors.PolicyInvalid, Reader() with { LeaveOut = ["s3:GetObject", "s3:ListBucket"] });
    }

    [Fact]
    public void The_trust_policy_names_who_may_take_the_role_and_how()
    {
        var plan = Reader() with { Trust = new TrustPlan { Principals = [Stranger, UserArn, Stranger], ExternalId = "acme-audit/2026", RequireMfa = true } };
        var trust = plan.Build().Trust;
        Assert.Equal(
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::999999999999:root","arn:aws:iam::111122223333:user/mia"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"acme-audit/2026"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}""",
            trust);
        var document = PolicyDocument.Parse(trust, PolicyUse.Trust);
        Assert.True(Take(document, "sts:ExternalId=acme-audit/2026 aws:MultiFactorAuthPresent=true"));
        Assert.False(Take(document, "sts:ExternalId=acme-audit/2026"));
        Assert.False(Take(document, "sts:ExternalId=acme-audit/2026 aws:MultiFactorAuthPresent=false"));
        Assert.False(Take(document, "sts:ExternalId=other aws:MultiFactorAuthPresent=true"));
        Assert.False(Take(document, "aws:MultiFactorAuthPresent=true"));
    }

    [Theory]
    [InlineData("*", AuditErrors.PolicyInvalid)]
    [InlineData("arn:aws:iam::111122223333:role/*", AuditErrors.PolicyInvalid)]
    [InlineData("ec2.amazonaws.com", AuditErrors.PolicyInvalid)]
    [InlineData("1234", AuditErrors.FormatInvalid)]
    [InlineData("", AuditErrors.FormatInvalid)]
    [InlineData("arn:aws:iam::111122223333:group/x", AuditErrors.FormatInvalid)]
    [InlineData("arn:aws:iam::111122223333:user/", AuditErrors.FormatInvalid)]
    [InlineData("arn:aws:s3:::bucket", AuditErrors.FormatInvalid)]
    public void Principals_that_cannot_be_meant_are_refused(string principal, string error) =>
        Fails(error, Reader() with { Trust = new TrustPlan { Principals = [principal] } });

    [Fact]
    public void What_iam_would_refuse_is_refused_before()
    {
        Assert.NotNull((Reader() with { Trust = new TrustPlan { Principals = ["arn:aws:iam:::user/user", "arn:aws:iam::111122223333:role/a/b/c"] } }).Build());
        Fails(AuditErrors.RangeInvalid, Reader() with { Trust = new TrustPlan { Principals = [] } });
        Fails(AuditErrors.RangeInvalid, Reader() with { Trust = new TrustPlan { Principals = [Account], ExternalId = "x" } });
        Fails(AuditErrors.RangeInvalid, Reader() with { Trust = new TrustPlan { Principals = [Account], ExternalId = new string('x', 1225) } });
        Fails(AuditErrors.FormatInvalid, Reader() with { Trust = new TrustPlan { Principals = [Account], ExternalId = "a b" } });
        Fails(AuditErrors.RangeInvalid, Reader() with { MaxSessionSeconds = 3599 });
        Fails(AuditErrors.RangeInvalid, Reader() with { MaxSessionSeconds = 43201 });
        Fails(AuditErrors.FormatInvalid, Reader() with { Name = new string('x', 65) });
        Fails(AuditErrors.FormatInvalid, Reader() with { Name = "a b" });
        Fails(AuditErrors.FormatInvalid, Reader() with { Name = "a\n" });
        Fails(AuditErrors.FormatInvalid, Reader() with { SourceRanges = ["10.0.0.1/8"] });
        Fails(AuditErrors.FormatInvalid, Reader() with { SourceRanges = ["office"] });
        Fails(AuditErrors.PolicyInvalid, Reader() with { SourceRanges = ["0.0.0.0/0"] });
        Fails(AuditErrors.FormatInvalid, Reader() with { KeyArn = $"arn:aws:kms:eu-west-1:{Account}:alias/audit" });
        Fails(AuditErrors.FormatInvalid, Reader() with { Partition = "*" });
        Fails(AuditErrors.LocationInvalid, Reader() with { Log = LogLocation.Parse("/var/log/audit") });
        Fails(AuditErrors.RangeInvalid, Writer() with { StateRetention = new(RetentionMode.Compliance, 0) });
    }

    internal static ReaderRolePlan Reader(string log = "s3://audit-bucket/prod") =>
        new() { Name = "auditor", Log = LogLocation.Parse(log), Trust = new TrustPlan { Principals = [Stranger] } };

    internal static WriterRolePlan Writer(string log = "s3://audit-bucket/prod") =>
        new() { Name = "appender", Log = LogLocation.Parse(log), Trust = new TrustPlan { Principals = [Account] } };

    private static IEnumerable<RolePlan> Plans(string log)
    {
        yield return Reader(log);
        yield return Reader(log) with { Verifier = true };
        yield return Reader(log) with { Verifier = true, KeyArn = Key };
        yield return Writer(log);
        yield return Writer(log) with { Derived = true, KeyArn = Key, StateRetention = new(RetentionMode.Governance, 30) };
    }

    private static AccessReport Review(RolePlan plan, ConditionKeys keys, bool boundary)
    {
        var document = PolicyDocument.Parse(plan.Build().Permissions, PolicyUse.Identity);
        return AccessReview.Run(new AccessReviewInput
        {
            Principal = Who("role"),
            Profile = plan.Profile,
            Log = new ReviewedLog { Location = plan.Log, Account = Account, KeyArn = plan.KeyArn, KeyPolicy = plan.KeyArn is null ? null : Bucket("Allow kms:* * to account") },
            Policies = new AppliedPolicies { Identity = [document], Boundary = boundary ? document : null },
            Keys = keys,
        });
    }

    private static string[] All(AccessProfile profile) =>
        [.. Enum.GetValues<AccessScope>().SelectMany(profile.Actions).Order(StringComparer.Ordinal)];

    private static bool Ask(RolePlan plan, string action, string resource, string keys) => PolicyEvaluator.Evaluate(
        new AppliedPolicies { Identity = [PolicyDocument.Parse(plan.Build().Permissions, PolicyUse.Identity)] },
        new AccessRequest { Principal = Who("role"), Action = action, Resource = resource, ResourceAccount = Account, Keys = Keys(keys) }).MayBeAllowed;

    private static bool Take(PolicyDocument trust, string keys) => PolicyEvaluator.Evaluate(
        new AppliedPolicies { Resource = trust, ResourceMustAllow = true },
        new AccessRequest { Principal = Who("user"), Action = "sts:AssumeRole", Resource = RoleArn, ResourceAccount = Account, Keys = Keys(keys) }).MayBeAllowed;

    private static void Fails(string error, RolePlan plan) => Assert.Equal(error, Assert.Throws<AuditException>(plan.Build).ErrorId);
}
