using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>What the policy of a log's bucket is to say. <c>docs/bucket-policy.md</c> explains each statement.</summary>
public sealed record LogBucketPolicyPlan
{
    /// <summary>The log.</summary>
    public required LogLocation Log { get; init; }

    /// <summary>The partition of AWS.</summary>
    public string Partition { get; init; } = "aws";

    /// <summary>The mode of the promised lock.</summary>
    public RetentionMode Mode { get; init; } = RetentionMode.Compliance;

    /// <summary>The promised days of the lock; null for a log that promises none.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>The ARN of the KMS key that the log's objects are encrypted with; null for SSE-S3.</summary>
    public string? KeyArn { get; init; }

    /// <summary>
    /// The user or role that may go on configuring the bucket and its locks; null for nobody while the policy is there.
    /// Taking the policy off again is never denied to anybody who may do it now.
    /// </summary>
    public string? AdministratorArn { get; init; }

    /// <summary>Whether the policy is for every log in the bucket, wherever it is; <see cref="Log"/> is then the bucket itself.</summary>
    public bool AllLogs { get; init; }

    /// <summary>Whether records are refused over connections without TLS.</summary>
    public bool RequireTls { get; init; } = true;

    /// <summary>
    /// Whether a segment is refused that is put without <c>If-None-Match</c> or <c>If-Match</c>. Our writer puts so only
    /// against garbage that comes faster than it can look; see <c>docs/bucket-policy.md</c>.
    /// </summary>
    public bool RequireCondition { get; init; } = true;
}

/// <summary>Part of a policy that an endpoint can't hold.</summary>
/// <param name="Name">The statement, or the part of it.</param>
/// <param name="Reason">Why it was left out, and what that means.</param>
public sealed record LeftOutStatement(string Name, string Reason);
