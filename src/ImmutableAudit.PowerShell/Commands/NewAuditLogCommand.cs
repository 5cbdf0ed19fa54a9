using System.Management.Automation;
using System.Security;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Makes a log in a directory or a bucket.</summary>
[Cmdlet(VerbsCommon.New, "AuditLog", SupportsShouldProcess = true)]
[OutputType(typeof(AuditLogInfo))]
public sealed class NewAuditLogCommand : ConnectedCommand
{
    /// <summary>A directory or s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    public string? Log { get; set; }

    /// <summary>The key that seals: a file, or the ARN or alias of an AWS KMS key.</summary>
    [Parameter(Position = 1)]
    public string? Key { get; set; }

    /// <summary>The passphrase of the key file.</summary>
    [Parameter]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the key that signs changes of keys: a public key in PEM, or a key file.</summary>
    [Parameter]
    public string? AdminKey { get; set; }

    /// <summary>The log's name, the first part of its origin.</summary>
    [Parameter]
    public string? Name { get; set; }

    /// <summary>The days that every record is promised to be locked.</summary>
    [Parameter]
    [ValidateRange(1, 36_525)]
    public int? RetentionDays { get; set; }

    /// <summary>The same in years of 365 days.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int? RetentionYears { get; set; }

    /// <summary>The mode that is promised.</summary>
    [Parameter]
    public RetentionMode? Mode { get; set; }

    /// <summary>How far clocks may be apart.</summary>
    [Parameter]
    [ValidateRange(5, 86_400)]
    public int ToleranceSeconds { get; set; } = Chain.LogFormat.DefaultToleranceSeconds;

    /// <summary>The longest silence that is promised.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? HeartbeatSeconds { get; set; }

    /// <summary>Makes a log in a bucket that locks nothing.</summary>
    [Parameter]
    public SwitchParameter AllowUnlocked { get; set; }

    private protected override void Process()
    {
        var location = Locate(Log);
        var result = new LogMaker(this, location).Make();
        if (result is null)
            return;
        if (!location.IsS3)
            WriteVerbose($"'{location}' is a directory: tamper-evident, not tamper-proof. Whoever may write there can delete it, and is found out.");
        WriteObject(result);
    }
}
