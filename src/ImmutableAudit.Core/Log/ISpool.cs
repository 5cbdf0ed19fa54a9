namespace ImmutableAudit.Log;

/// <summary>Keeps the one segment that is being sent, so that a kill can't make it be sent twice or lost from sight.</summary>
internal interface ISpool : IDisposable
{
    /// <summary>Keeps a frozen segment, on disk before this returns. Replaces the one kept before.</summary>
    void Keep(string origin, FrozenSegment frozen);

    /// <summary>Forgets the kept segment: its position is decided and nothing of it is left to do.</summary>
    void Drop();
}
