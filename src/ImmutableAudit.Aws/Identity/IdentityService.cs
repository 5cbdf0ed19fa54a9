using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Roles and policies in AWS IAM, or in what a server has of it.</summary>
internal sealed class IdentityService : IIdentityService
{
    private readonly CloudConnection _given;
    private readonly AwsConnection _connection;
    private readonly AwsConnection _stsConnection;
    private readonly IAmazonIdentityManagementService _iam;
    private readonly AmazonSecurityTokenServiceClient _sts;
    private readonly RoleReader _reader;
    private readonly ManagedPolicies _managed;

    private IdentityService(CloudConnection given, AwsConnection connection, AwsConnection stsConnection)
    {
        _given = given;
        _connection = connection;
        _stsConnection = stsConnection;
        _iam = connection.Iam();
        _sts = stsConnection.Sts();
        _reader = new RoleReader(_iam, connection);
        _managed = new ManagedPolicies(_iam, connection, async token => (await CallerAsync(token).ConfigureAwait(false))?.Arn);
    }

    public string Place => _connection.Place.Name;

    public bool IsAws => _connection.Place.IsAws;

    public string Partition => _connection.Place.Partition;

    /// <summary>The client underneath, for what the port doesn't have.</summary>
    internal IAmazonIdentityManagementService Client => _iam;

    /// <summary>Opens it. Makes no request.</summary>
    public static IdentityService Open(CloudConnection connection, AwsTimeouts timeouts)
    {
        // IAM and STS may each have an address of their own (AWS_ENDPOINT_URL_STS).
        var iam = AwsConnection.Open(connection, "IAM", timeouts);
        try
        {
            return new IdentityService(connection, iam, AwsConnection.Open(connection, "STS", timeouts));
        }
        catch
        {
            iam.Dispose();
            throw;
        }
    }

    public async ValueTask<string?> AccountAsync(CancellationToken cancellationToken) =>
        (await CallerAsync(cancellationToken).ConfigureAwait(false))?.Account is { Length: > 0 } account ? account : null;

    public async ValueTask<RoleState?> ReadRoleAsync(string name, CancellationToken cancellationToken) =>
        await _reader.ReadAsync(name, cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<string> ListRolesAsync(string pathPrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pages = IdentityCall.PagesAsync(
            new AwsCall(_connection, "iam:ListRoles", $"roles under '{pathPrefix}'", null), new ListRolesRequest { PathPrefix = pathPrefix },
            request => _iam.ListRolesAsync(request, cancellationToken), cancellationToken);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var role in page.Roles)
                yield return role.RoleName;
        }
    }

    public async ValueTask CreateRoleAsync(NewRole role, CancellationToken cancellationToken)
    {
        var call = Call("iam:CreateRole", role.Name);
        var request = new CreateRoleRequest
        {
            RoleName = role.Name,
            Path = role.Path,
            AssumeRolePolicyDocument = PolicyText.Minify(role.TrustPolicy),
            Description = role.Description,
            MaxSessionDuration = role.MaxSessionSeconds,
            PermissionsBoundary = role.BoundaryArn,
        };
        try
        {
            await IdentityCall.AskAsync(call, async () =>
            {
                await _iam.CreateRoleAsync(request, cancellationToken).ConfigureAwait(false);
                return role;
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonServiceException e) when (AwsErrorCodes.IsEntityThere(e))
        {
            // An attempt whose answer was lost may have made it.
            if (request.Attempts > 1 && await IsAsAskedAsync(role, cancellationToken).ConfigureAwait(false))
                return;
            throw new AuditException(AuditErrors.RoleNotOurs,
                $"{Place} has a role '{role.Name}' already, so none was made: {AwsErrors.Words(e, call)}. Choose another name.", call.Target);
        }
        catch (AmazonServiceException e)
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    public ValueTask PutTrustAsync(string role, string document, CancellationToken cancellationToken)
    {
        var request = new UpdateAssumeRolePolicyRequest { RoleName = role, PolicyDocument = PolicyText.Minify(document) };
        return DoAsync("iam:UpdateAssumeRolePolicy", role, () => _iam.UpdateAssumeRolePolicyAsync(request, cancellationToken), cancellationToken);
    }

    public ValueTask PutMaxSessionAsync(string role, int seconds, CancellationToken cancellationToken)
    {
        var request = new UpdateRoleRequest { RoleName = role, MaxSessionDuration = seconds };
        return DoAsync("iam:UpdateRole", role, () => _iam.UpdateRoleAsync(request, cancellationToken), cancellationToken);
    }

    public ValueTask PutInlineAsync(string role, string policyName, string document, CancellationToken cancellationToken)
    {
        var request = new PutRolePolicyRequest { RoleName = role, PolicyName = policyName, PolicyDocument = PolicyText.Minify(document) };
        return DoAsync("iam:PutRolePolicy", role, () => _iam.PutRolePolicyAsync(request, cancellationToken), cancellationToken);
    }

    public ValueTask DeleteInlineAsync(string role, string policyName, CancellationToken cancellationToken)
    {
        var request = new DeleteRolePolicyRequest { RoleName = role, PolicyName = policyName };
        return RemoveAsync("iam:DeleteRolePolicy", role, () => _iam.DeleteRolePolicyAsync(request, cancellationToken), cancellationToken);
    }

    public ValueTask DetachAsync(string role, string policyArn, CancellationToken cancellationToken)
    {
        var request = new DetachRolePolicyRequest { RoleName = role, PolicyArn = policyArn };
        return RemoveAsync("iam:DetachRolePolicy", role, () => _iam.DetachRolePolicyAsync(request, cancellationToken), cancellationToken);
    }

    public async ValueTask<string> PutManagedAsync(string path, string name, string document, CancellationToken cancellationToken) =>
        await _managed.PutAsync(path, name, document, cancellationToken).ConfigureAwait(false);

    public async ValueTask DeleteManagedAsync(string policyArn, CancellationToken cancellationToken) =>
        await _managed.DeleteAsync(policyArn, cancellationToken).ConfigureAwait(false);

    public ValueTask PutBoundaryAsync(string role, string policyArn, CancellationToken cancellationToken)
    {
        var request = new PutRolePermissionsBoundaryRequest { RoleName = role, PermissionsBoundary = policyArn };
        return DoAsync("iam:PutRolePermissionsBoundary", role, () => _iam.PutRolePermissionsBoundaryAsync(request, cancellationToken), cancellationToken);
    }

    public ValueTask DeleteRoleAsync(string role, CancellationToken cancellationToken) => RemoveAsync(
        "iam:DeleteRole", role, () => _iam.DeleteRoleAsync(new DeleteRoleRequest { RoleName = role }, cancellationToken), cancellationToken);

    public async ValueTask<IReadOnlyList<SimulatedDecision>?> SimulateAsync(
        string principalArn, IReadOnlyList<string> actions, string resource, string? resourcePolicy, CancellationToken cancellationToken)
    {
        var call = new AwsCall(_connection, "iam:SimulatePrincipalPolicy", $"'{principalArn}'", null);
        var request = new SimulatePrincipalPolicyRequest
        {
            PolicySourceArn = principalArn,
            ActionNames = actions,
            ResourceArns = [resource],
            ResourcePolicy = resourcePolicy is null ? null : PolicyText.Minify(resourcePolicy),
        };
        var decisions = new List<SimulatedDecision>();
        try
        {
            var pages = IdentityCall.PagesAsync(call, request, r => SimulatePageAsync(r, cancellationToken), cancellationToken);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                decisions.AddRange(page.EvaluationResults.Select(
                    r => new SimulatedDecision(r.EvalActionName, r.EvalResourceName, r.EvalDecision, r.MissingContextValues)));
            }

            return decisions.Count > 0
                ? decisions
                : throw new AuditException(AuditErrors.RoleNotFound, $"{Place} has no {call.Target} to ask {call.Action} about. Check the ARN.", call.Target);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.IdentityCallUnsupported)
        {
            return null;
        }
    }

    public async ValueTask<CloudConnection> AssumeAsync(string roleArn, string sessionName, string? externalId, CancellationToken cancellationToken)
    {
        var call = new AwsCall(_stsConnection, "sts:AssumeRole", $"role '{roleArn}'", null);
        var request = new AssumeRoleRequest { RoleArn = roleArn, RoleSessionName = sessionName, ExternalId = externalId };
        try
        {
            var answer = await IdentityCall.AskAsync(call, () => _sts.AssumeRoleAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            return SessionConnection.Of(_given, answer.Credentials);
        }
        catch (AmazonServiceException e)
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    public void Dispose()
    {
        _iam.Dispose();
        _sts.Dispose();
        _connection.Dispose();
        _stsConnection.Dispose();
    }

    private async Task<GetCallerIdentityResponse?> CallerAsync(CancellationToken cancellationToken)
    {
        var call = new AwsCall(_stsConnection, "sts:GetCallerIdentity", "the caller", null);
        try
        {
            return await IdentityCall.FindAsync(
                call, () => _sts.GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.IdentityCallUnsupported)
        {
            return null;
        }
    }

    private async Task<SimulatePrincipalPolicyResponse> SimulatePageAsync(SimulatePrincipalPolicyRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await _iam.SimulatePrincipalPolicyAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonServiceException e) when (!IsAws && e.StatusCode == HttpStatusCode.InternalServerError && string.IsNullOrEmpty(e.ErrorCode))
        {
            // So moto answers every call that it doesn't have. Of other calls that can't be taken for "unknown": a list of
            // policies that failed isn't an empty one.
            throw new AuditException(AuditErrors.IdentityCallUnsupported, $"{Place} has no simulator.");
        }
    }

    private async Task<bool> IsAsAskedAsync(NewRole asked, CancellationToken cancellationToken) =>
        await _reader.GetAsync(asked.Name, cancellationToken).ConfigureAwait(false) is { } found
        && found.Path == asked.Path
        && found.PermissionsBoundaryArn == asked.BoundaryArn
        && (asked.MaxSessionSeconds is null || found.MaxSessionDuration is null || asked.MaxSessionSeconds == found.MaxSessionDuration)
        && PolicyText.Same(PolicyText.Decode(found.AssumeRolePolicyDocument ?? ""), asked.TrustPolicy);

    private AwsCall Call(string action, string role) => new(_connection, action, $"role '{role}'", null);

    private async ValueTask DoAsync(string action, string role, Func<Task> ask, CancellationToken cancellationToken) =>
        await IdentityCall.DoAsync(Call(action, role), ask, cancellationToken).ConfigureAwait(false);

    private async ValueTask RemoveAsync(string action, string role, Func<Task> ask, CancellationToken cancellationToken) =>
        await IdentityCall.RemoveAsync(Call(action, role), ask, cancellationToken).ConfigureAwait(false);
}
