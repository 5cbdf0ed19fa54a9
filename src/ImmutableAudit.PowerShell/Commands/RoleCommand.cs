using System.Management.Automation;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>What the cmdlets about roles share: the identity service, and telling the steps.</summary>
public abstract class RoleCommand : ConnectedCommand
{
    /// <summary>Takes over, or removes, a role that this module didn't make.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected T WithGrant<T>(Func<RoleGrant, CancellationToken, Task<T>> work)
    {
        var cloud = Cloud.Get();
        var connection = Connection;
        return Settle(async token =>
        {
            using var identity = cloud.OpenIdentity(connection);
            return await work(new RoleGrant(identity), token).ConfigureAwait(false);
        });
    }

    /// <summary>Asks, and with -WhatIf lets the work be done dry.</summary>
    private protected bool Ask(string target, string action, out bool isDry)
    {
        isDry = !ShouldProcess(target, action);
        return !isDry || IsWhatIf;
    }

    private protected void Tell(RoleReport report)
    {
        foreach (var step in report.Steps)
        {
            var words = $"{step.Name}: {step.Outcome}. {step.Detail ?? step.Seen}";
            if (step.Outcome is RoleStepOutcome.Done or RoleStepOutcome.AlreadySo or RoleStepOutcome.WouldDo)
                WriteVerbose(words);
            else if (step.Essential)
                ReportItem(new AuditException(step.Outcome == RoleStepOutcome.NotPermitted ? AuditErrors.AccessDenied : AuditErrors.RoleNotReady, $"The role '{report.Name}' isn't as it should be. {words}", report.Name), report.Name);
            else
                WriteWarning($"Role '{report.Name}': {words}");
        }
    }
}
