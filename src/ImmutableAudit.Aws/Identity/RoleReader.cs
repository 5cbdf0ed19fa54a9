using ImmutableAudit.Access;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Reads a role with every policy that decides what it may do.</summary>
internal sealed class RoleReader(IAmazonIdentityManagementService iam, AwsConnection connection)
{
    /// <summary>The role; null where there is none of that name.</summary>
    public async Task<RoleState?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        if (await GetAsync(name, cancellationToken).ConfigureAwait(false) is not { } role)
            return null;

        var inline = await InlineAsync(name, cancellationToken).ConfigureAwait(false);
        var (attached, unknown) = await AttachedAsync(name, cancellationToken).ConfigureAwait(false);
        return new RoleState
        {
            Name = role.RoleName,
            Path = role.Path,
            Arn = role.Arn,
            Created = role.CreateDate is { } created ? new DateTimeOffset(created) : null,
            MaxSessionSeconds = role.MaxSessionDuration,
            TrustPolicy = PolicyText.Decode(role.AssumeRolePolicyDocument ?? ""),
            Inline = inline,
            Attached = attached,
            AttachedUnknown = unknown,
            Boundary = role.PermissionsBoundaryArn is { } boundary ? await ManagedAsync(boundary, cancellationToken).ConfigureAwait(false) : null,
        };
    }

    /// <summary>The role by itself, without its policies; null where there is none of that name.</summary>
    public async Task<Role?> GetAsync(string name, CancellationToken cancellationToken) => (await IdentityCall.FindAsync(
        Call("iam:GetRole", name), () => iam.GetRoleAsync(new GetRoleRequest { RoleName = name }, cancellationToken), cancellationToken)
        .ConfigureAwait(false))?.Role;

    private async Task<List<InlinePolicy>> InlineAsync(string role, CancellationToken cancellationToken)
    {
        var policies = new List<InlinePolicy>();
        var pages = IdentityCall.PagesAsync(
            Call("iam:ListRolePolicies", role), new ListRolePoliciesRequest { RoleName = role },
            request => iam.ListRolePoliciesAsync(request, cancellationToken), cancellationToken);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            foreach (var name in page.PolicyNames)
            {
                var request = new GetRolePolicyRequest { RoleName = role, PolicyName = name };
                var answer = await IdentityCall.FindAsync(
                    Call("iam:GetRolePolicy", role), () => iam.GetRolePolicyAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
                if (answer is not null) // else somebody has just taken it out
                    policies.Add(new InlinePolicy(name, PolicyText.Decode(answer.PolicyDocument)));
            }
        }

        return policies;
    }

    private async Task<(List<ManagedPolicy>? Attached, string? Unknown)> AttachedAsync(string role, CancellationToken cancellationToken)
    {
        var call = Call("iam:ListAttachedRolePolicies", role);
        var policies = new List<ManagedPolicy>();
        try
        {
            var pages = IdentityCall.PagesAsync(
                call, new ListAttachedRolePoliciesRequest { RoleName = role },
                request => iam.ListAttachedRolePoliciesAsync(request, cancellationToken), cancellationToken);
            await foreach (var page in pages.ConfigureAwait(false))
            {
                foreach (var arn in page.AttachedPolicyArns)
                    policies.Add(await ManagedAsync(arn, cancellationToken).ConfigureAwait(false));
            }

            return (policies, null);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.IdentityCallUnsupported)
        {
            return (null, null);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.AccessDenied)
        {
            return (null, $"{call.Action} was refused. {AwsErrors.Allow(call)}");
        }
    }

    private async Task<ManagedPolicy> ManagedAsync(string arn, CancellationToken cancellationToken)
    {
        var call = new AwsCall(connection, "iam:GetPolicy", $"policy '{arn}'", null);
        try
        {
            var policy = await IdentityCall.FindAsync(
                call, () => iam.GetPolicyAsync(new GetPolicyRequest { PolicyArn = arn }, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (policy is null)
                return new ManagedPolicy(arn, null, "There is no such policy any more.");

            call = call with { Action = "iam:GetPolicyVersion" };
            var request = new GetPolicyVersionRequest { PolicyArn = arn, VersionId = policy.Policy.DefaultVersionId };
            var version = await IdentityCall.FindAsync(
                call, () => iam.GetPolicyVersionAsync(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            return version?.PolicyVersion.Document is { } document
                ? new ManagedPolicy(arn, PolicyText.Decode(document))
                : new ManagedPolicy(arn, null, "Its default version is just being replaced.");
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.AccessDenied)
        {
            return new ManagedPolicy(arn, null, $"{call.Action} was refused. {AwsErrors.Allow(call)}");
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.IdentityCallUnsupported)
        {
            return new ManagedPolicy(arn, null, e.Message);
        }
    }

    private AwsCall Call(string action, string role) => new(connection, action, $"role '{role}'", null);
}
