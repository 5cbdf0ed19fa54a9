using ImmutableAudit.Access;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Access;

public class BucketPolicyTests
{
    private const string TheBucket = "arn:aws:s3:::audit-bucket";
    private const string Segment = TheBucket + "/prod/segments/1";
    private const string Plain = "aws:SecureTransport=true s3:ObjectCreationOperation=true s3:if-none-match=*";
    private const string KeyArn = $"arn:aws:kms:eu-west-1:{Account}:key/1234-abcd";

    private static readonly LogBucketPolicyPlan _plan = new() { Log = LogLocation.Parse("s3://audit-bucket/prod"), RetentionDays = 2557, AdministratorArn = UserArn };

    // Who "role" is may do everything by its own policies; the bucket's policy decides.
    [Theory]
    [InlineData("s3:PutObject", Segment, Plain, true)]
    [InlineData("s3:PutObject", Segment, "aws:SecureTransport=true s3:ObjectCreationOperation=true s3:if-match=abc", true)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:x-amz-storage-class=STANDARD", true)]
    [InlineData("s3:PutObject", Segment, "aws:SecureTransport=true s3:ObjectCreationOperation=true", false)]
    [InlineData("s3:PutObject", Segment, "aws:SecureTransport=true s3:ObjectCreationOperation=false", false)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:x-amz-storage-class=GLACIER", false)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:x-amz-storage-class=DEEP_ARCHIVE", false)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:x-amz-server-side-encryption-customer-algorithm=AES256", false)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:x-amz-server-side-encryption=AES256", true)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:x-amz-server-side-encryption=aws:kms", false)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:object-lock-mode=COMPLIANCE s3:object-lock-remaining-retention-days=2557", true)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:object-lock-mode=COMPLIANCE s3:object-lock-remaining-retention-days=1", false)]
    [InlineData("s3:PutObject", Segment, Plain + " s3:object-lock-mode=GOVERNANCE s3:object-lock-remaining-retention-days=2557", false)]
    [InlineData("s3:PutObjectRetention", Segment, "aws:SecureTransport=true s3:object-lock-remaining-retention-days=2556", false)]
    [InlineData("s3:PutObjectRetention", Segment, "aws:SecureTransport=true s3:object-lock-remaining-retention-days=3000", true)]
    [InlineData("s3:PutObject", TheBucket + "/prod/tile/0", "aws:SecureTransport=true s3:ObjectCreationOperation=true", true)]
    [InlineData("s3:PutObject", TheBucket + "/other/segments/1", "aws:SecureTransport=true s3:ObjectCreationOperation=true", true)]
    [InlineData("s3:DeleteObject", Segment, "aws:SecureTransport=true", false)]
    [InlineData("s3:DeleteObjectVersion", Segment, "aws:SecureTransport=true", false)]
    [InlineData("s3:DeleteObject", TheBucket + "/other/1", "aws:SecureTransport=true", true)]
    [InlineData("s3:BypassGovernanceRetention", Segment, "aws:SecureTransport=true", false)]
    [InlineData("s3:GetObject", Segment, "aws:SecureTransport=true", true)]
    [InlineData("s3:GetObject", Segment, "aws:SecureTransport=false", false)]
    [InlineData("s3:GetObject", Segment, "", false)]
    [InlineData("s3:ListBucketVersions", TheBucket, "aws:SecureTransport=false", false)]
    [InlineData("s3:DeleteBucket", TheBucket, "aws:SecureTransport=true", false)]
    [InlineData("s3:PutBucketObjectLockConfiguration", TheBucket, "aws:SecureTransport=true", false)]
    [InlineData("s3:PutBucketVersioning", TheBucket, "aws:SecureTransport=true", false)]
    [InlineData("s3:PutLifecycleConfiguration", TheBucket, "aws:SecureTransport=true", false)]
    [InlineData("s3:GetBucketObjectLockConfiguration", TheBucket, "aws:SecureTransport=true", true)]
    [InlineData("s3:PutBucketPolicy", TheBucket, "aws:SecureTransport=false", true)]
    [InlineData("s3:DeleteBucketPolicy", TheBucket, "aws:SecureTransport=false", true)]
    [InlineData("s3:GetBucketPolicy", TheBucket, "aws:SecureTransport=false", true)]
    public void At_aws_the_policy_refuses_what_would_harm_the_log(string action, string resource, string keys, bool allowed) =>
        Assert.Equal(allowed, Ask(LogBucketPolicy.For(_plan, true), "role", action, resource, keys));

    [Theory]
    [InlineData("user", true)]
    [InlineData("role", false)]
    [InlineData("root", false)]
    public void The_administrator_alone_goes_on_configuring_and_deletes_no_more_than_others(string who, bool allowed)
    {
        var policy = LogBucketPolicy.For(_plan, true);
        Assert.Equal(allowed, Ask(policy, who, "s3:PutBucketVersioning", TheBucket, "aws:SecureTransport=true"));
        Assert.Equal(allowed, Ask(policy, who, "s3:PutObjectRetention", Segment, "aws:SecureTransport=true s3:object-lock-remaining-retention-days=1"));
        Assert.False(Ask(policy, who, "s3:DeleteObjectVersion", Segment, "aws:SecureTransport=true"));
        Assert.False(Ask(policy, who, "s3:BypassGovernanceRetention", Segment, "aws:SecureTransport=true"));
        Assert.False(Ask(LogBucketPolicy.For(_plan with { AdministratorArn = null }, true), who, "s3:PutBucketVersioning", TheBucket, "aws:SecureTransport=true"));
    }

    [Fact]
    public void No_plan_on_any_endpoint_is_about_the_policy_itself()
    {
        foreach (var plan in Plans())
        {
            foreach (var isAws in new[] { true, false })
            {
                var document = Parse(LogBucketPolicy.For(plan, isAws).ToDocument());
                Assert.DoesNotContain(document.Statements, one => one.Effect != PolicyEffect.Deny || one.IsNotAction || one.IsNotResource
                    || one.CoversAction("s3:PutBucketPolicy") || one.CoversAction("s3:DeleteBucketPolicy") || one.CoversAction("s3:GetBucketPolicy"));
                Assert.All(document.Statements, one => Assert.Matches("^ImmutableAudit[0-9a-f]{12}[A-Za-z]+$", one.Sid));
            }
        }
    }

    [Fact]
    public void Elsewhere_nothing_rests_on_keys_that_are_never_filled()
    {
        foreach (var plan in Plans())
        {
            var policy = LogBucketPolicy.For(plan, false);
            var document = Parse(policy.ToDocument());
            Assert.All(document.Statements.SelectMany(one => one.Conditions), one => Assert.Equal("aws:SecureTransport", one.Key));
            // Every request of a writer, with no key of these filled.
            Assert.True(Ask(policy, "role", "s3:PutObject", Segment, "aws:SecureTransport=true"));
            Assert.Contains(policy.LeftOut, one => one.Name == "NoParts");
            Assert.All(policy.LeftOut, one => Assert.NotEmpty(one.Reason));
        }

        Assert.Contains(LogBucketPolicy.For(_plan, false).LeftOut, one => one.Name.StartsWith("KeepConfiguration: exemption", StringComparison.Ordinal));
        Assert.Contains(LogBucketPolicy.For(_plan, false).LeftOut, one => one.Name == "LockAsPromised");
        Assert.Empty(LogBucketPolicy.For(_plan, true).LeftOut);
    }

    [Fact]
    public void A_put_without_a_condition_passes_where_the_option_says_so()
    {
        var loose = LogBucketPolicy.For(_plan with { RequireCondition = false }, true);
        Assert.True(Ask(loose, "role", "s3:PutObject", Segment, "aws:SecureTransport=true s3:ObjectCreationOperation=true"));
        Assert.False(Ask(loose, "role", "s3:PutObject", Segment, "aws:SecureTransport=true s3:ObjectCreationOperation=false"));
        Assert.Equal("ConditionOnly", Assert.Single(loose.LeftOut).Name);
        var open = LogBucketPolicy.For(_plan with { RequireTls = false }, true);
        Assert.True(Ask(open, "role", "s3:GetObject", Segment, "aws:SecureTransport=false"));
    }

    [Fact]
    public void Only_the_logs_own_key_encrypts()
    {
        var policy = LogBucketPolicy.For(_plan with { KeyArn = KeyArn }, true);
        const string key = "s3:x-amz-server-side-encryption-aws-kms-key-id=";
        Assert.True(Ask(policy, "role", "s3:PutObject", Segment, Plain));
        Assert.True(Ask(policy, "role", "s3:PutObject", Segment, $"{Plain} {key}{KeyArn}"));
        Assert.False(Ask(policy, "role", "s3:PutObject", Segment, $"{Plain} {key}arn:aws:kms:eu-west-1:{Stranger}:key/1"));
    }

    [Fact]
    public void A_writers_role_works_under_the_policy()
    {
        var writer = PolicyDocument.Parse(RoleDocumentTests.Writer().Build().Permissions, PolicyUse.Identity);
        var policy = Parse(LogBucketPolicy.For(_plan, true).ToDocument());
        foreach (var (action, resource, keys) in new[]
        {
            ("s3:PutObject", Segment, Plain), ("s3:GetObjectVersion", Segment, "aws:SecureTransport=true"), ("s3:GetObjectRetention", Segment, "aws:SecureTransport=true"),
            ("s3:ListBucketVersions", TheBucket, "aws:SecureTransport=true s3:prefix=prod/segments/"),
        })
        {
            Assert.Equal(AccessOutcome.Allowed, PolicyEvaluator.Evaluate(
                new AppliedPolicies { Identity = [writer], Resource = policy },
                new AccessRequest { Principal = Who("role"), Action = action, Resource = resource, ResourceAccount = Account, Keys = Keys(keys) }).Outcome);
        }
    }

    [Fact]
    public void What_cannot_be_planned_is_refused()
    {
        Fails(AuditErrors.LocationInvalid, _plan with { Log = LogLocation.Parse("/var/log") });
        Fails(AuditErrors.RangeInvalid, _plan with { RetentionDays = 0 });
        Fails(AuditErrors.FormatInvalid, _plan with { AdministratorArn = "*" });
        Fails(AuditErrors.FormatInvalid, _plan with { AdministratorArn = $"arn:aws:iam::{Account}:root" });
        Fails(AuditErrors.FormatInvalid, _plan with { KeyArn = "alias/x" });
    }

    internal static PolicyDocument Parse(string json) => PolicyDocument.Parse(json, PolicyUse.Resource);

    private static IEnumerable<LogBucketPolicyPlan> Plans()
    {
        foreach (var log in new[] { "s3://audit-bucket", "s3://audit-bucket/prod", "s3://audit-bucket/prod/*" })
        {
            var plan = new LogBucketPolicyPlan { Log = LogLocation.Parse(log) };
            yield return plan;
            yield return plan with { KeyArn = KeyArn, RetentionDays = 1, AdministratorArn = RoleArn };
            yield return plan with { RequireCondition = false, Mode = RetentionMode.Governance, RetentionDays = 30 };
        }
    }

    private static void Fails(string error, LogBucketPolicyPlan plan) =>
        Assert.Equal(error, Assert.Throws<AuditException>(() => LogBucketPolicy.For(plan, true)).ErrorId);

    private static bool Ask(LogBucketPolicy policy, string who, string action, string resource, string keys) => PolicyEvaluator.Evaluate(
        new AppliedPolicies { Identity = [Identity("Allow s3:* *")], Resource = Parse(policy.ToDocument()) },
        new AccessRequest { Principal = Who(who), Action = action, Resource = resource, ResourceAccount = Account, Keys = Keys(keys) }).MayBeAllowed;
}
