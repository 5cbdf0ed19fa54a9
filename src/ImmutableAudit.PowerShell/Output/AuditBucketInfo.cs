using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>A bucket as it was read back after it was set up.</summary>
public sealed record AuditBucketInfo
{
    internal AuditBucketInfo(BucketReport report)
    {
        Bucket = report.Bucket;
        Location = report.Location;
        Region = report.Region;
        Mode = report.Mode;
        RetentionDays = report.RetentionDays;
        IsReady = report.IsReady;
        Steps = report.Steps;
    }

    /// <summary>The bucket's name.</summary>
    public string Bucket { get; }

    /// <summary>Its s3:// location; New-AuditLog takes it from the pipeline.</summary>
    public string Location { get; }

    /// <summary>Its region, if it could be read.</summary>
    public string? Region { get; }

    /// <summary>The default lock's mode as read back.</summary>
    public RetentionMode? Mode { get; }

    /// <summary>The default lock's days as read back.</summary>
    public int? RetentionDays { get; }

    /// <summary>Whether everything that a log's promises stand on is in place.</summary>
    public bool IsReady { get; }

    /// <summary>Each step and what was read back.</summary>
    public IReadOnlyList<BucketStep> Steps { get; }
}
