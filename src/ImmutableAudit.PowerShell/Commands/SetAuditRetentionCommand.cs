using System.Management.Automation;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Makes the locks of a log's segments longer or stronger.</summary>
[Cmdlet(VerbsCommon.Set, "AuditRetention", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = UntilSet)]
[OutputType(typeof(SegmentLock))]
public sealed class SetAuditRetentionCommand : SegmentLockCommand
{
    private const string UntilSet = "Until";
    private const string DaysSet = "Days";
    private const string YearsSet = "Years";

    /// <summary>The last moment of protection.</summary>
    [Parameter(Mandatory = true, ParameterSetName = UntilSet)]
    public DateTime Until { get; set; }

    /// <summary>Days from when the store took each segment.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DaysSet)]
    [ValidateRange(1, 36_525)]
    public int Days { get; set; }

    /// <summary>Calendar years from when the store took each segment.</summary>
    [Parameter(Mandatory = true, ParameterSetName = YearsSet)]
    [ValidateRange(1, 100)]
    public int Years { get; set; }

    /// <summary>The mode; without it each segment keeps its own.</summary>
    [Parameter]
    public RetentionMode? Mode { get; set; }

    // Unspecified kinds are the caller's local time, as everywhere in PowerShell.
    private RetentionChange Wanted => ParameterSetName switch
    {
        DaysSet => new RetentionChange { Days = Days, Mode = Mode },
        YearsSet => new RetentionChange { Years = Years, Mode = Mode },
        _ => new RetentionChange { Until = Until.ToUniversalTime(), Mode = Mode },
    };

    private protected override Task<LockPlan> PlanAsync(IObjectStore store, IProgress<long> progress, CancellationToken cancellationToken) =>
        LockPlan.ForRetentionAsync(store, Wanted, From, To, progress, cancellationToken);

    private protected override (string Verb, string Reach, string Consequence) Words()
    {
        var reach = ParameterSetName switch
        {
            DaysSet => $"for {Days:N0} days from when each was stored",
            YearsSet => $"for {Years:N0} years from when each was stored",
            _ => $"until {Until.ToUniversalTime():u}",
        };
        return ("Lock", $" {reach}{(Mode is { } mode ? $" in {mode} mode" : "")}", Mode == RetentionMode.Governance
            ? "Only who may bypass governance can delete them before then."
            : "Nobody, the account's owner included, can delete what is locked in Compliance mode, or make its lock shorter again.");
    }
}
