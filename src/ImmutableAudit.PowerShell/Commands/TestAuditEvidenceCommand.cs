using System.Management.Automation;
using ImmutableAudit.Evidence;
using ImmutableAudit.Verification;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Checks evidence packages by themselves: no log, no network.</summary>
[Cmdlet(VerbsDiagnostic.Test, "AuditEvidence")]
[OutputType(typeof(EvidenceReport), typeof(bool))]
public sealed class TestAuditEvidenceCommand : AuditCommand
{
    /// <summary>The zips that Export-AuditEvidence made.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Verifier keys that are trusted, or files that hold them: one a line, or as a trust policy (C2SP tlog-policy).</summary>
    [Parameter]
    public string[]? TrustedKey { get; set; }

    /// <summary>The hash of the log's first segment, if it is known.</summary>
    [Parameter]
    [ValidatePattern("^[0-9a-fA-F]{64}$")]
    public string? GenesisHash { get; set; }

    /// <summary>The log's origin, if it is known.</summary>
    [Parameter]
    public string? Origin { get; set; }

    /// <summary>Files with the root certificates of the timestamping authorities that are trusted.</summary>
    [Parameter]
    public string[]? TimestampRoot { get; set; }

    /// <summary>True or false instead of a report.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        var trust = new EvidenceTrust
        {
            TrustedKeys = (TrustedKey ?? []).SelectMany(text => TrustedHistory.Keys(text, SessionState)).ToArray(),
            GenesisHash = GenesisHash,
            Origin = Origin,
            TimestampRoots = RootFiles.Read(TimestampRoot, SessionState),
        };
        foreach (var path in Path)
            Check(path, trust);
    }

    private void Check(string path, EvidenceTrust trust)
    {
        try
        {
            var file = LogAddress.FilePath(path, SessionState);
            var report = Wait(token => Task.Run(() => EvidenceVerifier.Verify(file, trust, token), token));
            WriteObject(Quiet ? report.Result == ChainResult.Passed : report);
        }
        catch (AuditException e)
        {
            ReportItem(e, path);
        }
    }
}
