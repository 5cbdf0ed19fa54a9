namespace ImmutableAudit.Storage;

/// <summary>What must hold of a key's newest version for a PUT to go through.</summary>
public readonly record struct PutCondition
{
    private PutCondition(bool ifAbsent, string? ifMatch) => (IfAbsent, IfMatch) = (ifAbsent, ifMatch);

    /// <summary><c>If-None-Match: *</c>: there is nothing, or a delete marker.</summary>
    public static PutCondition Absent { get; } = new(true, null);

    /// <summary>Nothing is demanded.</summary>
    public static PutCondition None { get; }

    /// <summary>True for <see cref="Absent"/>.</summary>
    public bool IfAbsent { get; }

    /// <summary>The ETag demanded by <see cref="Matching"/>, as listed; otherwise null.</summary>
    public string? IfMatch { get; }

    /// <summary><c>If-Match</c>: the newest version has this ETag.</summary>
    public static PutCondition Matching(string etag) => new(false, etag);
}

/// <summary>What a store said of one PUT. Whatever it said, the version list decides what counts.</summary>
public enum PutOutcome
{
    /// <summary>No answer, or a server error: it may have been stored, now or later.</summary>
    Unknown,

    /// <summary>Stored and durable.</summary>
    Stored,

    /// <summary>The condition didn't hold (412), or another PUT was under way (409). Nothing was stored.</summary>
    ConditionFailed,
}

/// <summary>The answer to one PUT.</summary>
/// <param name="Outcome">What the store said.</param>
/// <param name="VersionId">The id of the version that this very PUT made, if the store said; otherwise null.</param>
public readonly record struct PutAnswer(PutOutcome Outcome, string? VersionId = null);
