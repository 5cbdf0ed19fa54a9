namespace ImmutableAudit.Policies;

/// <summary>Something that a principal can do, or may be able to.</summary>
public sealed record AccessFinding
{
    /// <summary>The action; for actions outside <see cref="ActionCatalog"/> the statement's own pattern.</summary>
    public required string Action { get; init; }

    /// <summary>To what.</summary>
    public required AccessScope Scope { get; init; }

    /// <summary>Allowed, or unknown: depending on what <see cref="MissingKeys"/> names.</summary>
    public required AccessOutcome Outcome { get; init; }

    /// <summary>A resource that it can be done to; the proof, not the whole extent.</summary>
    public required string Resource { get; init; }

    /// <summary>The statements that open it.</summary>
    public required IReadOnlyList<DecidingStatement> OpenedBy { get; init; }

    /// <summary>Where it is unknown: what it depends on.</summary>
    public IReadOnlyList<string> MissingKeys { get; init; } = [];

    /// <summary>AWS's access level, for people; null for actions outside the catalogue.</summary>
    public string? AccessLevel { get; init; }

    /// <summary>How the action leads to more than itself; null if it doesn't.</summary>
    public string? Escalation { get; init; }

    /// <summary>The finding in one line.</summary>
    public override string ToString() =>
        $"{Action} on {Resource} {(Outcome == AccessOutcome.Allowed ? "is allowed" : "may be allowed")} by {string.Join("; ", OpenedBy)}"
        + (MissingKeys.Count == 0 ? "" : $" (depends on {string.Join(", ", MissingKeys)})")
        + (Escalation is null ? "" : $": {Escalation}");
}

/// <summary>An action that the profile wants and the principal lacks, on some of the resources or on all.</summary>
/// <param name="Action">The action.</param>
/// <param name="Scope">To what.</param>
/// <param name="Outcome">How it would be answered where it is worst.</param>
/// <param name="Resource">A resource where it is so.</param>
/// <param name="MissingKeys">Where it is unknown: what it depends on.</param>
public sealed record AccessGap(string Action, AccessScope Scope, AccessOutcome Outcome, string Resource, IReadOnlyList<string> MissingKeys);

/// <summary>What a principal can do to a log, judged against a profile.</summary>
/// <param name="Principal">Who.</param>
/// <param name="Profile">The profile's name.</param>
/// <param name="Expected">What it can do and the profile has.</param>
/// <param name="Excess">What it can do, or may be able to, beyond the profile; what matters most first.</param>
/// <param name="Gaps">What the profile has and it can't do, or may not be able to.</param>
public sealed record AccessReport(
    string Principal, string Profile, IReadOnlyList<AccessFinding> Expected, IReadOnlyList<AccessFinding> Excess, IReadOnlyList<AccessGap> Gaps)
{
    /// <summary>Whether the principal certainly can do nothing beyond the profile.</summary>
    public bool StaysWithinProfile => Excess.Count == 0;
}
