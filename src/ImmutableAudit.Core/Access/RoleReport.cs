using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>How one step of a role ended.</summary>
public enum RoleStepOutcome
{
    /// <summary>Done now, and seen when read back.</summary>
    Done,

    /// <summary>It was so already; nothing was changed.</summary>
    AlreadySo,

    /// <summary>It would be done; nothing was changed.</summary>
    WouldDo,

    /// <summary>The endpoint refused it, or doesn't have it; its error is in the detail.</summary>
    RefusedByEndpoint,

    /// <summary>The caller may not do it, or may not read it.</summary>
    NotPermitted,

    /// <summary>It was accepted, and reading back shows something else, or nothing.</summary>
    NotSeen,

    /// <summary>Not tried, because a step before it failed.</summary>
    Skipped,
}

/// <summary>One step of a role.</summary>
/// <param name="Name">Role, Trust, Permissions, LeftOut, Conditions, ForeignInline, ForeignAttached, Attached, Boundary, BoundaryPolicy, MaxSession or Path.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Seen">What was read back, in words; null where nothing could be read.</param>
/// <param name="Detail">What it was about, the endpoint's own words where something was refused, and what to do.</param>
/// <param name="Essential">Whether the role's promise (what it can do and nothing else, for those named and nobody else) stands on it.</param>
public sealed record RoleStep(string Name, RoleStepOutcome Outcome, string? Seen, string? Detail, bool Essential);

/// <summary>What was done about a role, and what was read back.</summary>
/// <param name="Name">The role's name.</param>
/// <param name="Role">The role as read back; null where there is none (any more, or yet).</param>
/// <param name="Steps">Every step.</param>
public sealed record RoleReport(string Name, RoleState? Role, IReadOnlyList<RoleStep> Steps)
{
    /// <summary>True if every essential step was seen to be as asked.</summary>
    public bool IsReady => Steps.Where(step => step.Essential).All(step => step.Outcome is RoleStepOutcome.Done or RoleStepOutcome.AlreadySo);
}

/// <summary>How a role is granted or revoked.</summary>
public sealed record RoleGrantOptions
{
    /// <summary>Whether a role of that name that this module didn't make is taken over, or removed.</summary>
    public bool Force { get; init; }

    /// <summary>Only look: report what would be done, and change nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Only a role of this kind is revoked without force; null for any of this module's.</summary>
    public GrantedRoleKind? Only { get; init; }

    /// <summary>
    /// How long to wait before reading back again, each time that it doesn't show yet what was done: identity services
    /// spread changes over many machines.
    /// </summary>
    public IReadOnlyList<TimeSpan> ReadBackDelays { get; init; } =
        [TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];

    /// <summary>The clock to wait by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What a role of this module is.</summary>
public enum GrantedRoleKind
{
    /// <summary>A reader or verifier.</summary>
    Reader,

    /// <summary>A writer.</summary>
    Writer,

    /// <summary>Something under our path that is neither.</summary>
    Other,
}

/// <summary>A role of this module, and the logs that its documents name.</summary>
/// <param name="Role">The role.</param>
/// <param name="Kind">What it is, by its path.</param>
/// <param name="Logs">The logs whose objects its policies let it reach.</param>
/// <param name="Remark">What of its documents can't be read as ours; null if all can.</param>
public sealed record GrantedRole(RoleState Role, GrantedRoleKind Kind, IReadOnlyList<LogLocation> Logs, string? Remark);
