using System.IO.Compression;
using System.Text;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Policies;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Fuzz;

/// <summary>Documents in others' formats: IAM policies and CloudTrail files.</summary>
internal static class DocumentTargets
{
    private const string Account = "111122223333";

    private static readonly string[] Policies =
    [
        """{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:List*"],"Resource":["arn:aws:s3:::b/logs/*","arn:aws:s3:::b"]}]}""",
        """{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Deny","NotAction":"s3:Get?bject*","NotResource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":["a","b*"]},"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":10},"IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]},"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"Null":{"s3:prefix":"true"}}}}""",
    ];

    private static readonly string[] ResourcePolicies =
    [
        """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}}]}""",
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","999999999999"],"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}]}""",
    ];

    private const string Trail = """{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDA","arn":"arn:aws:iam::111122223333:user/mia","accountId":"111122223333","accessKeyId":"AKIA","userName":"mia"},"eventTime":"2026-03-13T03:12:26Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.23","userAgent":"[aws-cli]","requestParameters":{"bucketName":"b","key":"k","Host":"x","host":"y"},"responseElements":null,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"}],"eventID":"01932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5b"},{"eventTime":"2026-03-13T03:12:27Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","errorCode":"AccessDenied","errorMessage":"no","userIdentity":{"type":"Root"},"responseElements":{"ConsoleLogin":"Failure"}}]}""";

    public static IEnumerable<Target> Targets
    {
        get
        {
            yield return new Target("iam-policy", Texts([.. Policies, .. ResourcePolicies]), PolicyText) { PerByte = 2000 };
            // Every action of the catalogue against every pattern.
            yield return new Target("iam-review", Texts(Policies), Review) { Fixed = 1024L * 1024 * 1024, PerByte = 100_000 };
            var trails = Trails().ToList();
            yield return new Target("cloudtrail", trails, ReadTrail);
            yield return new Target("cloudtrail-gz", trails.ConvertAll(Gzip), ReadTrail) { Fixed = ImportTargets.GzipFixed, PerByte = ImportTargets.GzipPerByte };
        }
    }

    private static List<byte[]> Texts(IEnumerable<string> texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static string PolicyText(byte[] bytes)
    {
        var outcome = "";
        foreach (var use in Enum.GetValues<PolicyUse>())
        {
            outcome = Target.Documented(() => PolicyDocument.Parse(bytes, use), AuditErrors.FormatInvalid);
            if (outcome == Target.Accepted)
                return outcome;
        }

        return outcome;
    }

    private static string Review(byte[] bytes) => Target.Documented(
        () =>
        {
            var policy = PolicyDocument.Parse(bytes, PolicyUse.Identity);
            AccessReview.Run(new AccessReviewInput
            {
                Principal = RequestPrincipal.Role($"arn:aws:iam::{Account}:role/audit/reader", "s1"),
                Policies = new AppliedPolicies { Identity = [policy] },
                Log = new ReviewedLog { Location = LogLocation.Parse("s3://audit-bucket/prod"), Account = Account },
                Profile = AccessProfile.Reader,
            });
        },
        AuditErrors.FormatInvalid);

    private static string ReadTrail(byte[] bytes)
    {
        var outcome = Target.Accepted;
        foreach (var entry in CloudTrailReader.ReadAsync(new MemoryStream(bytes), "trail").ToBlockingEnumerable())
        {
            Assert.True(entry.Event is null != (entry.Error is null));
            if (entry.Error is { } error)
                outcome = error.ErrorId == AuditErrors.FormatInvalid ? error.Message : throw error;
        }

        return outcome;
    }

    private static IEnumerable<byte[]> Trails()
    {
        yield return Encoding.UTF8.GetBytes(Trail);
        if (SharedData.Folder("cloudtrail") is not { } folder)
            yield break;
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Where(file => new FileInfo(file).Length < 8192).Take(10))
            yield return File.ReadAllBytes(file);
    }

    private static byte[] Gzip(byte[] text)
    {
        var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(text);
        return stored.ToArray();
    }
}
