using System.Management.Automation;
using ImmutableAudit.Verification;

namespace ImmutableAudit.PowerShell.Commands;

/// <summary>Checks a proof by itself: no log, no network, nothing but the keys that are trusted.</summary>
[Cmdlet(VerbsDiagnostic.Test, "AuditProof")]
[OutputType(typeof(ProofResult), typeof(bool))]
public sealed class TestAuditProofCommand : AuditCommand
{
    /// <summary>The proof, as text or as a file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Proof { get; set; } = "";

    /// <summary>The record's line exactly as the log has it, as text or as a file; for a proof of continuation nothing.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Json")]
    public string? Record { get; set; }

    /// <summary>Verifier keys that are trusted, or files that hold them: one a line, or as a trust policy (C2SP tlog-policy).</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string[] TrustedKey { get; set; } = [];

    /// <summary>The earlier checkpoint, as text or as a file, for a proof of continuation.</summary>
    [Parameter]
    public string? From { get; set; }

    /// <summary>True or false instead of a result.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        var keys = TrustedKey.SelectMany(text => TrustedHistory.Keys(text, SessionState)).ToList();
        var proof = Proof.Contains('\n', StringComparison.Ordinal) ? Proof : TrustedHistory.ReadText(Proof, SessionState);
        // Some tools turn line ends round; a proof has one kind only.
        proof = proof.ReplaceLineEndings("\n");
        ProofResult result;
        if (From is not null)
            result = ProofVerifier.VerifyContinuation(proof, TrustedHistory.ReadCheckpoint(From, SessionState), keys);
        else if (!string.IsNullOrEmpty(Record))
            result = ProofVerifier.VerifyInclusion(proof, RecordText(Record), keys);
        else
            throw new AuditException(AuditErrors.FormatInvalid, "A proof of a record goes with -Record, the record's line; a proof of continuation with -From, the earlier checkpoint.");
        WriteObject(Quiet ? result.IsValid : result);
    }

    private string RecordText(string record) => record.StartsWith('{') ? record : TrustedHistory.ReadText(record, SessionState).TrimEnd('\n', '\r');
}
