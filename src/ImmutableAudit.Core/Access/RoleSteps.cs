namespace ImmutableAudit.Access;

/// <summary>Does steps one by one and keeps what came of each. A refusal is told and doesn't stop the others.</summary>
internal sealed class RoleSteps(bool dryRun)
{
    private readonly List<RoleStep> _steps = [];

    public IReadOnlyList<RoleStep> All => _steps;

    public bool DryRun => dryRun;

    /// <summary>Whether a step of one of these names wasn't done.</summary>
    public bool Failed(params ReadOnlySpan<string> names)
    {
        foreach (var step in _steps)
        {
            if (names.Contains(step.Name) && step.Outcome is (RoleStepOutcome.NotPermitted or RoleStepOutcome.RefusedByEndpoint))
                return true;
        }

        return false;
    }

    public void Add(string name, RoleStepOutcome outcome, string? detail, string? seen = null, bool essential = true) =>
        _steps.Add(new(name, outcome, seen, detail, essential));

    /// <summary>Does a step, or in a dry run says that it would be done.</summary>
    public async Task<bool> DoAsync(string name, string detail, Func<ValueTask> call, bool essential = true)
    {
        if (dryRun)
        {
            Add(name, RoleStepOutcome.WouldDo, detail, essential: essential);
            return true;
        }

        try
        {
            await call().ConfigureAwait(false);
            Add(name, RoleStepOutcome.Done, detail, essential: essential);
            return true;
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.AccessDenied or AuditErrors.IdentityCallUnsupported)
        {
            Add(name, e.ErrorId == AuditErrors.AccessDenied ? RoleStepOutcome.NotPermitted : RoleStepOutcome.RefusedByEndpoint, $"{detail}: {e.Message}", essential: essential);
            return false;
        }
    }

    /// <summary>Writes to the steps of a name what was read back. What was done and doesn't show wasn't done.</summary>
    public void See(string name, bool isAsDone, string? seen)
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            if (_steps[i].Name != name)
                continue;
            var lost = !isAsDone && _steps[i].Outcome is (RoleStepOutcome.Done or RoleStepOutcome.AlreadySo);
            _steps[i] = _steps[i] with { Seen = seen, Outcome = lost ? RoleStepOutcome.NotSeen : _steps[i].Outcome };
        }
    }
}
