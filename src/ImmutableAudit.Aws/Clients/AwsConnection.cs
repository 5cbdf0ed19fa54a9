using Amazon;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;
using Amazon.SecurityToken;
using ImmutableAudit.Aws.Identity;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>
/// One connection to one place: credentials, sockets and clock shared by the SDK clients that are made from it.
/// Opening it makes no request.
/// </summary>
internal sealed class AwsConnection : IDisposable
{
    private readonly StoreHttp _http;

    private AwsConnection(AwsPlace place, LazyCredentials credentials, AwsTimeouts timeouts)
    {
        Place = place;
        Credentials = credentials;
        Timeouts = timeouts;
        _http = new StoreHttp(Clock, timeouts);
    }

    public AwsPlace Place { get; }

    public LazyCredentials Credentials { get; }

    public AwsTimeouts Timeouts { get; }

    public ServerClock Clock { get; } = new();

    /// <summary>Settles credentials and place.</summary>
    /// <param name="connection">What the caller gave.</param>
    /// <param name="service">The service as AWS's environment variables call it: S3, KMS.</param>
    /// <param name="timeouts">How long to wait; null for the usual.</param>
    public static AwsConnection Open(CloudConnection connection, string service, AwsTimeouts? timeouts = null)
    {
        SdkSiblings.Register();
        var profiles = new Profiles(connection);
        var place = AwsPlace.Resolve(connection, profiles.Current, service);
        var credentials = new LazyCredentials(CredentialChain.Choose(connection, profiles, place));
        return new AwsConnection(place, credentials, timeouts ?? AwsTimeouts.Default);
    }

    public AmazonS3Client S3(ClientUse use)
    {
        var config = new AmazonS3Config { ForcePathStyle = !Place.IsAws };
        // Stay in the given region: a bucket elsewhere is an error that names the region, not a detour on each request.
        config.USEast1RegionalEndpointValue = S3UsEast1RegionalEndpointValue.Regional;
        Configure(config, use);
        return new AmazonS3Client(Credentials, config);
    }

    public AmazonKeyManagementServiceClient Kms()
    {
        var config = new AmazonKeyManagementServiceConfig();
        Configure(config, ClientUse.Repeatable);
        return new AmazonKeyManagementServiceClient(Credentials, config);
    }

    public AmazonSecurityTokenServiceClient Sts()
    {
        var config = new AmazonSecurityTokenServiceConfig();
        Configure(config, ClientUse.Repeatable);
        return new AmazonSecurityTokenServiceClient(Credentials, config);
    }

    public IAmazonIdentityManagementService Iam()
    {
        var config = new IamConfig();
        Configure(config, ClientUse.Repeatable);
        return new IamClient(Credentials, config);
    }

    public void Dispose() => _http.Dispose();

    private void Configure(ClientConfig config, ClientUse use)
    {
        config.IgnoreConfiguredEndpointUrls = true; // AwsPlace has followed them already
        if (Place.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = Place.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(Place.Region);
        }

        config.RetryMode = RequestRetryMode.Standard;
        if (use == ClientUse.Once)
            config.MaxErrorRetry = 0;

        // Besides its retries the SDK repeats whatever breaks off or times out on a connection that it takes for stale,
        // ten times by default and whatever MaxErrorRetry says. A put must not be, and for the rest retries are enough.
        config.MaxStaleConnectionRetries = 0;
        config.HttpClientFactory = use == ClientUse.Streamed ? _http.Streamed : _http.Whole;

        // We send a SHA-256 of our own with each object and check every byte that we read; what the SDK would add
        // by default (CRC trailers in chunks) is refused by many S3-compatible servers.
        config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
        config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
    }
}
