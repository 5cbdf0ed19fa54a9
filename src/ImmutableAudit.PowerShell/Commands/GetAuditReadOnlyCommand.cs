using System.Management.Automation;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Lists the roles that this module made: readers' and verifiers', with -Writer writers'.</summary>
[Cmdlet(VerbsCommon.Get, "AuditReadOnly")]
[OutputType(typeof(AuditRoleInfo))]
public sealed class GetAuditReadOnlyCommand : ConnectedCommand
{
    /// <summary>Only roles for this log: s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>Only roles of these names; wildcards are allowed.</summary>
    [Parameter(Position = 1)]
    [Alias("Role")]
    [SupportsWildcards]
    public string[]? RoleName { get; set; }

    /// <summary>Lists the roles that append instead of those that read.</summary>
    [Parameter]
    public SwitchParameter Writer { get; set; }

    private protected override void Process()
    {
        // The environment's default log isn't a filter that anybody asked for.
        var only = string.IsNullOrWhiteSpace(Log) ? null : LocateInBucket(Log);
        var cloud = Cloud.Get();
        var connection = Connection;
        var roles = Wait(async token =>
        {
            using var identity = cloud.OpenIdentity(connection);
            return await new RoleGrant(identity).ListAsync(token).ConfigureAwait(false);
        });
        var names = RoleName?.Select(name => WildcardPattern.Get(name, WildcardOptions.None)).ToList();
        foreach (var role in roles.Where(role => Writer == (role.Kind == GrantedRoleKind.Writer)))
        {
            if (names is not null && !names.Any(name => name.IsMatch(role.Role.Name)))
                continue;
            if (only is not null && !role.Logs.Contains(only))
                continue;
            // A role that was changed to reach several logs is shown for each of them.
            foreach (var log in role.Logs.DefaultIfEmpty())
                WriteObject(new AuditRoleInfo(role, log));
        }
    }
}
