namespace ImmutableAudit.Policies;

/// <summary>How a request would be answered.</summary>
public enum AccessOutcome
{
    /// <summary>No statement allows it.</summary>
    ImplicitlyDenied,

    /// <summary>A statement denies it.</summary>
    ExplicitlyDenied,

    /// <summary>It depends on what isn't known.</summary>
    Unknown,

    /// <summary>It is allowed.</summary>
    Allowed,
}

/// <summary>The role of a document among those that a request is judged by.</summary>
public enum PolicyRole
{
    /// <summary>The identity's own.</summary>
    Identity,

    /// <summary>Its permissions boundary.</summary>
    Boundary,

    /// <summary>Its session policy.</summary>
    Session,

    /// <summary>A service control policy.</summary>
    ServiceControl,

    /// <summary>A resource control policy.</summary>
    ResourceControl,

    /// <summary>The resource's own.</summary>
    Resource,
}

/// <summary>A statement that decided.</summary>
/// <param name="Document">The document's name.</param>
/// <param name="Role">The document's role.</param>
/// <param name="Index">The statement's place in the document, from 0.</param>
/// <param name="Sid">Its id, if it has one.</param>
/// <param name="Effect">Allow or Deny.</param>
/// <param name="IsCertain">Whether it matches for certain; otherwise it depends on what isn't known.</param>
public sealed record DecidingStatement(string Document, PolicyRole Role, int Index, string? Sid, PolicyEffect Effect, bool IsCertain)
{
    /// <summary>The statement itself.</summary>
    internal PolicyStatement? Source { get; init; }

    /// <summary>The statement as people are told of it.</summary>
    public override string ToString() => $"{Document}, statement {Index}{(Sid is null ? "" : $" ({Sid})")}";
}

/// <summary>How a request would be answered, and why.</summary>
/// <param name="Outcome">The answer.</param>
/// <param name="Statements">
/// The statements that decided: those that allow it, those that deny it, or where it is unknown all that may.
/// </param>
/// <param name="MissingKeys">Where it is unknown: the condition keys, and other things, for want of which it is.</param>
public sealed record AccessDecision(AccessOutcome Outcome, IReadOnlyList<DecidingStatement> Statements, IReadOnlyList<string> MissingKeys)
{
    /// <summary>Whether anything that isn't known could make it allowed. Never false for a request that could be.</summary>
    public bool MayBeAllowed => Outcome is AccessOutcome.Allowed or AccessOutcome.Unknown;
}
