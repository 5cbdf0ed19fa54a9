namespace ImmutableAudit.Access;

/// <summary>
/// Brings roles to what a plan says, and takes them away again. What is there is read first, only what differs is
/// changed, and everything is read back. A role is ours if it is under our path; others are touched by force only.
/// </summary>
/// <param name="service">The identity service.</param>
public sealed class RoleGrant(IIdentityService service)
{
    /// <summary>Actions that Ceph doesn't know, and for which it refuses a whole document.</summary>
    public static IReadOnlyList<string> CephUnknown { get; } =
    [
        "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes", "s3:GetEncryptionConfiguration", "s3:GetBucketOwnershipControls",
        "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey",
    ];

    /// <summary>The partition of AWS that the service is in, for plans.</summary>
    public string Partition => service.Partition;

    /// <summary>Makes the role, or changes it, until it is as planned.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="options">How to go about it; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between steps; what was done stays, and the next call goes on.</param>
    /// <exception cref="AuditException">
    /// <c>RoleNotOurs</c>; <c>PolicyInvalid</c> where the endpoint takes no such document; <c>AccessDenied</c> where the
    /// role can't be read or made; whatever <see cref="RolePlan.Build"/> throws.
    /// </exception>
    public async Task<RoleReport> EnsureAsync(RolePlan plan, RoleGrantOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        options ??= new RoleGrantOptions();
        plan.Build();
        var before = await service.ReadRoleAsync(plan.Name, cancellationToken).ConfigureAwait(false);
        if (before is not null && before.Path != plan.Path && !options.Force)
            throw NotOurs(before, $"it is under the path '{before.Path}' and not '{plan.Path}'", "Choose another name; by force it would be taken over with all its policies.");
        return await new RoleConvergence(service, plan, options).RunAsync(before, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a role away: its policies first, so that it can do nothing from the first step on, then the role.</summary>
    /// <param name="name">The role's name.</param>
    /// <param name="options">How to go about it; null for the defaults.</param>
    /// <param name="cancellationToken">Stops between steps; the next call goes on.</param>
    /// <exception cref="AuditException"><c>RoleNotFound</c>, <c>RoleNotOurs</c>, or <c>AccessDenied</c> where the role can't be read.</exception>
    public async Task<RoleReport> RevokeAsync(string name, RoleGrantOptions? options = null, CancellationToken cancellationToken = default)
    {
        RoleChecks.Name(name);
        options ??= new RoleGrantOptions();
        var role = await service.ReadRoleAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw new AuditException(AuditErrors.RoleNotFound, $"There is no role '{name}' in {service.Place}. Get-AuditReadOnly lists those that this module made.", name);
        if ((!IsOurs(role.Path) || options.Only is { } kind && RoleLogs.KindOf(role.Path) != kind) && !options.Force)
            throw NotOurs(role, $"it is under the path '{role.Path}'", "By force it would be removed with all its policies.");

        var steps = new RoleSteps(options.DryRun);
        foreach (var inline in role.Inline)
            await steps.DoAsync("Permissions", $"inline policy '{inline.Name}' is removed", () => service.DeleteInlineAsync(name, inline.Name, cancellationToken)).ConfigureAwait(false);
        foreach (var attached in role.Attached ?? [])
            await steps.DoAsync("Attached", $"'{attached.Arn}' is detached", () => service.DetachAsync(name, attached.Arn, cancellationToken)).ConfigureAwait(false);
        if (role.AttachedUnknown is { } reason)
            steps.Add("Attached", RoleStepOutcome.NotPermitted, reason);
        // A role that still has policies can't be deleted, and the refusal would say less than what stands there already.
        if (steps.Failed("Permissions", "Attached"))
            steps.Add("Role", RoleStepOutcome.Skipped, "not deleted, since it still has policies, or may have");
        else
            await steps.DoAsync("Role", "the role is deleted", () => service.DeleteRoleAsync(name, cancellationToken)).ConfigureAwait(false);
        // A boundary can't be deleted while a role has it, and one that others made may be others' boundary, too.
        if (role.Boundary is { } boundary && IsOurPolicy(boundary.Arn) && steps.All.Any(step => step is { Name: "Role", Outcome: RoleStepOutcome.Done or RoleStepOutcome.WouldDo }))
            await steps.DoAsync("BoundaryPolicy", $"'{boundary.Arn}' is deleted", () => service.DeleteManagedAsync(boundary.Arn, cancellationToken)).ConfigureAwait(false);
        if (options.DryRun)
            return new RoleReport(name, role, steps.All);

        var after = await ReadBackAsync(service, name, options, state => state is null, cancellationToken).ConfigureAwait(false);
        steps.See("Role", after is null, after is null ? "no role" : "the role is still there");
        steps.See("Permissions", after is null || after.Inline.Count == 0, after is null ? "no role" : $"{after.Inline.Count} inline policies");
        steps.See("Attached", after is null || after.Attached is not { Count: > 0 }, after is null ? "no role" : $"{after.Attached?.Count ?? 0} attached policies");
        return new RoleReport(name, after, steps.All);
    }

    /// <summary>Every role of this module, with the logs that its documents name.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AuditException"><c>AccessDenied</c> or <c>IdentityCallUnsupported</c>.</exception>
    public async Task<IReadOnlyList<GrantedRole>> ListAsync(CancellationToken cancellationToken = default)
    {
        var roles = new List<GrantedRole>();
        await foreach (var name in service.ListRolesAsync(RolePlan.AllRoles, cancellationToken).ConfigureAwait(false))
        {
            // One that was deleted meanwhile isn't one. Some endpoints don't filter, so the path is looked at again.
            if (await service.ReadRoleAsync(name, cancellationToken).ConfigureAwait(false) is { } role && IsOurs(role.Path))
                roles.Add(RoleLogs.Describe(role));
        }

        return [.. roles.OrderBy(one => one.Role.Name, StringComparer.Ordinal)];
    }

    internal static bool IsOurs(string path) => path.StartsWith(RolePlan.AllRoles, StringComparison.Ordinal);

    internal static bool IsOurPolicy(string arn) => arn.Contains(":policy" + RolePlan.AllRoles, StringComparison.Ordinal);

    /// <summary>Reads a role until it shows what was done, or the time is up; then as it shows itself.</summary>
    internal static async Task<RoleState?> ReadBackAsync(
        IIdentityService service, string name, RoleGrantOptions options, Func<RoleState?, bool> isAsDone, CancellationToken cancellationToken)
    {
        var state = await service.ReadRoleAsync(name, cancellationToken).ConfigureAwait(false);
        foreach (var delay in options.ReadBackDelays)
        {
            if (isAsDone(state))
                break;
            await Task.Delay(delay, options.Time, cancellationToken).ConfigureAwait(false);
            state = await service.ReadRoleAsync(name, cancellationToken).ConfigureAwait(false);
        }

        return state;
    }

    private static AuditException NotOurs(RoleState role, string why, string cure) => new(
        AuditErrors.RoleNotOurs,
        $"A role '{role.Name}' exists and isn't one of these: {why}. {cure}",
        role.Arn);
}
