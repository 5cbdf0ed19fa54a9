using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Util.Internal;

namespace ImmutableAudit.Aws.Identity;

/// <summary>The settings of the IAM client. IAM is one service for a whole partition, wherever its caller's region is.</summary>
internal sealed class IamConfig : ClientConfig, IEndpointProvider
{
    public IamConfig()
        : base(new Defaults())
    {
        AuthenticationServiceName = "iam";
        EndpointProvider = this;
    }

    public override string ServiceVersion => "2010-05-08";

    public override string RegionEndpointServiceName => "iam";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("ImmutableAudit", typeof(IamConfig).Assembly.GetName().Version!.ToString(3));

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) => ResolveEndpoint(new EndpointParameters());

    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        if (ServiceURL is { Length: > 0 } given)
            return new Endpoint(given);
        var (host, signedFor) = Global(RegionEndpoint);
        return new Endpoint($"https://{host}", $$"""{"authSchemes":[{"name":"sigv4","signingName":"iam","signingRegion":"{{signedFor}}"}]}""", "");
    }

    // AWSSDK.Core knows which partition a region belongs to, but no longer where each service is: that comes with the
    // service's own package.
    internal static (string Host, string SignedFor) Global(RegionEndpoint region) => region.PartitionName switch
    {
        "aws" => ("iam.amazonaws.com", "us-east-1"),
        "aws-cn" => ("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "aws-us-gov" => ("iam.us-gov.amazonaws.com", "us-gov-west-1"),
        "aws-iso" => ("iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        "aws-iso-b" => ("iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        _ => ($"iam.{region.SystemName}.{region.PartitionDnsSuffix}", region.SystemName),
    };

    private sealed class Defaults : IDefaultConfigurationProvider
    {
        public IDefaultConfiguration GetDefaultConfiguration(RegionEndpoint clientRegion, DefaultConfigurationMode? requestedConfigurationMode = null) =>
            new DefaultConfiguration { Name = DefaultConfigurationMode.Standard, RetryMode = RequestRetryMode.Standard };
    }
}
