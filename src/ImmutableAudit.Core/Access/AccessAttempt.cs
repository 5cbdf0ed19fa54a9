namespace ImmutableAudit.Access;

/// <summary>What came of trying something with a role's own credentials.</summary>
public enum AttemptOutcome
{
    /// <summary>Not tried: it would do harm if it succeeded, or what it needs wasn't there. See the detail.</summary>
    NotTried,

    /// <summary>Refused, and exactly so: HTTP 403 AccessDenied.</summary>
    Refused,

    /// <summary>It was answered in another way, or not at all, which proves nothing.</summary>
    Unclear,

    /// <summary>It was let through.</summary>
    Allowed,
}

/// <summary>Something that was tried.</summary>
/// <param name="Action">The IAM action that it takes.</param>
/// <param name="Attempt">What was tried, in words.</param>
/// <param name="IsReading">Whether it only reads.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Detail">The endpoint's words, or why it wasn't tried; null where there is nothing to add.</param>
public sealed record AccessAttempt(string Action, string Attempt, bool IsReading, AttemptOutcome Outcome, string? Detail = null);

/// <summary>What was tried, and whether it left a trace.</summary>
/// <param name="Attempts">Every attempt.</param>
/// <param name="Changes">What was different afterwards, in words; empty where all was as before.</param>
/// <param name="ChangesUnknown">Why it couldn't be seen whether something changed; null where it could.</param>
/// <param name="LeftBehind">What couldn't be cleared away, in words; null for nothing.</param>
public sealed record ProbeReport(IReadOnlyList<AccessAttempt> Attempts, IReadOnlyList<string> Changes, string? ChangesUnknown, string? LeftBehind);

/// <summary>What to try.</summary>
/// <param name="Log">The log.</param>
/// <param name="Role">The role whose credentials are used.</param>
/// <param name="Reading">The reading actions that should be let through.</param>
public sealed record ProbePlan(Storage.LogLocation Log, RoleState Role, IReadOnlyCollection<string> Reading);
