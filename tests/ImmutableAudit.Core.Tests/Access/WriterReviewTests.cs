using ImmutableAudit.Access;
using ImmutableAudit.Core.Tests.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Access;

public sealed class WriterReviewTests
{
    private static readonly LogLocation _log = LogLocation.Parse("s3://audit-bucket/prod");

    [Fact]
    public async Task Names_each_role_that_can_change_the_log_and_what_it_can()
    {
        var identity = new FakeIdentity();
        Add(identity, "reader", "/immutableaudit/reader/", AccessReviewTests.Reader);
        Add(identity, "writer", "/immutableaudit/writer/", "Allow s3:PutObject,s3:GetObject audit-bucket/prod/*");
        Assert.Equal(ControlStatus.Ok, (await RunAsync(identity)).Status);
        Add(identity, "admin", "/", "Allow s3:* *");
        Add(identity, "other", "/", "Allow s3:PutObject audit-bucket/*\nDeny s3:PutObject audit-bucket/prod/*");
        var control = await RunAsync(identity);
        Assert.Equal(ControlStatus.Advice, control.Status);
        Assert.StartsWith("admin (s3:PutObject, s3:DeleteObject, ", control.Seen, StringComparison.Ordinal);
        Assert.DoesNotContain("writer (", control.Seen, StringComparison.Ordinal);
        Assert.DoesNotContain("other", control.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_buckets_policy_is_counted()
    {
        var identity = new FakeIdentity();
        Add(identity, "admin", "/", "Allow s3:Put*,s3:Delete* *");
        var denied = await RunAsync(identity, "Deny s3:* audit-bucket,audit-bucket/* to *");
        Assert.Equal(ControlStatus.Ok, denied.Status);
        var granted = new FakeIdentity();
        Add(granted, "nobody", "/", "Allow s3:ListBucket audit-bucket");
        Assert.Contains("nobody (s3:DeleteObjectVersion)", (await RunAsync(granted, "Allow s3:DeleteObjectVersion audit-bucket/* to arn:aws:iam::111122223333:role/nobody")).Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_listed_or_read_is_unknown()
    {
        var identity = new FakeIdentity();
        Add(identity, "dark", "/", AccessReviewTests.Reader);
        identity.Roles["dark"] = identity.Roles["dark"] with { Attached = null, AttachedUnknown = "Allow iam:ListAttachedRolePolicies." };
        Assert.Equal(ControlStatus.Unknown, (await RunAsync(identity)).Status);
        identity.Refusals["Read"] = AuditErrors.AccessDenied;
        Assert.Equal(ControlStatus.Unknown, (await RunAsync(identity)).Status);
    }

    private static Task<BucketControl> RunAsync(FakeIdentity identity, string? policy = null) => new WriterReview(identity).RunAsync(
        _log, BucketReviewerTests.Facts with { Policy = new(policy is null ? null : PolicyKit.Json(policy)) }, PolicyKit.Account, default);

    private static void Add(FakeIdentity identity, string name, string path, string statements) => identity.Roles[name] = new RoleState
    {
        Name = name,
        Path = path,
        Arn = $"arn:aws:iam::{PolicyKit.Account}:role{path}{name}",
        TrustPolicy = "{}",
        Inline = [new InlinePolicy("p", PolicyKit.Json(statements))],
        Attached = [],
    };
}
