using System.Management.Automation;
using ImmutableAudit.Access;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>What revoking a reader's and a writer's role have in common.</summary>
public abstract class RevokeCommand : RoleCommand
{
    /// <summary>The role's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Role")]
    [ValidateNotNullOrEmpty]
    public string[] RoleName { get; set; } = [];

    private protected abstract GrantedRoleKind Kind { get; }

    private protected override void Process()
    {
        foreach (var name in RoleName)
        {
            if (!Ask($"Role '{name}'", "Take the role away with all its policies", out var isDry))
                continue;
            try
            {
                var report = WithGrant((grant, token) => grant.RevokeAsync(name, new RoleGrantOptions { Force = Force, DryRun = isDry, Only = Kind }, token));
                Tell(report);
                WriteObject(new AuditRoleInfo(report, null, Kind, isVerifier: false));
            }
            catch (AuditException e) when (e.ErrorId is AuditErrors.RoleNotFound or AuditErrors.RoleNotOurs)
            {
                ReportItem(e, name);
            }
        }
    }
}
