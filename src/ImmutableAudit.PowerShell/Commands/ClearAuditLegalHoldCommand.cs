using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Takes the legal hold off a log's segments.</summary>
[Cmdlet(VerbsCommon.Clear, "AuditLegalHold", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SegmentLock))]
public sealed class ClearAuditLegalHoldCommand : SegmentLockCommand
{
    private protected override Task<LockPlan> PlanAsync(IObjectStore store, IProgress<long> progress, CancellationToken cancellationToken) =>
        LockPlan.ForLegalHoldAsync(store, on: false, From, To, progress, cancellationToken);

    private protected override (string Verb, string Reach, string Consequence) Words() =>
        ("Take the legal hold off", "", "Whatever their retention doesn't protect can be deleted then.");
}
