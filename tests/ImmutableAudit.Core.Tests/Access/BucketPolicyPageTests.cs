using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Access;

public class BucketPolicyPageTests
{
    [Fact]
    public async Task The_page_has_each_statement_in_its_order_and_says_whom_it_binds()
    {
        var rows = (await File.ReadAllLinesAsync(Path.Combine(SharedData.Repository, "docs", "bucket-policy.md")))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => (Name: line.Split('`')[1], Exempts: line.EndsWith("all but the administrator |", StringComparison.Ordinal)));
        var policy = LogBucketPolicy.For(
            new() { Log = LogLocation.Parse("s3://audit-bucket/prod"), RetentionDays = 30, AdministratorArn = "arn:aws:iam::111122223333:role/admin" }, true);
        var document = BucketPolicyTests.Parse(policy.ToDocument());
        Assert.Equal(rows, document.Statements.Select(one => (one.Sid![26..], one.Conditions.Any(condition => condition.Key == "aws:PrincipalArn"))));
    }
}
