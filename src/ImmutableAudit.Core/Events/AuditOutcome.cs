namespace ImmutableAudit.Events;

/// <summary>How what was done ended.</summary>
public enum AuditOutcome
{
    /// <summary>The source doesn't say.</summary>
    Unknown,

    /// <summary>It was done.</summary>
    Success,

    /// <summary>It was tried and failed.</summary>
    Failure,

    /// <summary>It was tried and not allowed.</summary>
    Denied,
}
