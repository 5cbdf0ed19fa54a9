using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Puts a legal hold on a log's segments.</summary>
[Cmdlet(VerbsCommon.Set, "AuditLegalHold", SupportsShouldProcess = true)]
[OutputType(typeof(SegmentLock))]
public sealed class SetAuditLegalHoldCommand : SegmentLockCommand
{
    private protected override Task<LockPlan> PlanAsync(IObjectStore store, IProgress<long> progress, CancellationToken cancellationToken) =>
        LockPlan.ForLegalHoldAsync(store, on: true, From, To, progress, cancellationToken);

    private protected override (string Verb, string Reach, string Consequence) Words() =>
        ("Put a legal hold on", "", "They can't be deleted until somebody takes the hold off.");
}
