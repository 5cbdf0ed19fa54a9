using System.Globalization;
using Amazon.Runtime;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Makes, changes and deletes managed policies, with the versions that they are kept in.</summary>
internal sealed class ManagedPolicies(IAmazonIdentityManagementService iam, AwsConnection connection, Func<CancellationToken, Task<string?>> callerArn)
{
    // AWS keeps no more; the next one is refused.
    private const int MostVersions = 5;

    /// <summary>Makes a policy, or gives the one that is there this document.</summary>
    /// <returns>Its ARN.</returns>
    public async Task<string> PutAsync(string path, string name, string document, CancellationToken cancellationToken)
    {
        document = PolicyText.Minify(document);
        var call = new AwsCall(connection, "iam:CreatePolicy", $"policy '{name}'", null);
        var create = new CreatePolicyRequest { Path = path, PolicyName = name, PolicyDocument = document };
        try
        {
            var made = await IdentityCall.AskAsync(call, () => iam.CreatePolicyAsync(create, cancellationToken), cancellationToken).ConfigureAwait(false);
            return made.Policy.Arn;
        }
        catch (AmazonServiceException e) when (AwsErrorCodes.IsEntityThere(e))
        {
            var arn = await ArnAsync(path, name, cancellationToken).ConfigureAwait(false);
            if (arn is null || !await ReplaceAsync(arn, document, cancellationToken).ConfigureAwait(false))
            {
                throw new AuditException(AuditErrors.StoreFailed,
                    $"{connection.Place.Name} has a policy '{name}' already, but not under the path '{path}': {AwsErrors.Words(e, call)}. "
                    + "Delete or rename that one, or use its path.", call.Target);
            }

            return arn;
        }
        catch (AmazonServiceException e)
        {
            throw AwsErrors.Translate(e, call);
        }
    }

    /// <summary>Deletes a policy with all its versions. Nothing happens where there is none.</summary>
    public async Task DeleteAsync(string arn, CancellationToken cancellationToken)
    {
        foreach (var version in await VersionsAsync(arn, cancellationToken).ConfigureAwait(false))
        {
            if (!version.IsDefaultVersion)
                await DeleteVersionAsync(arn, version, cancellationToken).ConfigureAwait(false);
        }

        await IdentityCall.RemoveAsync(
            Call("iam:DeletePolicy", arn), () => iam.DeletePolicyAsync(new DeletePolicyRequest { PolicyArn = arn }, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    // False where there is no policy of that ARN.
    private async Task<bool> ReplaceAsync(string arn, string document, CancellationToken cancellationToken)
    {
        var policy = await GetAsync(arn, cancellationToken).ConfigureAwait(false);
        if (policy is null)
            return false;

        // As it is already: another version would only push an older one out.
        if (await IsAsync(policy.Policy, document, cancellationToken).ConfigureAwait(false))
            return true;

        var versions = await VersionsAsync(arn, cancellationToken).ConfigureAwait(false);
        var oldest = versions.Where(v => !v.IsDefaultVersion).OrderBy(Number).FirstOrDefault();
        if (versions.Count >= MostVersions && oldest is not null)
            await DeleteVersionAsync(arn, oldest, cancellationToken).ConfigureAwait(false);

        var request = new CreatePolicyVersionRequest { PolicyArn = arn, PolicyDocument = document, SetAsDefault = true };
        try
        {
            await IdentityCall.DoAsync(
                Call("iam:CreatePolicyVersion", arn), () => iam.CreatePolicyVersionAsync(request, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (AuditException) when (request.Attempts > 1)
        {
            // An attempt whose answer was lost may have done it, and taken the last place.
            if (await GetAsync(arn, cancellationToken).ConfigureAwait(false) is not { } after
                || !await IsAsync(after.Policy, document, cancellationToken).ConfigureAwait(false))
                throw;
        }

        return true;
    }

    private Task<GetPolicyResponse?> GetAsync(string arn, CancellationToken cancellationToken) => IdentityCall.FindAsync(
        Call("iam:GetPolicy", arn), () => iam.GetPolicyAsync(new GetPolicyRequest { PolicyArn = arn }, cancellationToken), cancellationToken);

    private async Task<bool> IsAsync(Policy policy, string document, CancellationToken cancellationToken)
    {
        var request = new GetPolicyVersionRequest { PolicyArn = policy.Arn, VersionId = policy.DefaultVersionId };
        var now = await IdentityCall.FindAsync(
            Call("iam:GetPolicyVersion", policy.Arn), () => iam.GetPolicyVersionAsync(request, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        return now?.PolicyVersion.Document is { } text && PolicyText.Same(PolicyText.Decode(text), document);
    }

    private async Task<List<PolicyVersion>> VersionsAsync(string arn, CancellationToken cancellationToken)
    {
        var versions = new List<PolicyVersion>();
        var pages = IdentityCall.PagesAsync(
            Call("iam:ListPolicyVersions", arn), new ListPolicyVersionsRequest { PolicyArn = arn },
            request => iam.ListPolicyVersionsAsync(request, cancellationToken), cancellationToken);
        await foreach (var page in pages.ConfigureAwait(false))
            versions.AddRange(page.Versions);
        return versions;
    }

    private Task DeleteVersionAsync(string arn, PolicyVersion version, CancellationToken cancellationToken)
    {
        var request = new DeletePolicyVersionRequest { PolicyArn = arn, VersionId = version.VersionId };
        return IdentityCall.RemoveAsync(
            Call("iam:DeletePolicyVersion", arn), () => iam.DeletePolicyVersionAsync(request, cancellationToken), cancellationToken);
    }

    // The service doesn't find a policy by its name. Its ARN begins as the caller's own does: arn:aws:iam::ACCOUNT:
    private async Task<string?> ArnAsync(string path, string name, CancellationToken cancellationToken) =>
        (await callerArn(cancellationToken).ConfigureAwait(false))?.Split(':') is ["arn", var partition, _, _, { Length: > 0 } account, ..]
            ? $"arn:{partition}:iam::{account}:policy{path}{name}" : null;

    // Versions are numbered v1, v2 … and numbers don't come back: unlike the dates, two are never the same.
    private static int Number(PolicyVersion version) =>
        int.TryParse(version.VersionId.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    private AwsCall Call(string action, string arn) => new(connection, action, $"policy '{arn}'", null);
}
