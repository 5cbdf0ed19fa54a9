namespace ImmutableAudit.Log;

/// <summary>Keeps the one segment that is being sent, so that a kill can't make it be sent twice or lost from sight.</summary>
internal interface ISpool : IDisposable
{
    /// <summary>Keeps a frozen segment, on disk before this returns. Replaces what was kept before.</summary>
    /// <param name="origin">The log's origin.</param>
    /// <param name="frozen">The segment.</param>
    /// <param name="batch">Where its events come from.</param>
    /// <param name="rest">The first of those events of the batch that are to be kept beside it, to be sent after it.</param>
    void Keep(string origin, FrozenSegment frozen, EventBatch batch, int rest);

    /// <summary>Forgets what is kept: the caller knows what became of it.</summary>
    void Drop();

    /// <summary>What was kept when a writer was killed; null if nothing was.</summary>
    /// <exception cref="AuditException"><c>SpoolInvalid</c>: it was altered, or is of another log.</exception>
    KeptSegment? Load(string origin);
}

/// <summary>A segment that was being sent when its writer ended.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Previous">The leaf hash of the record before its first.</param>
/// <param name="Stored">Its bytes.</param>
/// <param name="Rest">Events that are to be sent after it.</param>
internal sealed record KeptSegment(string Key, Merkle.Digest Previous, ReadOnlyMemory<byte> Stored, IReadOnlyList<KeptEvent> Rest);

/// <summary>An event that was kept without being in a segment.</summary>
/// <param name="Id">Its record's id.</param>
/// <param name="Body">The record's line behind its head.</param>
internal sealed record KeptEvent(UInt128 Id, ReadOnlyMemory<byte> Body);
