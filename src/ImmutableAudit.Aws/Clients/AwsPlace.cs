using Amazon.Runtime.CredentialManagement;
using ImmutableAudit.Access;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Where requests go: to AWS in a region, or to an S3-compatible endpoint.</summary>
/// <param name="Endpoint">The endpoint; null for AWS itself.</param>
/// <param name="Region">The region's system name: where requests go on AWS, and what they are signed for anywhere.</param>
/// <param name="RegionGiven">Whether somebody asked for this region, so that a new bucket should say so.</param>
internal sealed record AwsPlace(Uri? Endpoint, string Region, bool RegionGiven)
{
    // What S3-compatible servers take if nothing else was set up there.
    private const string EndpointsRegion = "us-east-1";

    /// <summary>Whether requests go to AWS itself.</summary>
    public bool IsAws => Endpoint is null;

    /// <summary>The partition that ARNs name there: by the region, since an endpoint of one's own may lead to AWS, too.</summary>
    public string Partition => Partitions.Of(Region);

    /// <summary>The place in words, for messages.</summary>
    public string Name => Endpoint?.ToString() ?? $"AWS ({Region})";

    /// <summary>Settles endpoint and region, without any request.</summary>
    /// <param name="connection">What the caller gave.</param>
    /// <param name="profile">The profile that is in use, if there is one.</param>
    /// <param name="service">The service as AWS's environment variables call it: S3, KMS.</param>
    public static AwsPlace Resolve(CloudConnection connection, CredentialProfile? profile, string service)
    {
        var endpoint = connection.EndpointUrl ?? ConfiguredEndpoint(profile, service);
        if (endpoint is not null && (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")))
        {
            throw new AuditException(AuditErrors.LocationInvalid,
                $"'{endpoint}' isn't an endpoint: give an http:// or https:// URL, for example https://rgw.example.net.", endpoint);
        }

        var region = Given(connection.Region) ?? Given(connection.ProfileName is null ? null : profile?.Region?.SystemName)
            ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? Given(profile?.Region?.SystemName);
        if (region is not null && !IsRegionName(region))
            throw new AuditException(AuditErrors.LocationInvalid, $"'{region}' isn't a region's name. Give one such as eu-central-1.", region);
        if (region is not null)
            return new AwsPlace(endpoint, region, true);
        if (endpoint is not null)
            return new AwsPlace(endpoint, EndpointsRegion, false);

        throw new AuditException(AuditErrors.LocationInvalid,
            "No AWS region is known. Give one with -Region (for example eu-central-1), set AWS_REGION, or put a region into the profile. "
            + "For an S3-compatible server give its URL with -EndpointUrl.");
    }

    // The variables that the SDK itself and the AWS CLI follow; taken here, so that path-style addressing and the
    // other habits for S3-compatible servers go with them.
    private static Uri? ConfiguredEndpoint(CredentialProfile? profile, string service)
    {
        if (string.Equals(Variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true", StringComparison.OrdinalIgnoreCase)
            || profile?.IgnoreConfiguredEndpointUrls == true)
            return null;
        var text = Variable("AWS_ENDPOINT_URL_" + service) ?? Variable("AWS_ENDPOINT_URL") ?? Given(profile?.EndpointUrl);
        if (text is null)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri)
            ? uri
            : throw new AuditException(AuditErrors.LocationInvalid,
                $"The endpoint '{text}' from AWS_ENDPOINT_URL or the profile isn't a URL. Correct it, or give -EndpointUrl.", text);
    }

    private static string? Variable(string name) => Given(Environment.GetEnvironmentVariable(name));

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static bool IsRegionName(string text) => text.Length <= 63 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
