using Amazon.S3;
using Amazon.S3.Model;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>What is read of a bucket, on real servers and from answers that can't be.</summary>
public sealed class BucketInspectionTests
{
    private static readonly AwsCloud Cloud = new();

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_bucket_that_was_set_up_shows_what_was_set(string server)
    {
        var plan = new BucketPlan { Name = TestServers.NewBucketName(), RetentionYears = 2 };
        Assert.True((await Cloud.CreateBucketAsync(plan, TestServers.Of(server), default)).IsReady);
        var facts = await ReadAsync(server, plan.Name);
        Assert.Equal((plan.Name, false), (facts.Bucket, facts.IsAws));
        Assert.Equal(new ObjectLockFact(true, RetentionMode.Compliance, 730), facts.ObjectLock.Value);
        Assert.Equal("Enabled", facts.Versioning.Value);
        Assert.True(LogBucketPolicy.IsProtecting(facts.Policy.Value, LogLocation.Parse("s3://" + plan.Name)));
        Assert.True(facts.PublicAccess.Value is { IgnoreAcls: true, Restrict: true }, facts.PublicAccess.ToString());
        Assert.True(facts.PublicGrants is { IsKnown: true, Value.Count: 0 }, facts.PublicGrants.ToString());
        Assert.True(facts.Lifecycle is { IsKnown: true, Value.Count: 0 }, facts.Lifecycle.ToString());
        if (server == "moto")
        {
            Assert.Equal(("AES256", "BucketOwnerEnforced"), (facts.Encryption.Value?.Method, facts.Ownership.Value));
        }
        else
        {
            // Ceph 16.2 doesn't know this question, and answers another.
            Assert.False(facts.Ownership.IsKnown);
            Assert.Null(facts.Ownership.Value);
        }
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_plain_bucket_shows_that_it_has_nothing(string server)
    {
        await using var bucket = await TestBucket.PlainAsync(server);
        var facts = await ReadAsync(server, bucket.Name);
        Assert.Equal(new ObjectLockFact(false, null, null), facts.ObjectLock.Value);
        Assert.True(facts.Versioning is { IsKnown: true, Value: null }, facts.Versioning.ToString());
        Assert.True(facts.Policy is { IsKnown: true, Value: null }, facts.Policy.ToString());
        Assert.True(facts.PublicAccess is { IsKnown: true, Value: null } or { IsKnown: true, Value: { Restrict: false, IgnoreAcls: false } }, facts.PublicAccess.ToString());
        Assert.True(facts.Lifecycle is { IsKnown: true, Value.Count: 0 }, facts.Lifecycle.ToString());
        Assert.True(facts.Replication is { IsKnown: true, Value.Count: 0 }, facts.Replication.ToString());
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Lifecycle_rules_suspended_versions_and_policies_are_told(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        await bucket.Client.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = bucket.Name, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Suspended } });
        await bucket.Client.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest
        {
            BucketName = bucket.Name,
            Configuration = new LifecycleConfiguration
            {
                Rules =
                [
                    Rule("expire", "log/", new LifecycleRule { Expiration = new LifecycleRuleExpiration { Days = 30 } }),
                    Rule("old", "", new LifecycleRule { NoncurrentVersionExpiration = new LifecycleRuleNoncurrentVersionExpiration { NoncurrentDays = 3 } }, LifecycleRuleStatus.Disabled),
                ],
            },
        });
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{bucket.Name}}/secret/*"}]}""";
        await bucket.Client.PutBucketPolicyAsync(new PutBucketPolicyRequest { BucketName = bucket.Name, Policy = policy });

        var facts = await ReadAsync(server, bucket.Name);
        Assert.Equal("Suspended", facts.Versioning.Value);
        Assert.Equal(policy, facts.Policy.Value);
        Assert.Equal(
            [new LifecycleFact("expire", true, "log/", false, true, false, false), new LifecycleFact("old", false, "", false, false, true, false)],
            facts.Lifecycle.Value!.OrderBy(rule => rule.Id, StringComparer.Ordinal));
    }

    [RgwFact]
    public async Task Without_permission_every_part_is_unknown_and_names_the_permission()
    {
        await using var bucket = await TestBucket.LockedAsync("rgw", 1);
        var facts = await Cloud.ReadBucketAsync(bucket.Name, TestServers.RgwUser, default);
        (string Action, string? Why)[] parts =
        [
            ("s3:GetBucketObjectLockConfiguration", facts.ObjectLock.Unknown), ("s3:GetBucketVersioning", facts.Versioning.Unknown),
            ("s3:GetBucketPolicy", facts.Policy.Unknown), ("s3:GetBucketPublicAccessBlock", facts.PublicAccess.Unknown),
            ("s3:GetBucketAcl", facts.PublicGrants.Unknown), ("s3:GetLifecycleConfiguration", facts.Lifecycle.Unknown),
            ("s3:GetReplicationConfiguration", facts.Replication.Unknown),
        ];
        Assert.All(parts, part => Assert.Contains($"Allow {part.Action} on", part.Why, StringComparison.Ordinal));
        Assert.False(facts.Encryption.IsKnown || facts.Ownership.IsKnown);
        Assert.DoesNotContain(TestServers.RgwUser.SecretKey!, facts.ToString(), StringComparison.Ordinal);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_bucket_that_isnt_there_is_no_matter_of_permissions(string server)
    {
        var e = await Assert.ThrowsAsync<AuditException>(async () => await ReadAsync(server, TestServers.NewBucketName()));
        Assert.Equal(AuditErrors.BucketNotFound, e.ErrorId);
    }

    [Theory]
    [InlineData("<html>A proxy's page", 200)]
    [InlineData("not even a page", 200)]
    [InlineData("<a/>", 200)]
    [InlineData("<html>not found</html>", 404)]
    [InlineData("", 405)]
    public async Task An_answer_that_cant_be_understood_is_unknown_and_holds_no_secret(string body, int status)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(status, body + (body.Length == 0 ? "" : " fakesecretfakesecretfakesecretfakesecret")));
        var facts = await Cloud.ReadBucketAsync("bucket", server.Connection, default);
        string?[] why = [facts.Encryption.Unknown, facts.Ownership.Unknown, facts.PublicAccess.Unknown];
        Assert.All(why, one => Assert.False(string.IsNullOrWhiteSpace(one)));
        Assert.DoesNotContain("fakesecretfake", facts with { Policy = new Fact<string>(null) } + facts.Policy.Unknown, StringComparison.Ordinal);
        Assert.False(facts.ObjectLock.Value is { IsEnabled: true } || facts.Versioning.Value == "Enabled");
        // Nothing here may pass for "no grant" or "no rule".
        Assert.False(facts.PublicGrants.IsKnown, facts.PublicGrants.ToString());
        Assert.False(facts.Lifecycle.IsKnown, facts.Lifecycle.ToString());
    }

    [Fact]
    public async Task What_only_some_parts_refuse_leaves_the_others()
    {
        await using var server = new FakeServer(request => request.Query.Keys.First() switch
        {
            "object-lock" => FakeAnswer.Error(404, "ObjectLockConfigurationNotFoundError"),
            "versioning" => new FakeAnswer(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
            "policy" => FakeAnswer.Error(404, "NoSuchBucketPolicy"),
            "acl" => new FakeAnswer(200, """
                <AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
                <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>
                """),
            "encryption" => new FakeAnswer(200, "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"),
            "replication" => new FakeAnswer(200, "<ReplicationConfiguration><Role>r</Role><Rule><ID>copy</ID><Status>Enabled</Status><Priority>1</Priority><Filter><Prefix>log/</Prefix></Filter><Destination><Bucket>arn:aws:s3:::second</Bucket><Account>111122223333</Account></Destination></Rule></ReplicationConfiguration>"),
            var other => FakeAnswer.Error(403, "AccessDenied", "no " + other),
        });
        var facts = await Cloud.ReadBucketAsync("bucket", server.Connection, default);
        Assert.Equal(new ObjectLockFact(false, null, null), facts.ObjectLock.Value);
        Assert.Equal(("Enabled", null, true), (facts.Versioning.Value, facts.Policy.Value, facts.Policy.IsKnown));
        Assert.Equal(["READ for AllUsers"], facts.PublicGrants.Value);
        Assert.Equal(new EncryptionFact("aws:kms", "k"), facts.Encryption.Value);
        Assert.Equal([new ReplicationFact("copy", true, "log/", false, "arn:aws:s3:::second", "111122223333")], facts.Replication.Value);
        Assert.Contains("Allow s3:GetLifecycleConfiguration on s3://bucket", facts.Lifecycle.Unknown, StringComparison.Ordinal);
        Assert.Contains("Allow s3:GetBucketOwnershipControls", facts.Ownership.Unknown, StringComparison.Ordinal);
    }

    private static LifecycleRule Rule(string id, string prefix, LifecycleRule rule, LifecycleRuleStatus? status = null)
    {
        (rule.Id, rule.Status) = (id, status ?? LifecycleRuleStatus.Enabled);
        rule.Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = prefix } };
        return rule;
    }

    private static async Task<BucketFacts> ReadAsync(string server, string bucket) => await Cloud.ReadBucketAsync(bucket, TestServers.Of(server), default);
}
