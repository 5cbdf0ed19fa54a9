using System.Runtime.CompilerServices;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Access;

/// <summary>An identity service in memory that can refuse, forget and lag as real ones do.</summary>
internal sealed class FakeIdentity : IIdentityService
{
    public Dictionary<string, RoleState> Roles { get; } = [];

    public Dictionary<string, string> Managed { get; } = [];

    /// <summary>Every change that was asked for.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What each call of a name throws.</summary>
    public Dictionary<string, string> Refusals { get; } = [];

    /// <summary>Actions for which a document is refused.</summary>
    public HashSet<string> Unknown { get; } = [];

    /// <summary>Calls that are answered and do nothing.</summary>
    public HashSet<string> Forgets { get; } = [];

    /// <summary>How many reads after a change still show what was before.</summary>
    public int Lag { get; set; }

    /// <summary>What the simulator says; null for a service without one.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyList<SimulatedDecision>>? Simulate { get; init; }

    /// <summary>What assuming a role gives.</summary>
    public Func<CloudConnection>? Assume { get; init; }

    public bool IsAws { get; init; } = true;

    public string Partition { get; init; } = "aws";

    public string Place => "the fake";

    /// <summary>Called after each change.</summary>
    public Action<string>? Changed { get; set; }

    private readonly Dictionary<string, RoleState?> _stale = [];
    private int _lagging;

    public ValueTask<string?> AccountAsync(CancellationToken cancellationToken) => new((string?)null);

    public ValueTask<RoleState?> ReadRoleAsync(string name, CancellationToken cancellationToken)
    {
        Refuse("Read");
        if (_lagging > 0 && _stale.TryGetValue(name, out var stale))
        {
            _lagging--;
            return new(stale);
        }

        _stale[name] = Roles.GetValueOrDefault(name);
        return new(Roles.GetValueOrDefault(name));
    }

    public async IAsyncEnumerable<string> ListRolesAsync(string pathPrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var name in Roles.Keys.Append("gone"))
            yield return name;
    }

    public ValueTask CreateRoleAsync(NewRole role, CancellationToken cancellationToken) => Do("Create", role.Name, () => Roles.Add(role.Name, new RoleState
    {
        Name = role.Name, Path = role.Path, Arn = $"arn:aws:iam::111122223333:role{role.Path}{role.Name}", TrustPolicy = Reformat(role.TrustPolicy), Inline = [],
        Attached = [], MaxSessionSeconds = role.MaxSessionSeconds ?? 3600, Boundary = role.BoundaryArn is null ? null : new(role.BoundaryArn, Managed[role.BoundaryArn]),
    }));

    public ValueTask PutTrustAsync(string role, string document, CancellationToken cancellationToken) =>
        Change("PutTrust", role, state => state with { TrustPolicy = Reformat(document) });

    public ValueTask PutMaxSessionAsync(string role, int seconds, CancellationToken cancellationToken) =>
        Change("PutMaxSession", role, state => state with { MaxSessionSeconds = seconds });

    public ValueTask PutInlineAsync(string role, string policyName, string document, CancellationToken cancellationToken)
    {
        Check(document);
        return Change("PutInline", role, state => state with { Inline = [.. state.Inline.Where(one => one.Name != policyName), new(policyName, Reformat(document))] });
    }

    public ValueTask DeleteInlineAsync(string role, string policyName, CancellationToken cancellationToken) =>
        Change("DeleteInline", role, state => state with { Inline = [.. state.Inline.Where(one => one.Name != policyName)] });

    public ValueTask DetachAsync(string role, string policyArn, CancellationToken cancellationToken) =>
        Change("Detach", role, state => state with { Attached = [.. state.Attached!.Where(one => one.Arn != policyArn)] });

    public ValueTask<string> PutManagedAsync(string path, string name, string document, CancellationToken cancellationToken)
    {
        Refuse("PutManaged");
        Check(document);
        Calls.Add("PutManaged");
        var arn = $"arn:aws:iam::111122223333:policy{path}{name}";
        Managed[arn] = document;
        foreach (var role in Roles.Values.Where(one => one.Boundary?.Arn == arn).ToList())
            Roles[role.Name] = role with { Boundary = new(arn, document) };
        return new(arn);
    }

    public ValueTask DeleteManagedAsync(string policyArn, CancellationToken cancellationToken)
    {
        Assert.DoesNotContain(Roles.Values, one => one.Boundary?.Arn == policyArn);
        return Do("DeleteManaged", policyArn, () => Managed.Remove(policyArn));
    }

    public ValueTask PutBoundaryAsync(string role, string policyArn, CancellationToken cancellationToken) =>
        Change("PutBoundary", role, state => state with { Boundary = new(policyArn, Managed[policyArn]) });

    public ValueTask DeleteRoleAsync(string role, CancellationToken cancellationToken)
    {
        if (Roles.TryGetValue(role, out var state) && !Forgets.Contains("DeleteInline"))
            Assert.True(state.Inline.Count == 0 && state.Attached is not { Count: > 0 });
        return Do("DeleteRole", role, () => Roles.Remove(role));
    }

    public ValueTask<IReadOnlyList<SimulatedDecision>?> SimulateAsync(
        string principalArn, IReadOnlyList<string> actions, string resource, string? resourcePolicy, CancellationToken cancellationToken) => new(Simulate?.Invoke(actions));

    public ValueTask<CloudConnection> AssumeAsync(string roleArn, string sessionName, string? externalId, CancellationToken cancellationToken) => new(Assume!());

    public void Dispose()
    {
    }

    private void Check(string document)
    {
        if (Unknown.FirstOrDefault(action => document.Contains(action, StringComparison.Ordinal)) is { } unknown)
            throw new AuditException(AuditErrors.PolicyInvalid, $"unknown action {unknown}");
    }

    // Services give a list of one back as a text, and other white space.
    private static string Reformat(string document) => " " + document.Replace("{\"AWS\":\"arn:aws:iam::999999999999:root\"}", "{ \"AWS\" : [\"arn:aws:iam::999999999999:root\"] }", StringComparison.Ordinal);

    private ValueTask Change(string call, string role, Func<RoleState, RoleState> change) => Do(call, role, () => Roles[role] = change(Roles[role]));

    private ValueTask Do(string call, string what, Action change)
    {
        Refuse(call);
        Calls.Add(call);
        if (!Forgets.Contains(call))
            change();
        _lagging = Lag;
        Changed?.Invoke(what);
        return ValueTask.CompletedTask;
    }

    private void Refuse(string call)
    {
        if (Refusals.TryGetValue(call, out var error))
            throw new AuditException(error, $"{call} was refused");
    }
}
