using ImmutableAudit.Policies;
using static ImmutableAudit.Core.Tests.Policies.PolicyKit;

namespace ImmutableAudit.Core.Tests.Policies;

public class AccessReviewTests
{
    internal const string Reader = """
        Allow s3:GetObject audit-bucket/prod/*
        Allow s3:ListBucket audit-bucket
        """;

    internal const string Verifier = """
        Allow s3:GetObject,s3:GetObjectVersion,s3:GetObjectRetention,s3:GetObjectLegalHold,s3:GetObjectAttributes,s3:GetObjectVersionAttributes audit-bucket/prod/*
        Allow s3:ListBucket,s3:ListBucketVersions,s3:GetBucketLocation,s3:GetBucketVersioning,s3:GetBucketObjectLockConfiguration,s3:GetLifecycleConfiguration,s3:GetEncryptionConfiguration,s3:GetBucketPolicy,s3:GetBucketPolicyStatus,s3:GetBucketPublicAccessBlock,s3:GetBucketOwnershipControls,s3:GetReplicationConfiguration audit-bucket
        """;

    [Fact]
    public void The_reader_and_the_verifier_stay_within_their_profiles_and_lack_nothing()
    {
        foreach (var who in new[] { "role", "session", "user" })
        {
            AssertClean(Review(who, Reader));
            AssertClean(Review(who, Verifier, AccessProfile.Verifier));
            // Both resources in one statement, as people write it: a bucket has no GetObject and an object no ListBucket.
            AssertClean(Review(who, "Allow s3:GetObject,s3:ListBucket audit-bucket,audit-bucket/prod/*"));
        }

        Assert.Equal(["s3:GetObject", "s3:ListBucket"], Review("role", Reader).Expected.Select(one => one.Action));
        Assert.Equal(18, Review("role", Verifier, AccessProfile.Verifier).Expected.Count);
        static void AssertClean(AccessReport report)
        {
            Assert.True(report.StaysWithinProfile, string.Join('\n', report.Excess));
            Assert.Empty(report.Gaps);
        }
    }

    [Fact]
    public void Denials_beside_the_reader_add_nothing_and_take_away_what_they_say()
    {
        var hardened = Review("role", Reader + """

            Deny !s3:GetObject,s3:ListBucket *
            Deny s3:*Retention*,s3:*LegalHold* *
            """);
        Assert.True(hardened.StaysWithinProfile);
        Assert.Empty(hardened.Gaps);

        var gap = Assert.Single(Review("role", Reader + "\nDeny s3:GetObject audit-bucket/prod/segments/000*").Gaps);
        Assert.Equal(("s3:GetObject", AccessScope.Objects, AccessOutcome.ExplicitlyDenied), (gap.Action, gap.Scope, gap.Outcome));
        Assert.StartsWith("arn:aws:s3:::audit-bucket/prod/segments/000", gap.Resource, StringComparison.Ordinal);
    }

    [Fact]
    public void The_verifier_of_an_encrypted_log_has_its_key_and_no_other()
    {
        const string key = $"arn:aws:kms:eu-west-1:{Account}:key/1234";
        var log = TheLog(key: key) with { KeyPolicy = Bucket("Allow kms:* * to account", "key policy") };
        var good = AccessReview.Run(new AccessReviewInput
        {
            Principal = Who("role"), Log = log, Profile = AccessProfile.Verifier.WithKey(),
            Policies = new AppliedPolicies { Identity = [Identity(Verifier + $"\nAllow kms:Decrypt,kms:DescribeKey {key}")] },
        });
        Assert.True(good.StaysWithinProfile, string.Join('\n', good.Excess));
        Assert.Empty(good.Gaps);

        var loose = AccessReview.Run(new AccessReviewInput
        {
            Principal = Who("role"), Log = log, Profile = AccessProfile.Verifier.WithKey(),
            Policies = new AppliedPolicies { Identity = [Identity(Verifier + "\nAllow kms:Decrypt,kms:DescribeKey *")] },
        });
        Assert.Equal(["kms:Decrypt", "kms:DescribeKey"], loose.Excess.Select(one => one.Action).Order());
        Assert.All(loose.Excess, one => Assert.Equal(AccessScope.Elsewhere, one.Scope));
    }

    [Fact]
    public void A_key_policy_that_lets_the_role_delete_the_key_is_found()
    {
        const string key = $"arn:aws:kms:eu-west-1:{Account}:key/1234";
        var report = AccessReview.Run(new AccessReviewInput
        {
            Principal = Who("role"), Profile = AccessProfile.Reader.WithKey(),
            Log = TheLog(key: key) with { KeyPolicy = Bucket("Allow kms:* * to account\nAllow kms:ScheduleKeyDeletion * to role", "key policy") },
            Policies = new AppliedPolicies { Identity = [Identity(Reader + $"\nAllow kms:Decrypt,kms:DescribeKey {key}")] },
        });
        var found = Assert.Single(report.Excess);
        Assert.Equal(("kms:ScheduleKeyDeletion", AccessScope.Key, AccessOutcome.Allowed), (found.Action, found.Scope, found.Outcome));
        Assert.Equal(("key policy", 1), (found.OpenedBy[0].Document, found.OpenedBy[0].Index));
        Assert.NotNull(found.Escalation);
    }

    [Fact]
    public void A_bucket_policy_that_could_not_be_read_leaves_everything_in_the_bucket_open()
    {
        var report = AccessReview.Run(new AccessReviewInput
        {
            Principal = Who("role"), Log = TheLog(), Profile = AccessProfile.Reader,
            Policies = new AppliedPolicies { Identity = [Identity(Reader)], ResourceUnread = true },
        });
        Assert.Contains(report.Excess, one => one is { Action: "s3:PutObject", Outcome: AccessOutcome.Unknown });
        Assert.All(report.Excess.Where(one => one.Scope == AccessScope.Bucket), one => Assert.Contains("the resource's policy", one.MissingKeys));
    }

    [Fact]
    public void A_log_at_the_top_of_its_bucket_and_anonymous_callers_are_reviewed()
    {
        var log = TheLog("s3://audit-bucket");
        Assert.True(AccessReview.Run(new AccessReviewInput
        {
            Principal = Who("role"), Log = log, Profile = AccessProfile.Reader,
            Policies = new AppliedPolicies { Identity = [Identity("Allow s3:GetObject audit-bucket/*;Allow s3:ListBucket audit-bucket")] },
        }).StaysWithinProfile);

        var anonymous = AccessReview.Run(new AccessReviewInput
        {
            Principal = RequestPrincipal.Anonymous, Log = log, Profile = AccessProfile.Create("nobody", [], [], []),
            Policies = new AppliedPolicies { Resource = Bucket("Allow s3:GetObject audit-bucket/* to *") },
        });
        Assert.Contains(anonymous.Excess, one => one is { Action: "s3:GetObject", Scope: AccessScope.Objects, Outcome: AccessOutcome.Allowed });
    }

    [Fact]
    public void Among_very_many_patterns_other_services_are_still_found()
    {
        var many = string.Join(',', Enumerable.Range(0, 500).Select(i => $"s3:Get{i}*"));
        var report = Review("role", $"{Reader}\nDeny {many} *\nAllow s3:GetObject,lambda:CreateFunction audit-bucket/prod/*");
        var found = Assert.Single(report.Excess);
        Assert.Equal(("lambda:CreateFunction", 3), (found.Action, Assert.Single(found.OpenedBy).Index));
    }

    [Fact]
    public void A_finding_reads_as_a_sentence_and_escalations_come_first()
    {
        var report = Review("role", Reader + "\nAllow s3:PutBucketTagging,s3:PutBucketPolicy audit-bucket");
        Assert.Equal(["s3:PutBucketPolicy", "s3:PutBucketTagging"], report.Excess.Select(one => one.Action));
        Assert.Equal(
            "s3:PutBucketPolicy on arn:aws:s3:::audit-bucket is allowed by identity, statement 2: changes who may do what to the bucket or its objects",
            report.Excess[0].ToString());
    }

    [Fact]
    public void What_is_known_of_every_request_narrows_the_answer()
    {
        const string onlyFromOffice = Reader + "\nAllow s3:PutObject audit-bucket/* if {\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}";
        var found = Assert.Single(Review("role", onlyFromOffice).Excess, one => one.Scope == AccessScope.Objects);
        Assert.Equal(AccessOutcome.Unknown, found.Outcome);
        Assert.Equal(["aws:SourceIp"], found.MissingKeys);
        var elsewhere = new AccessReviewInput
        {
            Principal = Who("role"), Log = TheLog(), Profile = AccessProfile.Reader, Keys = ConditionKeys.Unknown.With("aws:SourceIp", "192.0.2.1"),
            Policies = new AppliedPolicies { Identity = [Identity(onlyFromOffice)] },
        };
        Assert.True(AccessReview.Run(elsewhere).StaysWithinProfile);
    }

    [Fact]
    public void A_directory_is_refused() => Assert.Equal(AuditErrors.LocationInvalid, Assert.Throws<AuditException>(() => AccessReview.Run(new AccessReviewInput
    {
        Principal = Who("role"), Log = TheLog("/var/log/audit"), Profile = AccessProfile.Reader, Policies = new AppliedPolicies(),
    })).ErrorId);

    internal static AccessReport Review(string who, string identity, AccessProfile? profile = null) => AccessReview.Run(new AccessReviewInput
    {
        Principal = Who(who),
        Log = TheLog(),
        Profile = profile ?? AccessProfile.Reader,
        Policies = new AppliedPolicies { Identity = [Identity(identity)] },
    });
}
