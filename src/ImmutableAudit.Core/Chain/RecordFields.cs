using ImmutableAudit.Merkle;

namespace ImmutableAudit.Chain;

/// <summary>What the chain needs of a record's line, read without allocating.</summary>
internal struct RecordFields
{
    public long Sequence;
    public Digest Previous;

    /// <summary>The digest of the stored segment before; on the first record of a segment only.</summary>
    public Digest Segment;
    public bool HasSegment;

    /// <summary>The newest key record before this one; −1 where the member is absent.</summary>
    public long Keys;

    /// <summary>UTC ticks of <c>recorded</c> and <c>time</c>.</summary>
    public long RecordedTicks;
    public long TimeTicks;

    /// <summary>The id, big-endian as it reads.</summary>
    public UInt128 Id;

    /// <summary>Whether the action begins with <c>immutableaudit:</c>.</summary>
    public bool IsReserved;

    // Where the values of these members are in the line; length 0 where absent.
    public Range Action;
    public Range Data;
}
