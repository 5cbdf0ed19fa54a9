using ImmutableAudit.Storage;

namespace ImmutableAudit.Access;

/// <summary>
/// Roles and their policies, as AWS IAM and STS have them. Everything is read back from the endpoint and nothing is
/// remembered. What the endpoint doesn't have throws <c>IdentityCallUnsupported</c>; a missing permission throws
/// <c>AccessDenied</c> and names the action.
/// </summary>
public interface IIdentityService : IDisposable
{
    /// <summary>The place in words, for messages.</summary>
    string Place { get; }

    /// <summary>Whether it is AWS itself.</summary>
    bool IsAws { get; }

    /// <summary>The partition of AWS, which its ARNs name.</summary>
    string Partition { get; }

    /// <summary>The caller's account id; null where the endpoint doesn't tell.</summary>
    ValueTask<string?> AccountAsync(CancellationToken cancellationToken);

    /// <summary>A role with all its policies; null where there is none of that name.</summary>
    ValueTask<RoleState?> ReadRoleAsync(string name, CancellationToken cancellationToken);

    /// <summary>The names of all roles whose path begins so.</summary>
    IAsyncEnumerable<string> ListRolesAsync(string pathPrefix, CancellationToken cancellationToken);

    /// <summary>Makes a role.</summary>
    /// <exception cref="AuditException"><c>RoleNotOurs</c> where one of that name is there already.</exception>
    ValueTask CreateRoleAsync(NewRole role, CancellationToken cancellationToken);

    /// <summary>Replaces who may assume a role.</summary>
    ValueTask PutTrustAsync(string role, string document, CancellationToken cancellationToken);

    /// <summary>Sets the longest session of a role.</summary>
    ValueTask PutMaxSessionAsync(string role, int seconds, CancellationToken cancellationToken);

    /// <summary>Puts or replaces a policy in a role itself.</summary>
    ValueTask PutInlineAsync(string role, string policyName, string document, CancellationToken cancellationToken);

    /// <summary>Takes a policy out of a role. Nothing happens where there is none.</summary>
    ValueTask DeleteInlineAsync(string role, string policyName, CancellationToken cancellationToken);

    /// <summary>Detaches a managed policy from a role. Nothing happens where it isn't attached.</summary>
    ValueTask DetachAsync(string role, string policyArn, CancellationToken cancellationToken);

    /// <summary>Makes a managed policy, or makes the document the default version of the one that is there.</summary>
    /// <returns>Its ARN.</returns>
    ValueTask<string> PutManagedAsync(string path, string name, string document, CancellationToken cancellationToken);

    /// <summary>Deletes a managed policy with all its versions. Nothing happens where there is none.</summary>
    ValueTask DeleteManagedAsync(string policyArn, CancellationToken cancellationToken);

    /// <summary>Sets a role's permissions boundary.</summary>
    ValueTask PutBoundaryAsync(string role, string policyArn, CancellationToken cancellationToken);

    /// <summary>Deletes a role that has no policies any more. Nothing happens where there is none.</summary>
    ValueTask DeleteRoleAsync(string role, CancellationToken cancellationToken);

    /// <summary>Asks the service's own simulator; null where the endpoint has none.</summary>
    /// <param name="principalArn">The role.</param>
    /// <param name="actions">The actions.</param>
    /// <param name="resource">The resource's ARN.</param>
    /// <param name="resourcePolicy">The bucket's policy; null for none. AWS takes one only where the principal is a user, not for a role.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<IReadOnlyList<SimulatedDecision>?> SimulateAsync(
        string principalArn, IReadOnlyList<string> actions, string resource, string? resourcePolicy, CancellationToken cancellationToken);

    /// <summary>Assumes a role.</summary>
    /// <param name="roleArn">The role.</param>
    /// <param name="sessionName">How the session is called in the service's own logs.</param>
    /// <param name="externalId">The external id, where the role's trust demands one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The same connection with the session's credentials, and with what a profile said of region and endpoint.</returns>
    /// <exception cref="AuditException"><c>AccessDenied</c> where the role's trust policy doesn't let these credentials in.</exception>
    ValueTask<CloudConnection> AssumeAsync(string roleArn, string sessionName, string? externalId, CancellationToken cancellationToken);
}
