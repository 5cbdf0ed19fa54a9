using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests.Access;

/// <summary>
/// The owner's identity service, through which somebody else takes the roles. On Ceph 16.2 a session that the bucket's
/// owner took is the owner to some calls (PutBucketVersioning, PutObjectLockConfiguration), whatever the role says; on
/// AWS it isn't.
/// </summary>
internal sealed class SomebodyElseAssumes(IIdentityService owner, IIdentityService somebody) : IIdentityService
{
    public string Place => owner.Place;

    public bool IsAws => owner.IsAws;

    public string Partition => owner.Partition;

    public ValueTask<string?> AccountAsync(CancellationToken cancellationToken) => owner.AccountAsync(cancellationToken);

    public ValueTask<RoleState?> ReadRoleAsync(string name, CancellationToken cancellationToken) => owner.ReadRoleAsync(name, cancellationToken);

    public IAsyncEnumerable<string> ListRolesAsync(string pathPrefix, CancellationToken cancellationToken) => owner.ListRolesAsync(pathPrefix, cancellationToken);

    public ValueTask CreateRoleAsync(NewRole role, CancellationToken cancellationToken) => owner.CreateRoleAsync(role, cancellationToken);

    public ValueTask PutTrustAsync(string role, string document, CancellationToken cancellationToken) => owner.PutTrustAsync(role, document, cancellationToken);

    public ValueTask PutMaxSessionAsync(string role, int seconds, CancellationToken cancellationToken) => owner.PutMaxSessionAsync(role, seconds, cancellationToken);

    public ValueTask PutInlineAsync(string role, string policyName, string document, CancellationToken cancellationToken) => owner.PutInlineAsync(role, policyName, document, cancellationToken);

    public ValueTask DeleteInlineAsync(string role, string policyName, CancellationToken cancellationToken) => owner.DeleteInlineAsync(role, policyName, cancellationToken);

    public ValueTask DetachAsync(string role, string policyArn, CancellationToken cancellationToken) => owner.DetachAsync(role, policyArn, cancellationToken);

    public ValueTask<string> PutManagedAsync(string path, string name, string document, CancellationToken cancellationToken) => owner.PutManagedAsync(path, name, document, cancellationToken);

    public ValueTask DeleteManagedAsync(string policyArn, CancellationToken cancellationToken) => owner.DeleteManagedAsync(policyArn, cancellationToken);

    public ValueTask PutBoundaryAsync(string role, string policyArn, CancellationToken cancellationToken) => owner.PutBoundaryAsync(role, policyArn, cancellationToken);

    public ValueTask DeleteRoleAsync(string role, CancellationToken cancellationToken) => owner.DeleteRoleAsync(role, cancellationToken);

    public ValueTask<IReadOnlyList<SimulatedDecision>?> SimulateAsync(
        string principalArn, IReadOnlyList<string> actions, string resource, string? resourcePolicy, CancellationToken cancellationToken) =>
        owner.SimulateAsync(principalArn, actions, resource, resourcePolicy, cancellationToken);

    public ValueTask<CloudConnection> AssumeAsync(string roleArn, string sessionName, string? externalId, CancellationToken cancellationToken) =>
        somebody.AssumeAsync(roleArn, sessionName, externalId, cancellationToken);

    public void Dispose()
    {
        owner.Dispose();
        somebody.Dispose();
    }
}
