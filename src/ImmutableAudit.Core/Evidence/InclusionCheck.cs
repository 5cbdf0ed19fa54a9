using System.Text;
using System.Text.Unicode;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Evidence;

/// <summary>Holds a line against its proof in a package.</summary>
internal static class InclusionCheck
{
    /// <summary>Why a line isn't shown to be under the checkpoint; null if it is.</summary>
    /// <param name="package">The package.</param>
    /// <param name="sequence">The number that the line's file bears.</param>
    /// <param name="line">The line.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="note">The checkpoint's note, which the proof must hold.</param>
    public static string? Defect(EvidencePackage package, long sequence, byte[] line, Checkpoint checkpoint, string note)
    {
        var name = EvidenceNames.Proofs.Of(sequence);
        if (package.Read(name) is not { } bytes)
            return $"'{name}' isn't there.";
        if (!Utf8.IsValid(bytes) || TlogProof.TryParse(Encoding.UTF8.GetString(bytes)) is not { } proof)
            return $"'{name}' isn't a tlog-proof.";
        if (proof.Index != sequence)
            return $"'{name}' is the proof of record {proof.Index}.";
        if (proof.Note != note)
            return $"'{name}' is under another checkpoint.";
        using var hasher = new MerkleHasher();
        return ProofCheck.IsIncluded(hasher.Leaf(line), sequence, checkpoint.Size, proof.Hashes, checkpoint.Root)
            ? null
            : "it doesn't fold to the checkpoint's root. The line, the proof or the checkpoint was changed, or is of another record or log.";
    }
}
