using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Asks <see cref="IamConfig"/> where requests go and for which region they are signed.</summary>
internal sealed class IamEndpointResolver : BaseEndpointResolver
{
    protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext) => new();
}

/// <summary>IAM takes Signature Version 4 and nothing else.</summary>
internal sealed class IamAuthResolver : BaseAuthResolverHandler
{
    protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
}

/// <summary>Counts how often a request was sent: whoever created something must know whether an earlier attempt may have done it.</summary>
internal sealed class IamAttempts : PipelineHandler
{
    public override Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        ((IamRequest)executionContext.RequestContext.OriginalRequest).Attempts++;
        return base.InvokeAsync<T>(executionContext);
    }
}
