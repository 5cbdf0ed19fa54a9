using ImmutableAudit.Events;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>A record with the proof that it is in the log.</summary>
/// <param name="Record">The record; <see cref="AuditRecord.Json"/> is the entry that is proven.</param>
/// <param name="Proof">The proof.</param>
public sealed record RecordProof(AuditRecord Record, TlogProof Proof);

/// <summary>
/// Makes proofs from a log. What lies before a record's segment is known from its seal, so only the segments from there to
/// the checkpoint are read.
/// </summary>
internal static class LogProver
{
    public static async Task<RecordProof> ProveAsync(IObjectStore store, LogHead end, long sequence, string note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (sequence < 0 || sequence >= checkpoint.Size)
            throw new AuditException(AuditErrors.RangeInvalid, $"Record {sequence} isn't under a checkpoint of {checkpoint.Size:N0} records.", sequence);
        AuditRecord? record = null;
        var hashes = await HashAsync(
            store, end, ProofRanges.Inclusion(sequence, checkpoint.Size), sequence, checkpoint,
            (segment, version) =>
            {
                var at = (int)(sequence - segment.First);
                record ??= AuditRecord.FromVerified(segment.Line(at), segment.Leaves![at], segment.Seal.Checkpoint.Origin, version.Key, version.VersionId);
            },
            cancellationToken).ConfigureAwait(false);
        var proof = new TlogProof(sequence, hashes, note);
        if (!ProofCheck.IsIncluded(Digest.Parse(record!.LeafHash), sequence, checkpoint.Size, hashes, checkpoint.Root))
            throw NotOfThisLog(checkpoint);
        return new RecordProof(record, proof);
    }

    public static async Task<ContinuationProof> ContinueAsync(IObjectStore store, LogHead end, Checkpoint old, string note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (old.Origin != checkpoint.Origin)
            throw new AuditException(AuditErrors.RangeInvalid, $"The earlier checkpoint is of '{old.Origin}', and this log is '{checkpoint.Origin}'.", old.Origin);
        if (old.Size > checkpoint.Size)
            throw new AuditException(AuditErrors.RangeInvalid, $"The earlier checkpoint is of {old.Size:N0} records, and the log has {checkpoint.Size:N0}: its newest records were removed or are hidden. Run Test-AuditChain.", old.Size);
        var hashes = old.Size == 0 || old.Size == checkpoint.Size
            ? []
            : await HashAsync(store, end, ProofRanges.Consistency(old.Size, checkpoint.Size), old.Size - 1, checkpoint, null, cancellationToken).ConfigureAwait(false);
        return ProofCheck.IsContinued(old.Size, old.Root, checkpoint.Size, checkpoint.Root, hashes)
            ? new ContinuationProof(old.Size, hashes, note)
            : throw new AuditException(AuditErrors.RecordNotVerified, $"The log doesn't continue the checkpoint of {old.Size:N0} records: its history was changed, or it was forked. Run Test-AuditChain with that checkpoint.", old.Size);
    }

    private static async Task<Digest[]> HashAsync(
        IObjectStore store, LogHead end, List<LeafRange> ranges, long first, Checkpoint checkpoint,
        Action<Chain.ParsedSegment, StoredVersion>? seen, CancellationToken cancellationToken)
    {
        using var hasher = new MerkleHasher();
        ProofBuilder? builder = null;
        await foreach (var (segment, version) in SegmentReader.ReadAsync(store, end, first, checkpoint.Size - 1, cancellationToken).ConfigureAwait(false))
        {
            seen?.Invoke(segment, version);
            seen = null;
            builder ??= new ProofBuilder(ranges, segment.Seal.Frontier.Clone());
            for (var i = 0; i < segment.Count && builder.Next < checkpoint.Size; i++)
                builder.Append(segment.Leaves![i], hasher);
        }

        return builder!.Finish();
    }

    private static AuditException NotOfThisLog(Checkpoint checkpoint) => new(
        AuditErrors.RecordNotVerified, $"The log's first {checkpoint.Size:N0} records don't fold to the checkpoint's root: it is of another log, or the history was changed. Run Test-AuditChain with that checkpoint.", checkpoint.Size);
}
