using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>A role of a log as it was read back. Pipe it to Test-AuditReadOnly to have it proven.</summary>
public sealed record AuditRoleInfo
{
    internal AuditRoleInfo(RoleReport report, LogLocation? log, GrantedRoleKind kind, bool isVerifier)
        : this(report.Name, report.Role)
    {
        Log = log?.ToString();
        Kind = kind;
        Verifier = isVerifier;
        IsReady = report.IsReady;
        Steps = report.Steps;
    }

    internal AuditRoleInfo(GrantedRole granted, LogLocation? log)
        : this(granted.Role.Name, granted.Role)
    {
        Log = log?.ToString();
        Kind = granted.Kind;
        Verifier = granted.Kind == GrantedRoleKind.Reader && granted.Role.Inline.Any(policy => policy.Document.Contains("s3:ListBucketVersions", StringComparison.Ordinal));
        Remark = granted.Remark;
    }

    private AuditRoleInfo(string name, RoleState? role)
    {
        RoleName = name;
        Arn = role?.Arn;
        MaxSessionSeconds = role?.MaxSessionSeconds;
        Boundary = role?.Boundary?.Arn;
        TrustPolicy = role?.TrustPolicy;
        Policies = role?.Inline ?? [];
    }

    /// <summary>The log that it is for.</summary>
    public string? Log { get; }

    /// <summary>The role's name.</summary>
    public string RoleName { get; }

    /// <summary>Reader or Writer.</summary>
    public GrantedRoleKind Kind { get; }

    /// <summary>Whether it is a reader that sees versions, locks and the bucket's configuration, too.</summary>
    public bool Verifier { get; }

    /// <summary>The role's ARN; null where there is no role (any more).</summary>
    public string? Arn { get; }

    /// <summary>Whether everything that its promise stands on was seen to be as asked; null where nothing was asked.</summary>
    public bool? IsReady { get; }

    /// <summary>The longest session in seconds.</summary>
    public int? MaxSessionSeconds { get; }

    /// <summary>The permissions boundary's ARN.</summary>
    public string? Boundary { get; }

    /// <summary>Who may assume it, JSON.</summary>
    public string? TrustPolicy { get; }

    /// <summary>What it may do.</summary>
    public IReadOnlyList<InlinePolicy> Policies { get; }

    /// <summary>What of its documents isn't ours; null for nothing.</summary>
    public string? Remark { get; }

    /// <summary>Each step and what was read back.</summary>
    public IReadOnlyList<RoleStep> Steps { get; } = [];
}
