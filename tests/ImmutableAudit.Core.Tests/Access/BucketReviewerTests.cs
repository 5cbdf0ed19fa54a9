using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Access;

public sealed class BucketReviewerTests
{
    private const string Account = "111122223333";
    private static readonly LogLocation _log = LogLocation.Parse("s3://acme-audit/prod");
    private static readonly BucketPromise _promise = new() { Mode = RetentionMode.Compliance, Days = 365, Source = "the log's genesis", Account = Account };

    private const string Policy = """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-audit","arn:aws:s3:::acme-audit/*"],"Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}},
          {"Effect":"Deny","Principal":"*","Action":["s3:DeleteObject","s3:DeleteObjectVersion","s3:BypassGovernanceRetention"],"Resource":"arn:aws:s3:::acme-audit/prod/*"}]}
        """;

    internal static BucketFacts Facts => Sound;

    private static BucketFacts Sound => new()
    {
        Bucket = "acme-audit",
        Place = "AWS (eu-central-1)",
        IsAws = true,
        ObjectLock = new(new ObjectLockFact(true, RetentionMode.Compliance, 365)),
        Versioning = new("Enabled"),
        Policy = new(Policy),
        PublicAccess = new(new PublicAccessFact(true, true, true, true)),
        PublicGrants = new([]),
        Encryption = new(new EncryptionFact("AES256", null)),
        Ownership = new("BucketOwnerEnforced"),
        Lifecycle = new([]),
        Replication = new([new ReplicationFact("copy", true, "", false, "arn:aws:s3:::acme-copy", "444455556666")]),
    };

    [Fact]
    public void A_sound_bucket_passes_every_control()
    {
        var review = BucketReviewer.Review(_log, Sound, _promise);
        Assert.All(review.Controls, control => Assert.Equal((control.Control, ControlStatus.Ok), (control.Control, control.Status)));
        Assert.Equal(ControlStatus.Ok, review.Result);
    }

    [Fact]
    public void A_bucket_in_another_partition_is_judged_by_its_own_names()
    {
        var china = Sound with { Partition = "aws-cn", Policy = new(Policy.Replace("arn:aws:", "arn:aws-cn:", StringComparison.Ordinal)) };
        Assert.Equal(ControlStatus.Ok, BucketReviewer.Review(_log, china, _promise).Result);
        var mistaken = BucketReviewer.Review(_log, china with { Policy = new(Policy) }, _promise);
        Assert.Contains(mistaken.Controls, control => control is { Control: "Policy.Delete", Status: ControlStatus.Failed });
    }

    public static TheoryData<string, string, BucketFacts> Drifts => new()
    {
        { "ObjectLock", "not enabled", Sound with { ObjectLock = new(new ObjectLockFact(false, null, null)) } },
        { "DefaultRetention", "none", Sound with { ObjectLock = new(new ObjectLockFact(true, null, null)) } },
        { "DefaultRetention", "364", Sound with { ObjectLock = new(new ObjectLockFact(true, RetentionMode.Compliance, 364)) } },
        { "DefaultRetention", "Governance", Sound with { ObjectLock = new(new ObjectLockFact(true, RetentionMode.Governance, 9999)) } },
        { "Versioning", "Suspended", Sound with { Versioning = new("Suspended") } },
        { "Versioning", "never", Sound with { Versioning = new((string?)null) } },
        { "PublicAccess", "IgnorePublicAcls", Sound with { PublicAccess = new(new PublicAccessFact(true, true, true, false)) } },
        { "PublicAccess", "none", Sound with { PublicAccess = new((PublicAccessFact?)null) } },
        { "PublicAccess", "READ for AllUsers", Sound with { PublicAccess = new((PublicAccessFact?)null), PublicGrants = new(["READ for AllUsers"]) } },
        { "Ownership", "ObjectWriter", Sound with { Ownership = new("ObjectWriter") } },
        { "Lifecycle", "'old' places delete markers", Sound with { Lifecycle = new([new LifecycleFact("old", true, "", false, true, false, false)]) } },
        { "Lifecycle", "removes versions", Sound with { Lifecycle = new([new LifecycleFact("old", true, "prod/segments/", false, false, true, false)]) } },
        { "Lifecycle", "moves objects", Sound with { Lifecycle = new([new LifecycleFact("cold", true, "pro", true, false, false, true)]) } },
        { "Policy.Transport", "not denied", Sound with { Policy = new(Policy.Replace("\"false\"", "\"true\"", StringComparison.Ordinal).Replace("s3:*", "s3:List*", StringComparison.Ordinal)) } },
        { "Policy.Delete", "not denied", Sound with { Policy = new(Policy.Replace("\"s3:DeleteObject\",", "", StringComparison.Ordinal)) } },
        { "Policy.DeleteVersion", "not denied", Sound with { Policy = new(Policy.Replace("acme-audit/prod/*", "acme-audit/test/*", StringComparison.Ordinal)) } },
        { "Policy.Bypass", "no policy", Sound with { Policy = new((string?)null) } },
        { "Policy.Strangers", "open to everybody", Sound with { Policy = new(Policy.Replace("\"Statement\":[", "\"Statement\":[{\"Sid\":\"Oops\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:Get*\",\"Resource\":\"arn:aws:s3:::acme-audit/*\"},", StringComparison.Ordinal)) } },
    };

    [Theory]
    [MemberData(nameof(Drifts))]
    public void Drift_fails_its_control(string control, string seen, BucketFacts facts)
    {
        var review = BucketReviewer.Review(_log, facts, _promise);
        var found = review.Controls.Single(one => one.Control == control);
        Assert.Equal((ControlStatus.Failed, ControlStatus.Failed), (found.Status, review.Result));
        Assert.Contains(seen, found.Seen, StringComparison.Ordinal);
        Assert.NotNull(found.Detail);
    }

    [Fact]
    public void What_could_not_be_read_is_unknown_and_says_why()
    {
        const string why = "Allow it.";
        var blind = Sound with
        {
            ObjectLock = new(null, why), Versioning = new(null, why), Policy = new(null, why), PublicAccess = new(null, why), PublicGrants = new(null, why),
            Encryption = new(null, why), Ownership = new(null, why), Lifecycle = new(null, why), Replication = new(null, why),
        };
        var review = BucketReviewer.Review(_log, blind, _promise);
        Assert.All(review.Controls, control => Assert.Equal((control.Control, ControlStatus.Unknown, why), (control.Control, control.Status, control.Detail)));
        Assert.Equal(ControlStatus.Unknown, review.Result);
        // What failed for certain goes before what isn't known.
        Assert.Equal(ControlStatus.Failed, BucketReviewer.Review(_log, blind with { Versioning = new("Suspended") }, _promise).Result);
    }

    [Fact]
    public void Rules_about_other_keys_and_rules_that_are_off_do_not_matter()
    {
        var facts = Sound with
        {
            Lifecycle = new([new LifecycleFact("other", true, "tmp/", false, true, true, true), new LifecycleFact("off", false, "", false, true, true, true)]),
        };
        Assert.Equal(ControlStatus.Ok, BucketReviewer.Review(_log, facts, _promise).Result);
    }

    [Theory]
    [InlineData(Regulation.SEC17a4, 6 * 365)]
    [InlineData(Regulation.HIPAA, 6 * 365)]
    [InlineData(Regulation.PCIDSS, 365)]
    [InlineData(Regulation.SOX, 7 * 365)]
    public void A_regulation_asks_for_its_period_and_says_where_it_stands(Regulation regulation, int days)
    {
        var preset = RegulationPreset.Of(regulation);
        var promise = _promise with { Regulation = preset };
        var met = Sound with { ObjectLock = new(new ObjectLockFact(true, RetentionMode.Compliance, days)) };
        Assert.Equal(ControlStatus.Ok, BucketReviewer.Review(_log, met, promise).Result);
        var missed = Sound with { ObjectLock = new(new ObjectLockFact(true, RetentionMode.Compliance, days - 1)) };
        var control = BucketReviewer.Review(_log, missed, promise).Controls.Single(one => one.Control == "DefaultRetention");
        Assert.Equal((ControlStatus.Failed, preset.RetentionSource), (control.Status, control.Reference));
    }

    [Fact]
    public void A_second_copy_is_asked_for_only_where_a_rule_asks_for_it()
    {
        var alone = Sound with { Replication = new([]), ObjectLock = new(new ObjectLockFact(true, RetentionMode.Compliance, 6 * 365)) };
        Assert.Equal(ControlStatus.Ok, BucketReviewer.Review(_log, alone, _promise).Result);
        var review = BucketReviewer.Review(_log, alone, _promise with { Regulation = RegulationPreset.Of(Regulation.SEC17a4) });
        Assert.Equal(ControlStatus.Failed, review.Controls.Single(one => one.Control == "SecondCopy").Status);
        var same = alone with { Replication = new([new ReplicationFact("copy", true, "", false, "arn:aws:s3:::acme-copy", Account)]) };
        Assert.Equal(ControlStatus.Unknown, BucketReviewer.Review(_log, same, _promise with { Regulation = RegulationPreset.Of(Regulation.SEC17a4) }).Controls.Single(one => one.Control == "SecondCopy").Status);
    }

    [Fact]
    public void Another_account_that_is_let_in_to_write_is_named()
    {
        var facts = Sound with { Policy = new(Policy.Replace("\"Statement\":[", "\"Statement\":[{\"Sid\":\"Partner\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::acme-audit/*\"},", StringComparison.Ordinal)) };
        var control = BucketReviewer.Review(_log, facts, _promise).Controls.Single(one => one.Control == "Policy.Strangers");
        Assert.Equal(ControlStatus.Advice, control.Status);
        Assert.Contains("Partner", control.Seen, StringComparison.Ordinal);
        Assert.Contains("444455556666", control.Seen, StringComparison.Ordinal);
    }
}
