namespace ImmutableAudit.Storage;

/// <summary>What a bucket for audit logs should be.</summary>
public sealed record BucketPlan
{
    /// <summary>The bucket's name.</summary>
    public required string Name { get; init; }

    /// <summary>The default lock's mode.</summary>
    public RetentionMode Mode { get; init; } = RetentionMode.Compliance;

    /// <summary>The default lock's period in days; give this or <see cref="RetentionYears"/>.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>The default lock's period in years.</summary>
    public int? RetentionYears { get; init; }

    /// <summary>A KMS key for default encryption (SSE-KMS); null for SSE-S3.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>Whether the bucket gets a policy of its own that protects the logs in it. See <c>docs/bucket-policy.md</c>.</summary>
    public bool PutsPolicy { get; init; } = true;

    /// <summary>The user or role that may go on configuring the bucket under that policy; null for nobody while it is there.</summary>
    public string? AdministratorArn { get; init; }

    /// <summary>
    /// Only look: report what is and what would be done, and change nothing. Reported steps are then
    /// <see cref="BucketStepOutcome.WouldDo"/> or <see cref="BucketStepOutcome.AlreadySo"/>.
    /// </summary>
    public bool DryRun { get; init; }
}

/// <summary>How one step of setting up a bucket ended.</summary>
public enum BucketStepOutcome
{
    /// <summary>Done now, and seen when read back.</summary>
    Done,

    /// <summary>It was so already; nothing was changed.</summary>
    AlreadySo,

    /// <summary>What is in place is stronger than what was asked; it was kept.</summary>
    KeptStronger,

    /// <summary>The endpoint refused it, or doesn't know it; its error is in the detail.</summary>
    RefusedByEndpoint,

    /// <summary>The caller may not do it, or may not read it back.</summary>
    NotPermitted,

    /// <summary>It was accepted, and reading back shows something else, or nothing.</summary>
    NotSeen,

    /// <summary>It would be done; nothing was changed.</summary>
    WouldDo,

    /// <summary>Not tried, because a step before it failed.</summary>
    Skipped,
}

/// <summary>One step of setting up a bucket.</summary>
/// <param name="Name">Bucket, ObjectLock, Versioning, DefaultRetention, PublicAccessBlock, Encryption, Ownership, KeyPolicy (where a KMS key was named) or Policy.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Seen">The state as read back from the endpoint, in words; null where it couldn't be read.</param>
/// <param name="Detail">The endpoint's own words where something was refused, and what to do.</param>
/// <param name="Essential">Whether the log's promises stand on it: Bucket, ObjectLock, Versioning and DefaultRetention.</param>
public sealed record BucketStep(string Name, BucketStepOutcome Outcome, string? Seen, string? Detail, bool Essential);

/// <summary>What setting up a bucket did and what was read back.</summary>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="Location">Its s3:// location.</param>
/// <param name="Region">Its region, if it could be read.</param>
/// <param name="Mode">The default lock's mode as read back; null if none could be read.</param>
/// <param name="RetentionDays">The default lock's period in days as read back (years count as 365 days); null if none could be read.</param>
/// <param name="Steps">Every step.</param>
public sealed record BucketReport(
    string Bucket, string Location, string? Region, RetentionMode? Mode, int? RetentionDays, IReadOnlyList<BucketStep> Steps)
{
    /// <summary>True if every essential step was seen to be as asked, or stronger.</summary>
    public bool IsReady => Steps.Where(step => step.Essential)
        .All(step => step.Outcome is BucketStepOutcome.Done or BucketStepOutcome.AlreadySo or BucketStepOutcome.KeptStronger);
}
