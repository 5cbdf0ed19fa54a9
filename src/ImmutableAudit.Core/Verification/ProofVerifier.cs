using System.Text;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Verification;

/// <summary>What a proof was found to show.</summary>
/// <param name="IsValid">Whether it shows what it claims, under a trusted key.</param>
/// <param name="Claim">What it claims, in words; null where it can't be read.</param>
/// <param name="Reason">Why it isn't valid; null if it is.</param>
/// <param name="Origin">The log; null where it can't be read.</param>
/// <param name="Sequence">The record; null for a proof of continuation.</param>
/// <param name="Records">The checkpoint's records; null where it can't be read.</param>
/// <param name="KeyId">The id of the trusted key that signed the checkpoint; null where none did.</param>
public sealed record ProofResult(bool IsValid, string? Claim, string? Reason, string? Origin, long? Sequence, long? Records, string? KeyId);

/// <summary>Checks proofs by themselves: no log, no network, nothing but the keys that are trusted.</summary>
public static class ProofVerifier
{
    /// <summary>Whether a record is in a log.</summary>
    /// <param name="proof">The proof's text (C2SP tlog-proof).</param>
    /// <param name="record">The record's line as the log has it, without its line feed.</param>
    /// <param name="trusted">The keys that are trusted.</param>
    public static ProofResult VerifyInclusion(string proof, string record, IReadOnlyCollection<VerifierKey> trusted)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(trusted);
        if (TlogProof.TryParse(proof) is not { } parsed)
            return Unreadable("It isn't a tlog-proof.");
        var (checkpoint, key, reason) = Check(parsed.Note, trusted);
        var claim = checkpoint is null ? null : $"Record {parsed.Index} is among the first {checkpoint.Size:N0} of '{checkpoint.Origin}'";
        if (reason is null)
        {
            using var hasher = new MerkleHasher();
            if (!ProofCheck.IsIncluded(hasher.Leaf(Encoding.UTF8.GetBytes(record)), parsed.Index, checkpoint!.Size, parsed.Hashes, checkpoint.Root))
                reason = "The record isn't the one that the proof is for, or one of them was altered.";
        }

        return new ProofResult(reason is null, claim, reason, checkpoint?.Origin, parsed.Index, checkpoint?.Size, key);
    }

    /// <summary>Whether a log continues an earlier state of itself.</summary>
    /// <param name="proof">The proof's text.</param>
    /// <param name="old">The earlier checkpoint.</param>
    /// <param name="trusted">The keys that are trusted.</param>
    public static ProofResult VerifyContinuation(string proof, Checkpoint old, IReadOnlyCollection<VerifierKey> trusted)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(trusted);
        if (ContinuationProof.TryParse(proof) is not { } parsed)
            return Unreadable("It isn't a proof of continuation.");
        var (checkpoint, key, reason) = Check(parsed.Note, trusted);
        var claim = checkpoint is null ? null : $"'{checkpoint.Origin}' with {checkpoint.Size:N0} records continues its first {parsed.OldSize:N0}";
        reason ??= old.Origin != checkpoint!.Origin ? $"The earlier checkpoint is of another log, '{old.Origin}'."
            : old.Size != parsed.OldSize ? $"The proof is from {parsed.OldSize:N0} records on, and the earlier checkpoint has {old.Size:N0}."
            : ProofCheck.IsContinued(old.Size, old.Root, checkpoint.Size, checkpoint.Root, parsed.Hashes) ? null
            : "The newer state doesn't continue the earlier one, or the proof was altered.";
        return new ProofResult(reason is null, claim, reason, checkpoint?.Origin, null, checkpoint?.Size, key);
    }

    private static (Checkpoint? Checkpoint, string? KeyId, string? Reason) Check(string text, IReadOnlyCollection<VerifierKey> trusted)
    {
        if (SignedNote.TryParse(text) is not { } note || Checkpoint.TryParse(note.Text) is not { } checkpoint)
            return (null, null, "Its checkpoint can't be read.");
        if (note.VerifiedBy(trusted) is not [var signer, ..])
            return (checkpoint, null, "No trusted key signed its checkpoint.");
        return signer.Name == checkpoint.Origin
            ? (checkpoint, signer.KeyId.ToString("x8", System.Globalization.CultureInfo.InvariantCulture), null)
            : (checkpoint, null, $"Its checkpoint is of '{checkpoint.Origin}' and signed by a key of '{signer.Name}'.");
    }

    private static ProofResult Unreadable(string reason) => new(false, null, reason, null, null, null, null);
}
