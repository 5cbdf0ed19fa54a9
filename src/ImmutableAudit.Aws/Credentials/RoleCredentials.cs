using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace ImmutableAudit.Aws;

/// <summary>
/// The credentials of a role that a profile assumes with another source's keys, renewed before they end. The SDK has
/// the same; but there the STS client is looked up across load contexts, and can't be handed over with those keys.
/// </summary>
internal sealed class RoleCredentials : RefreshingAWSCredentials
{
    private readonly AWSCredentials _source;
    private readonly AssumeRoleRequest _request;
    private readonly string _region;

    public RoleCredentials(AWSCredentials source, string roleArn, string? sessionName, string? externalId, string region)
    {
        _source = source;
        _region = region;
        _request = new AssumeRoleRequest
        {
            RoleArn = roleArn,
            RoleSessionName = string.IsNullOrEmpty(sessionName) ? "immutableaudit-" + Environment.ProcessId : sessionName,
            ExternalId = externalId,
        };
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        var config = new AmazonSecurityTokenServiceConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(_region) };
        using var sts = new AmazonSecurityTokenServiceClient(_source, config);
        var answer = await sts.AssumeRoleAsync(_request).ConfigureAwait(false);
        var given = answer.Credentials;
        return new CredentialsRefreshState(
            new ImmutableCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken),
            given.Expiration?.ToUniversalTime() ?? DateTime.UtcNow.AddMinutes(15));
    }
}
