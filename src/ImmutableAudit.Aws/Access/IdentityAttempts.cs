using ImmutableAudit.Access;

namespace ImmutableAudit.Aws;

/// <summary>Tries to become more by way of IAM. What succeeds changes nothing, or is taken back.</summary>
internal sealed class IdentityAttempts(IIdentityService owner, IIdentityService session, RoleState role, string nothing, Attempts attempts)
{
    private const string ProbeName = "immutable-audit-proof";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // A policy that denies something that doesn't exist.
        var harmless = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"{{nothing}}"}]}""";
        await attempts.TryAsync("iam:PutRolePolicy", "give itself a policy",
            () => session.PutInlineAsync(role.Name, ProbeName, harmless, CancellationToken.None).AsTask(),
            () => owner.DeleteInlineAsync(role.Name, ProbeName, CancellationToken.None).AsTask()).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await attempts.TryAsync("iam:UpdateAssumeRolePolicy", "decide who may assume it",
            () => session.PutTrustAsync(role.Name, role.TrustPolicy, CancellationToken.None).AsTask()).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var name = $"{ProbeName}-{Guid.NewGuid():N}"[..48];
        await attempts.TryAsync("iam:CreateRole", "make another role",
            () => session.CreateRoleAsync(new NewRole(name, "/immutableaudit/proof/", role.TrustPolicy, null, null, null), CancellationToken.None).AsTask(),
            () => owner.DeleteRoleAsync(name, CancellationToken.None).AsTask()).ConfigureAwait(false);
    }
}
