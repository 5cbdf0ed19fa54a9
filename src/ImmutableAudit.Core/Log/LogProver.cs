using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Log;

/// <summary>A record with the proof that it is in the log.</summary>
/// <param name="Record">The record; <see cref="AuditRecord.Json"/> is the entry that is proven.</param>
/// <param name="Proof">The proof.</param>
public sealed record RecordProof(AuditRecord Record, TlogProof Proof)
{
    /// <summary>Keys of Merkle tiles that were looked at and are wrong. The proof is made without them, from the segments.</summary>
    public IReadOnlyList<string> WrongTiles { get; init; } = [];
}

/// <summary>
/// Makes proofs from a log in a number of requests that grows with the logarithm of its size: from Merkle tiles, or from
/// single segments, each of which knows the tree before it. Whatever they say, a proof is handed out only where it folds to
/// the signed root. Where that fails, every segment from the record's to the checkpoint's is read.
/// </summary>
internal static class LogProver
{
    public static async Task<RecordProof> ProveAsync(IObjectStore store, LogHead end, long sequence, string note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (sequence < 0 || sequence >= checkpoint.Size)
            throw new AuditException(AuditErrors.RangeInvalid, $"Record {sequence} isn't under a checkpoint of {checkpoint.Size:N0} records.", sequence);
        await foreach (var (segment, version) in SegmentReader.ReadAsync(store, end, sequence, sequence, cancellationToken).ConfigureAwait(false))
        {
            var at = (int)(sequence - segment.First);
            var leaf = segment.Leaves![at];
            var (hashes, wrong) = await HashAsync(
                store, end, ProofRanges.Inclusion(sequence, checkpoint.Size), segment, checkpoint.Size, sequence,
                found => ProofCheck.IsIncluded(leaf, sequence, checkpoint.Size, found, checkpoint.Root), cancellationToken).ConfigureAwait(false);
            if (hashes is null)
                throw NotOfThisLog(checkpoint);
            var record = AuditRecord.FromVerified(segment.Line(at), leaf, checkpoint.Origin, version.Key, version.VersionId);
            return new RecordProof(record, new TlogProof(sequence, hashes, note)) { WrongTiles = wrong };
        }

        throw new InvalidOperationException("A range of one record has a segment.");
    }

    public static async Task<ContinuationProof> ContinueAsync(
        IObjectStore store, LogHead end, Checkpoint old, string note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (old.Origin != checkpoint.Origin)
            throw new AuditException(AuditErrors.RangeInvalid, $"The earlier checkpoint is of '{old.Origin}', and this log is '{checkpoint.Origin}'.", old.Origin);
        if (old.Size > checkpoint.Size)
            throw new AuditException(AuditErrors.RangeInvalid, $"The earlier checkpoint is of {old.Size:N0} records, and the log has {checkpoint.Size:N0}: its newest records were removed or are hidden. Run Test-AuditChain.", old.Size);
        bool IsRight(Digest[] hashes) => ProofCheck.IsContinued(old.Size, old.Root, checkpoint.Size, checkpoint.Root, hashes);
        var (found, wrong) = old.Size == 0 || old.Size == checkpoint.Size
            ? (IsRight([]) ? [] : null, [])
            : await HashAsync(store, end, ProofRanges.Consistency(old.Size, checkpoint.Size), null, checkpoint.Size, old.Size - 1, IsRight, cancellationToken).ConfigureAwait(false);
        return found is not null
            ? new ContinuationProof(old.Size, found, note) { WrongTiles = wrong }
            : throw new AuditException(AuditErrors.RecordNotVerified, $"The log doesn't continue the checkpoint of {old.Size:N0} records: its history was changed, or it was forked. Run Test-AuditChain with that checkpoint.", old.Size);
    }

    /// <summary>The hashes of a proof that is right, and the tiles that were in its way; no hashes where none are right.</summary>
    private static async Task<(Digest[]? Hashes, string[] WrongTiles)> HashAsync(
        IObjectStore store, LogHead end, List<LeafRange> parts, ParsedSegment? known, long size, long first, Func<Digest[], bool> isRight, CancellationToken cancellationToken)
    {
        using var quick = new SubtreeRoots(store, end, withTiles: true);
        using var plain = new SubtreeRoots(store, end, withTiles: false);
        if (known is not null)
        {
            quick.Know(known);
            plain.Know(known);
        }

        if (await quick.HashAsync(parts, size, cancellationToken).ConfigureAwait(false) is { } hashes && isRight(hashes))
            return (hashes, [.. quick.Malformed.Select(tile => tile.Key)]);
        if (await plain.HashAsync(parts, size, cancellationToken).ConfigureAwait(false) is { } fromSegments && isRight(fromSegments))
            return (fromSegments, await WrongAsync(quick, plain, cancellationToken).ConfigureAwait(false));
        var all = await AllAsync(store, end, parts, first, size, cancellationToken).ConfigureAwait(false);
        return (isRight(all) ? all : null, [.. quick.Malformed.Select(tile => tile.Key)]);
    }

    private static async Task<string[]> WrongAsync(SubtreeRoots quick, SubtreeRoots plain, CancellationToken cancellationToken)
    {
        using var hasher = new MerkleHasher();
        var wrong = quick.Malformed.Select(tile => tile.Key).ToList();
        foreach (var (id, hashes) in quick.TilesUsed)
        {
            var root = await plain.UnderAsync(id, cancellationToken).ConfigureAwait(false);
            if (root != TileBytes.Fold(hashes, hasher).Root(hasher))
                wrong.Add(id.Key);
        }

        return [.. wrong];
    }

    private static async Task<Digest[]> AllAsync(IObjectStore store, LogHead end, List<LeafRange> parts, long first, long size, CancellationToken cancellationToken)
    {
        using var hasher = new MerkleHasher();
        ProofBuilder? builder = null;
        await foreach (var (segment, _) in SegmentReader.ReadAsync(store, end, first, size - 1, cancellationToken).ConfigureAwait(false))
        {
            builder ??= new ProofBuilder(parts, segment.Seal.Frontier.Clone());
            for (var i = 0; i < segment.Count && builder.Next < size; i++)
                builder.Append(segment.Leaves![i], hasher);
        }

        return builder!.Finish();
    }

    private static AuditException NotOfThisLog(Checkpoint checkpoint) => new(
        AuditErrors.RecordNotVerified, $"The log's first {checkpoint.Size:N0} records don't fold to the checkpoint's root: it is of another log, or the history was changed. Run Test-AuditChain with that checkpoint.", checkpoint.Size);
}
