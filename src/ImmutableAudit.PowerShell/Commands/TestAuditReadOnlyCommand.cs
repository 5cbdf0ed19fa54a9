using System.Management.Automation;
using ImmutableAudit.Access;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Proves that a role can read a log and do nothing else, or names what stands against it.</summary>
[Cmdlet(VerbsDiagnostic.Test, "AuditReadOnly")]
[OutputType(typeof(ReadOnlyReport), typeof(bool))]
public sealed class TestAuditReadOnlyCommand : ConnectedCommand
{
    /// <summary>The log: s3://bucket/prefix.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Location")]
    [ArgumentCompleter(typeof(KnownLogCompleter))]
    public string? Log { get; set; }

    /// <summary>The role.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Role")]
    [ValidateNotNullOrEmpty]
    public string RoleName { get; set; } = "";

    /// <summary>The role is a verifier's: it may see versions, locks and the bucket's configuration, too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Verifier { get; set; }

    /// <summary>The external id that the role's trust policy demands.</summary>
    [Parameter]
    public string? ExternalId { get; set; }

    /// <summary>The KMS key that the log's objects are encrypted with.</summary>
    [Parameter]
    public string? KmsKeyArn { get; set; }

    /// <summary>The account that the bucket belongs to. Default: the role's own.</summary>
    [Parameter]
    [ValidatePattern("^[0-9]{12}$")]
    public string? BucketAccount { get; set; }

    /// <summary>Judges the documents only: doesn't assume the role, and writes nothing.</summary>
    [Parameter]
    public SwitchParameter SkipLive { get; set; }

    /// <summary>True or false instead of a report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        var location = LocateInBucket(Log);
        var cloud = Cloud.Get();
        var connection = Connection;
        var options = new ReadOnlyOptions
        {
            IsVerifier = Verifier,
            ExternalId = ExternalId,
            TriesLive = !SkipLive,
            KmsKeyArn = KmsKeyArn,
            BucketAccount = BucketAccount,
        };
        // Settled, since what was made for the attempts has to be cleared away.
        var report = Settle(async token =>
        {
            using var identity = cloud.OpenIdentity(connection);
            return await new ReadOnlyProof(cloud, identity, connection).RunAsync(location, RoleName, options, token).ConfigureAwait(false);
        });
        foreach (var note in report.Notes)
            WriteVerbose(note);
        WriteObject(Quiet ? report.IsProven : report);
    }
}
