using ImmutableAudit.Merkle;

namespace ImmutableAudit.Chain;

/// <summary>
/// A stored object that proves itself: well framed, every line by the rules, linked inside, folding to the root in its
/// seal. Whether it fits the log before it and whether its key was in force is for <see cref="ChainState"/> to say.
/// </summary>
internal sealed class ParsedSegment
{
    public required Seal Seal { get; init; }

    /// <summary>SHA-256 of the stored bytes.</summary>
    public required Digest StoredDigest { get; init; }

    /// <summary><c>prev</c>, <c>segment</c> and <c>keys</c> of the first record; keys is −1 where absent.</summary>
    public required Digest Previous { get; init; }

    public required Digest PreviousSegment { get; init; }

    public required long Keys { get; init; }

    public required Digest LastLeaf { get; init; }

    /// <summary>The compact range of [0, first + count).</summary>
    public required CompactRange EndFrontier { get; init; }

    public required long FirstRecordedTicks { get; init; }

    public required long LastRecordedTicks { get; init; }

    /// <summary>The first record whose <c>recorded</c> is before that of the record before it, in this segment; −1 if none.</summary>
    public required long RecordedFallsAt { get; init; }

    /// <summary>Every record's id, in order.</summary>
    public required UInt128[] Ids { get; init; }

    /// <summary>Every record's leaf hash, in order; null unless they were asked for.</summary>
    public Digest[]? Leaves { get; init; }

    /// <summary>The roots of the subtrees of 256 records that end in this segment, in order: what a Merkle tile above the leaves is made of.</summary>
    public required Digest[] TileRoots { get; init; }

    /// <summary>The record lines as one text, and where each begins (one more at the end); null unless asked for. Let go of where it was needed once.</summary>
    public byte[]? Text { get; set; }

    public int[]? LineStarts { get; init; }

    /// <summary>Records whose action is reserved, genesis included, with their data.</summary>
    public required IReadOnlyList<ReservedRecord> Reserved { get; init; }

    public long First => Seal.First;

    public int Count => Seal.Count;

    public long End => Seal.First + Seal.Count;

    /// <summary>A record's line without its line feed. Only where the text was asked for.</summary>
    public ReadOnlyMemory<byte> Line(int index) => Text.AsMemory(LineStarts![index], LineStarts[index + 1] - LineStarts[index] - 1);

    internal sealed record ReservedRecord(long Sequence, string Action, byte[] Data);
}
