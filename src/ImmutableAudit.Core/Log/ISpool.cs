namespace ImmutableAudit.Log;

/// <summary>Keeps the one segment that is being sent, so that a kill can't make it be sent twice or lost from sight.</summary>
internal interface ISpool : IDisposable
{
    /// <summary>Keeps a frozen segment, on disk before this returns. Replaces the one kept before.</summary>
    void Keep(string origin, FrozenSegment frozen);

    /// <summary>Forgets the kept segment: its position is decided and nothing of it is left to do.</summary>
    void Drop();

    /// <summary>What was kept when a writer was killed; null if nothing was.</summary>
    /// <exception cref="AuditException"><c>SpoolInvalid</c>: it was altered, or is of another log.</exception>
    KeptSegment? Load(string origin);
}

/// <summary>A segment that was being sent when its writer ended.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Previous">The leaf hash of the record before its first.</param>
/// <param name="Stored">Its bytes.</param>
internal sealed record KeptSegment(string Key, Merkle.Digest Previous, ReadOnlyMemory<byte> Stored);
