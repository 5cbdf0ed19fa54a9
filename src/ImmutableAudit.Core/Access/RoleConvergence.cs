namespace ImmutableAudit.Access;

/// <summary>
/// Brings one role to its plan. What opens too much is taken away first and who may take the role is widened last, so that
/// at no moment the new people have the old policies.
/// </summary>
internal sealed class RoleConvergence(IIdentityService service, RolePlan plan, RoleGrantOptions options)
{
    private readonly RoleSteps _steps = new(options.DryRun);
    private readonly string _name = plan.Name;
    private RoleDocuments _documents = plan.Build();
    private string? _boundaryArn;

    public async Task<RoleReport> RunAsync(RoleState? before, CancellationToken cancellationToken)
    {
        if (before is not null && before.Path != plan.Path)
            _steps.Add("Path", _steps.DryRun ? RoleStepOutcome.WouldDo : RoleStepOutcome.Done, $"a role under '{before.Path}' is taken over; a path can't be changed, so lists of this module don't show it", before.Path, essential: false);
        if (before is not null)
            await RemoveForeignAsync(before, cancellationToken).ConfigureAwait(false);
        UseWhatIsThere(before);
        await BoundaryPolicyAsync(before, cancellationToken).ConfigureAwait(false);
        if (before is null)
            await CreateAsync(cancellationToken).ConfigureAwait(false);
        else
            await BoundaryAsync(before, cancellationToken).ConfigureAwait(false);
        await PermissionsAsync(before, cancellationToken).ConfigureAwait(false);
        if (before is not null)
            await ChangeAsync(before, cancellationToken).ConfigureAwait(false);
        if (_documents.LeftOut.Count > 0)
            _steps.Add("LeftOut", RoleStepOutcome.RefusedByEndpoint, $"left out, since the endpoint doesn't know them or the plan says so: {string.Join(", ", _documents.LeftOut)}", essential: false);
        // Endpoints take conditions that they don't know and say nothing. That can't be read back, only tried.
        if (!service.IsAws && plan.UnsureElsewhere().ToList() is { Count: > 0 } unsure)
            _steps.Add("Conditions", RoleStepOutcome.NotSeen, $"the endpoint takes these and may not keep them; try the role. {string.Join("; ", unsure)}", essential: false);
        if (options.DryRun)
            return new RoleReport(_name, before, _steps.All);

        var after = await RoleGrant.ReadBackAsync(service, _name, options, IsAsPlanned, cancellationToken).ConfigureAwait(false);
        Compare(after);
        return new RoleReport(_name, after, _steps.All);
    }

    private async Task RemoveForeignAsync(RoleState before, CancellationToken cancellationToken)
    {
        foreach (var inline in before.Inline.Where(one => one.Name != RolePlan.PolicyName))
            await _steps.DoAsync("ForeignInline", $"inline policy '{inline.Name}' isn't ours and is removed", () => service.DeleteInlineAsync(_name, inline.Name, cancellationToken)).ConfigureAwait(false);
        foreach (var attached in before.Attached ?? [])
            await _steps.DoAsync("ForeignAttached", $"'{attached.Arn}' isn't ours and is detached", () => service.DetachAsync(_name, attached.Arn, cancellationToken)).ConfigureAwait(false);
        if (before.AttachedUnknown is { } reason)
            _steps.Add("ForeignAttached", RoleStepOutcome.NotPermitted, reason);
    }

    // An endpoint that refused some actions before would refuse them again.
    private void UseWhatIsThere(RoleState? before)
    {
        var reduced = service.IsAws || before is null ? null : Reduced();
        if (reduced is not null && PolicyMeaning.Same(Ours(before!)?.Document, reduced.Permissions))
            _documents = reduced;
    }

    private async Task BoundaryPolicyAsync(RoleState? before, CancellationToken cancellationToken)
    {
        if (!plan.Boundary || IsOthers(before?.Boundary))
            return;
        if (before?.Boundary is { } known && RoleGrant.IsOurPolicy(known.Arn) && PolicyMeaning.Same(known.Document, _documents.Permissions))
        {
            _boundaryArn = known.Arn;
            _steps.Add("BoundaryPolicy", RoleStepOutcome.AlreadySo, null, known.Arn);
            return;
        }

        await _steps.DoAsync("BoundaryPolicy", "a managed policy that says the same as the role's own", () => WithoutUnknownAsync(async document =>
            _boundaryArn = await service.PutManagedAsync(plan.Path, _name + "-boundary", document, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
    }

    // Without its policy a role can do nothing, so it may be there before it.
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var role = new NewRole(_name, plan.Path, _documents.Trust, plan.Description, plan.MaxSessionSeconds, _boundaryArn);
        if (options.DryRun)
        {
            _steps.Add("Role", RoleStepOutcome.WouldDo, "the role is made");
            return;
        }

        await service.CreateRoleAsync(role, cancellationToken).ConfigureAwait(false);
        _steps.Add("Role", RoleStepOutcome.Done, "the role is made");
        _steps.Add("Trust", RoleStepOutcome.Done, "given with the role");
        if (plan.MaxSessionSeconds is not null)
            _steps.Add("MaxSession", RoleStepOutcome.Done, "given with the role", essential: false);
        if (_boundaryArn is not null)
            _steps.Add("Boundary", RoleStepOutcome.Done, "given with the role");
    }

    private async Task BoundaryAsync(RoleState before, CancellationToken cancellationToken)
    {
        _steps.Add("Role", RoleStepOutcome.AlreadySo, null);
        if (before.Boundary is { } other && (!plan.Boundary || IsOthers(other)))
            _steps.Add("Boundary", RoleStepOutcome.AlreadySo, "a boundary that isn't the plan's stays: it can only narrow, and to replace it could widen", other.Arn, essential: false);
        if (!plan.Boundary || IsOthers(before.Boundary) || (_boundaryArn is null && !options.DryRun))
            return;
        if (_boundaryArn is not null && before.Boundary?.Arn == _boundaryArn)
            _steps.Add("Boundary", RoleStepOutcome.AlreadySo, null);
        else
            await _steps.DoAsync("Boundary", "the boundary is set", () => service.PutBoundaryAsync(_name, _boundaryArn!, cancellationToken)).ConfigureAwait(false);
    }

    private async Task PermissionsAsync(RoleState? before, CancellationToken cancellationToken)
    {
        if (before is not null && PolicyMeaning.Same(Ours(before)?.Document, _documents.Permissions))
            _steps.Add("Permissions", RoleStepOutcome.AlreadySo, null);
        else
            await _steps.DoAsync("Permissions", $"inline policy '{RolePlan.PolicyName}' is put", () => WithoutUnknownAsync(document => service.PutInlineAsync(_name, RolePlan.PolicyName, document, cancellationToken))).ConfigureAwait(false);
    }

    private async Task ChangeAsync(RoleState before, CancellationToken cancellationToken)
    {
        if (PolicyMeaning.Same(before.TrustPolicy, _documents.Trust))
            _steps.Add("Trust", RoleStepOutcome.AlreadySo, null);
        else if (_steps.Failed("ForeignInline", "ForeignAttached", "Permissions"))
            _steps.Add("Trust", RoleStepOutcome.Skipped, "not changed, since the role's old policies are still there, or may be");
        else
            await _steps.DoAsync("Trust", "who may take the role is changed", () => service.PutTrustAsync(_name, _documents.Trust, cancellationToken)).ConfigureAwait(false);
        if (plan.MaxSessionSeconds is not { } seconds)
            return;
        if (before.MaxSessionSeconds == seconds)
            _steps.Add("MaxSession", RoleStepOutcome.AlreadySo, null, essential: false);
        else
            await _steps.DoAsync("MaxSession", $"{seconds:N0} seconds", () => service.PutMaxSessionAsync(_name, seconds, cancellationToken), essential: false).ConfigureAwait(false);
    }

    // Some endpoints refuse a whole document for one action that they don't know. There the rest is worth having; at AWS
    // such a refusal means something else, and goes to the caller.
    private async ValueTask WithoutUnknownAsync(Func<string, ValueTask> put)
    {
        try
        {
            await put(_documents.Permissions).ConfigureAwait(false);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.PolicyInvalid && !service.IsAws)
        {
            var reduced = Reduced();
            if (reduced.LeftOut.Count == _documents.LeftOut.Count)
                throw;
            await put(reduced.Permissions).ConfigureAwait(false);
            _documents = reduced;
        }
    }

    private RoleDocuments Reduced() => (plan with { LeaveOut = [.. plan.LeaveOut, .. RoleGrant.CephUnknown] }).Build();

    private bool IsAsPlanned(RoleState? state) => state is not null
        && PolicyMeaning.Same(state.TrustPolicy, _documents.Trust)
        && state.Inline.Count == 1 && PolicyMeaning.Same(Ours(state)?.Document, _documents.Permissions)
        && state.Attached is not { Count: > 0 }
        && HasBoundary(state);

    private bool HasBoundary(RoleState state) => _boundaryArn is null
        || (state.Boundary?.Arn == _boundaryArn && PolicyMeaning.Same(state.Boundary.Document, _documents.Permissions));

    private void Compare(RoleState? after)
    {
        _steps.See("Role", after is not null, after?.Arn ?? "no role");
        _steps.See("Trust", after is not null && PolicyMeaning.Same(after.TrustPolicy, _documents.Trust), after?.TrustPolicy);
        var inline = after is null ? null : Ours(after)?.Document;
        _steps.See("Permissions", PolicyMeaning.Same(inline, _documents.Permissions), inline);
        var foreign = after?.Inline.Where(one => one.Name != RolePlan.PolicyName).Select(one => one.Name).ToList() ?? [];
        See("ForeignInline", foreign);
        if (after?.AttachedUnknown is null)
            See("ForeignAttached", [.. (after?.Attached ?? []).Select(one => one.Arn)]);
        else if (_steps.All.All(step => step.Name != "ForeignAttached"))
            _steps.Add("ForeignAttached", RoleStepOutcome.NotPermitted, after.AttachedUnknown);
        _steps.See("Boundary", after is not null && HasBoundary(after), after?.Boundary?.Arn);
        _steps.See("BoundaryPolicy", after is not null && HasBoundary(after), after?.Boundary?.Arn);
        _steps.See("MaxSession", after?.MaxSessionSeconds == plan.MaxSessionSeconds, after?.MaxSessionSeconds?.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    // What came in between reading and reading back is no step yet, and opens the role all the same.
    private void See(string name, List<string> foreign)
    {
        var seen = foreign.Count == 0 ? "none" : string.Join(", ", foreign);
        if (foreign.Count > 0 && _steps.All.All(step => step.Name != name))
            _steps.Add(name, RoleStepOutcome.NotSeen, "it came while the role was changed; run it again");
        _steps.See(name, foreign.Count == 0, seen);
    }

    private static bool IsOthers(ManagedPolicy? boundary) => boundary is not null && !RoleGrant.IsOurPolicy(boundary.Arn);

    private static InlinePolicy? Ours(RoleState state) => state.Inline.FirstOrDefault(one => one.Name == RolePlan.PolicyName);
}
