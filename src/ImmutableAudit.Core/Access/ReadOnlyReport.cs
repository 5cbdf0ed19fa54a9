using ImmutableAudit.Policies;

namespace ImmutableAudit.Access;

/// <summary>What is to be said of an action, or of a role.</summary>
public enum ProofVerdict
{
    /// <summary>As it should be, in every way in which it was looked at.</summary>
    Ok,

    /// <summary>Nothing that harms the log, and more or less than the role needs.</summary>
    Advice,

    /// <summary>It couldn't be found out.</summary>
    Unknown,

    /// <summary>Not as it should be.</summary>
    Failed,
}

/// <summary>One action: what should be, what the documents say, what the simulator says, and what was seen.</summary>
public sealed record ReadOnlyRow
{
    /// <summary>The action.</summary>
    public required string Action { get; init; }

    /// <summary>What was tried, or what it is done to.</summary>
    public required string What { get; init; }

    /// <summary>Whether it should be allowed.</summary>
    public required bool ShouldBeAllowed { get; init; }

    /// <summary>What the documents come to; null where they don't say.</summary>
    public AccessOutcome? Evaluated { get; init; }

    /// <summary>The statements that open it.</summary>
    public IReadOnlyList<string> OpenedBy { get; init; } = [];

    /// <summary>What the identity service's simulator says; null where it wasn't asked or there is none.</summary>
    public string? Simulated { get; init; }

    /// <summary>What was seen when it was tried; null where it wasn't.</summary>
    public AttemptOutcome? Seen { get; init; }

    /// <summary>What all of that comes to.</summary>
    public required ProofVerdict Verdict { get; init; }

    /// <summary>What else is to be said.</summary>
    public string? Detail { get; init; }
}

/// <summary>Whether a role can read a log and do nothing else, and how that was found.</summary>
public sealed record ReadOnlyReport
{
    /// <summary>The log.</summary>
    public required string Log { get; init; }

    /// <summary>The role's ARN.</summary>
    public required string Role { get; init; }

    /// <summary>What it was held against: reader or verifier.</summary>
    public required string Profile { get; init; }

    /// <summary>The worst of the rows.</summary>
    public ProofVerdict Result => Rows.Count == 0 ? ProofVerdict.Unknown : Rows.Max(row => row.Verdict) is var worst && worst == ProofVerdict.Advice ? ProofVerdict.Ok : worst;

    /// <summary>Whether the role can read the log and nothing else, as far as it was looked at.</summary>
    public bool IsProven => Result == ProofVerdict.Ok;

    /// <summary>How many actions the documents were asked about.</summary>
    public required int ActionsEvaluated { get; init; }

    /// <summary>Whether the role was assumed and tried.</summary>
    public required bool WasTried { get; init; }

    /// <summary>Whether the identity service's own simulator was asked.</summary>
    public required bool WasSimulated { get; init; }

    /// <summary>Every action that was tried, allowed, or should be; what was neither isn't listed.</summary>
    public required IReadOnlyList<ReadOnlyRow> Rows { get; init; }

    /// <summary>What couldn't be looked at, and what remains; empty for nothing.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
