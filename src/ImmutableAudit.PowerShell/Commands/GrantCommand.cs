using System.Management.Automation;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>What granting a reader's and a writer's role have in common.</summary>
public abstract class GrantCommand : RoleCommand
{
    /// <summary>The log: s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The role's name.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Role")]
    [ValidateNotNullOrEmpty]
    public string RoleName { get; set; } = "";

    /// <summary>Who may assume it: accounts (12 digits), ARNs of users and roles.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string[] TrustedPrincipal { get; set; } = [];

    /// <summary>What must be said when assuming it: ask for one from another company.</summary>
    [Parameter]
    public string? ExternalId { get; set; }

    /// <summary>Only who signed in with a second factor may assume it.</summary>
    [Parameter]
    public SwitchParameter RequireMfa { get; set; }

    /// <summary>The longest session: a time span, or a number of seconds.</summary>
    [Parameter]
    [SecondsTransformation]
    public TimeSpan? MaxSessionDuration { get; set; }

    /// <summary>The ranges of addresses (CIDR) that it works from.</summary>
    [Parameter]
    public string[]? SourceIp { get; set; }

    /// <summary>Sets a permissions boundary that says the same, so that a policy added later opens nothing.</summary>
    [Parameter]
    public SwitchParameter Boundary { get; set; }

    /// <summary>The KMS key that the log's objects are encrypted with.</summary>
    [Parameter]
    public string? KmsKeyArn { get; set; }

    private protected override void Process()
    {
        var location = LocateInBucket(Log);
        var plan = Plan(location) with
        {
            MaxSessionSeconds = MaxSessionDuration is { } longest ? (int)Math.Clamp(longest.TotalSeconds, 0, int.MaxValue) : null,
            SourceRanges = SourceIp ?? [],
            KeyArn = KmsKeyArn,
            Boundary = Boundary,
        };
        if (!Ask($"Role '{RoleName}' for '{location}'", $"Let {string.Join(", ", TrustedPrincipal)} {What}", out var isDry))
            return;
        var report = WithGrant((grant, token) => grant.EnsureAsync(plan with { Partition = grant.Partition }, new RoleGrantOptions { Force = Force, DryRun = isDry }, token));
        Tell(report);
        WriteObject(new AuditRoleInfo(report, location, Kind, plan is ReaderRolePlan { Verifier: true }));
    }

    private protected TrustPlan Trust => new() { Principals = TrustedPrincipal, ExternalId = ExternalId, RequireMfa = RequireMfa };

    private protected abstract string What { get; }

    private protected abstract GrantedRoleKind Kind { get; }

    private protected abstract RolePlan Plan(LogLocation log);
}
