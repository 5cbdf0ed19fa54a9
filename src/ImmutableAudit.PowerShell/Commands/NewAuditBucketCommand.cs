using System.Management.Automation;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Makes a bucket that locks what is written, or completes one.</summary>
[Cmdlet(VerbsCommon.New, "AuditBucket", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = DaysSet)]
[OutputType(typeof(AuditBucketInfo))]
public sealed class NewAuditBucketCommand : ConnectedCommand
{
    private const string DaysSet = "Days";
    private const string YearsSet = "Years";
    private const string RegulationSet = "Regulation";

    /// <summary>The bucket's name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Bucket", "BucketName")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The days that every object is locked.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DaysSet)]
    [ValidateRange(1, 36_500)]
    public int RetentionDays { get; set; }

    /// <summary>The years that every object is locked.</summary>
    [Parameter(Mandatory = true, ParameterSetName = YearsSet)]
    [ValidateRange(1, 100)]
    public int RetentionYears { get; set; }

    /// <summary>The period and mode that a regulation asks for.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RegulationSet)]
    public Regulation Regulation { get; set; }

    /// <summary>The lock's mode.</summary>
    [Parameter(ParameterSetName = DaysSet)]
    [Parameter(ParameterSetName = YearsSet)]
    public RetentionMode Mode { get; set; } = RetentionMode.Compliance;

    /// <summary>A KMS key for the bucket's default encryption.</summary>
    [Parameter]
    public string? KmsKeyId { get; set; }

    /// <summary>The user or role that may go on configuring the bucket under its policy. Default: nobody, until the policy is taken off.</summary>
    [Parameter]
    public string? AdministratorArn { get; set; }

    /// <summary>Leaves the bucket's policy as it is.</summary>
    [Parameter]
    public SwitchParameter NoPolicy { get; set; }

    /// <summary>Doesn't ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        var preset = ParameterSetName == RegulationSet ? RegulationPreset.Of(Regulation) : null;
        var plan = new BucketPlan
        {
            Name = Name,
            Mode = preset?.Mode ?? Mode,
            RetentionDays = ParameterSetName == DaysSet ? RetentionDays : null,
            RetentionYears = preset?.Years ?? (ParameterSetName == YearsSet ? RetentionYears : null),
            KmsKeyId = KmsKeyId,
            PutsPolicy = !NoPolicy,
            AdministratorArn = AdministratorArn,
        };
        if (preset is not null)
            WriteVerbose($"{Regulation}: {preset.Years} years, {preset.Mode} ({preset.RetentionSource}). That answers to a rule; it certifies nothing.");
        var period = plan.RetentionDays is { } days ? $"{days:N0} days" : $"{plan.RetentionYears} years";
        var consequence = plan.Mode == RetentionMode.Compliance
            ? $"Nobody, the account's owner included, can delete what is written there for {period}"
            : $"What is written there can be deleted before {period} only by who may bypass governance";
        var reason = ShouldProcessReason.None;
        var confirmed = Force && !IsWhatIf
            || ShouldProcess($"Set up bucket '{Name}' with {plan.Mode} locks of {period}.", $"{consequence}. Set up bucket '{Name}'?", "New-AuditBucket", out reason);
        if (!confirmed && !reason.HasFlag(ShouldProcessReason.WhatIf))
            return;
        var cloud = Cloud.Get();
        var connection = Connection;
        var report = Settle(token => cloud.CreateBucketAsync(plan with { DryRun = !confirmed }, connection, token).AsTask());
        Tell(report);
        WriteObject(new AuditBucketInfo(report));
    }

    private void Tell(BucketReport report)
    {
        foreach (var step in report.Steps)
        {
            var words = $"{step.Name}: {step.Outcome}. {step.Detail ?? step.Seen}";
            if (step.Outcome is BucketStepOutcome.Done or BucketStepOutcome.AlreadySo or BucketStepOutcome.KeptStronger or BucketStepOutcome.WouldDo)
                WriteVerbose(words);
            else if (step.Essential)
                ReportItem(new AuditException(ErrorIdOf(step), $"Bucket '{report.Bucket}' isn't ready for audit logs. {words}", report.Bucket), report.Bucket);
            else
                WriteWarning($"Bucket '{report.Bucket}': {words}");
        }
    }

    private static string ErrorIdOf(BucketStep step) => step.Outcome switch
    {
        BucketStepOutcome.NotPermitted => AuditErrors.AccessDenied,
        _ when step.Name == "Bucket" => AuditErrors.StoreFailed,
        _ => AuditErrors.BucketWithoutObjectLock,
    };
}
