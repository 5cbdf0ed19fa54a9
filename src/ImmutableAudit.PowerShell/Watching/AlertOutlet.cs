using System.Management.Automation;
using ImmutableAudit.PowerShell.Commands;
using ImmutableAudit.Watching;

namespace ImmutableAudit.PowerShell;

/// <summary>Takes alerts to where people see them: the warning stream, a script block on the pipeline's thread, a webhook.</summary>
internal sealed class AlertOutlet(AuditCommand command, ScriptBlock? script, AlertWebhook? webhook)
{
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(10);

    public void Take(AuditAlert alert)
    {
        // Before the warning: with -WarningAction Stop that ends the watch, and somebody should hear of it all the same.
        webhook?.Send(alert);
        Run(alert);
        command.WriteWarning($"{alert.Kind}: {alert.Message}");
    }

    /// <summary>Says what the webhook couldn't send.</summary>
    public void Warn()
    {
        foreach (var warning in webhook?.TakeWarnings() ?? [])
            command.WriteWarning(warning);
    }

    /// <summary>Lets the webhook send what it has yet, for a short time.</summary>
    public void Finish()
    {
        if (webhook is null)
            return;
        command.Wait(async _ =>
        {
            await webhook.FinishAsync(LastPatience).ConfigureAwait(false);
            return true;
        });
        Warn();
    }

    private void Run(AuditAlert alert)
    {
        try
        {
            // What it puts out is no part of the pipeline, so that this stays of one type.
            script?.InvokeWithContext(null, [new PSVariable("_", alert)], alert);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            command.WriteError(new ErrorRecord(e, "OnAlertFailed", ErrorCategory.InvalidOperation, alert));
        }
    }
}
