using Amazon;
using Amazon.Runtime;
using Amazon.RuntimeDependencies;
using Amazon.SecurityToken;
using Amazon.SSO;
using Amazon.SSOOIDC;

namespace ImmutableAudit.Aws;

/// <summary>
/// Tells AWSSDK.Core which of its sibling assemblies to use. Left alone it looks through all assemblies of the
/// process, finds another module's copy in another load context, and fails on types that look alike and aren't.
/// </summary>
internal static class SdkSiblings
{
    private static int _registered;

    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) != 0)
            return;
        var registry = GlobalRuntimeDependencyRegistry.Instance;
        registry.RegisterSecurityTokenServiceClient(SecurityToken);
        registry.RegisterSSOClient(context =>
            new AmazonSSOClient(new AnonymousAWSCredentials(), With(new AmazonSSOConfig(), context.SSOClientContextData.Region)));
        registry.RegisterSSOOIDCClient(context =>
            new AmazonSSOOIDCClient(new AnonymousAWSCredentials(), With(new AmazonSSOOIDCConfig(), context.SSOOIDCClientContextData.Region)));
    }

    private static object? SecurityToken(CreateInstanceContext context)
    {
        var data = context.SecurityTokenServiceClientContextData;

        // AssumeRole must be signed with the source profile's keys, and this factory isn't told them: RoleCredentials
        // does that instead. For null the SDK goes its own way.
        return data.Action == SecurityTokenServiceClientContext.ActionContext.AssumeRoleAWSCredentials
            ? null
            : new AmazonSecurityTokenServiceClient(new AnonymousAWSCredentials(), With(new AmazonSecurityTokenServiceConfig(), data.Region));
    }

    private static TConfig With<TConfig>(TConfig config, RegionEndpoint region)
        where TConfig : ClientConfig
    {
        config.RegionEndpoint = region;
        return config;
    }
}
