namespace ImmutableAudit.Access;

/// <summary>AWS's partitions: separate worlds of accounts and ARNs.</summary>
public static class Partitions
{
    /// <summary>The partition that a region is in; <c>aws</c> where the region isn't known.</summary>
    /// <param name="region">The region's system name.</param>
    public static string Of(string? region) => region switch
    {
        null => "aws",
        _ when region.StartsWith("cn-", StringComparison.Ordinal) => "aws-cn",
        _ when region.StartsWith("us-gov-", StringComparison.Ordinal) => "aws-us-gov",
        _ when region.StartsWith("eusc-", StringComparison.Ordinal) => "aws-eusc",
        _ => "aws",
    };
}
