using Amazon.S3.Model;
using ImmutableAudit.Aws.Tests;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>
/// A verifier from whom something is kept: what he can't see is unknown, never fine. On Ceph only: moto enforces no
/// policy here, and in a directory who can read the files sees all there is.
/// </summary>
public sealed class ReaderAttacks
{
    private const string List = "\"s3:ListBucket\"", Versions = "\"s3:ListBucketVersions\"", Get = "\"s3:GetObject\",\"s3:GetObjectVersion\"", Retention = "\"s3:GetObjectRetention\"";

    [RgwFact]
    public async Task A_reader_who_may_see_everything_finds_nothing()
    {
        await using var log = await AttackedLogs.LockedAsync("rgw");
        Sight.Only(await VerifyAsAsync(log, $"{List},{Versions}", $"{Get},{Retention}"));
    }

    [RgwFact]
    public async Task A_reader_without_permission_to_see_versions()
    {
        await using var log = await AttackedLogs.LockedAsync("rgw");
        Sight.Only(await VerifyAsAsync(log, List, $"{Get},{Retention}"), Sight.Unknown(FindingKind.VersionsUnseen, null));
        // Damaged is what garbage hides, as far as he can see: that is unknown, too.
        await log.PutAsync(log.Key(2), "garbage"u8.ToArray());
        Sight.Only(await VerifyAsAsync(log, List, $"{Get},{Retention}"), Sight.Unknown(FindingKind.VersionsUnseen, null), Sight.Unknown(FindingKind.SegmentInvalid, 6, log.Key(2)));
    }

    [RgwFact]
    public async Task A_reader_without_permission_to_see_retention()
    {
        await using var log = await AttackedLogs.LockedAsync("rgw");
        var ends = new[] { 0L, 5, 10, 13 };
        Sight.Only(await VerifyAsAsync(log, $"{List},{Versions}", Get), [.. log.Segments.Zip(ends, (segment, end) =>
            Sight.Unknown(FindingKind.RetentionUnknown, segment.First, segment.Key, segment.Version, end))]);
    }

    [RgwFact]
    public async Task A_reader_without_permission_to_read_one_segment()
    {
        await using var log = await AttackedLogs.LockedAsync("rgw");
        var denied = $$"""{"Effect":"Deny","Principal":{"AWS":"{{TestServers.Variable("RGW_USER_ARN")}}"},"Action":[{{Get}}],"Resource":"arn:aws:s3:::{{log.Bucket.Name}}/log/{{log.Key(2)}}"}""";
        Sight.Only(
            await VerifyAsAsync(log, $"{List},{Versions}", $"{Get},{Retention}", denied), Sight.Unknown(FindingKind.Unreadable, 6, log.Key(2), log.Segments[2].Version));
    }

    private static async Task<ChainReport> VerifyAsAsync(BucketLog log, string onBucket, string onObjects, string? more = null)
    {
        var who = $$"""{"AWS":"{{TestServers.Variable("RGW_USER_ARN")}}"}""";
        var bucket = "arn:aws:s3:::" + log.Bucket.Name;
        var allowed = $$"""{"Effect":"Allow","Principal":{{who}},"Action":[{{onBucket}}],"Resource":"{{bucket}}"},{"Effect":"Allow","Principal":{{who}},"Action":[{{onObjects}}],"Resource":"{{bucket}}/*"}""";
        await log.Bucket.Client.PutBucketPolicyAsync(new PutBucketPolicyRequest
        {
            BucketName = log.Bucket.Name,
            Policy = $$"""{"Version":"2012-10-17","Statement":[{{allowed}}{{(more is null ? "" : "," + more)}}]}""",
        });
        await using var store = new Aws.AwsCloud().OpenStore(LogLocation.Parse($"s3://{log.Bucket.Name}/log"), TestServers.RgwUser);
        return await ChainVerifier.VerifyAsync(store, log.Trusting, default);
    }
}
