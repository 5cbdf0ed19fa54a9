using ImmutableAudit.Log;
using ImmutableAudit.Signing;

namespace ImmutableAudit.PowerShell;

/// <summary>A proof from a log. Proof and Record are what to hand on; nobody needs the log to check them.</summary>
public sealed record AuditProofInfo
{
    internal AuditProofInfo(RecordProof proof, string origin)
    {
        Origin = origin;
        Sequence = proof.Record.Sequence;
        Record = proof.Record.Json;
        Proof = proof.Proof.ToText();
    }

    internal AuditProofInfo(ContinuationProof proof, string origin)
    {
        Origin = origin;
        From = proof.OldSize;
        Proof = proof.ToText();
    }

    /// <summary>The log.</summary>
    public string Origin { get; }

    /// <summary>The record that is proven; null for a proof of continuation.</summary>
    public long? Sequence { get; }

    /// <summary>The record's line exactly as the log has it; null for a proof of continuation.</summary>
    public string? Record { get; }

    /// <summary>How many records the earlier state had; null for a record.</summary>
    public long? From { get; }

    /// <summary>The proof: a text to be kept as it is (.tlog-proof for a record).</summary>
    public string Proof { get; }
}
