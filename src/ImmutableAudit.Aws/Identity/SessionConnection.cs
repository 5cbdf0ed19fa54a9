using Amazon.SecurityToken.Model;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Connections with the credentials of an assumed role.</summary>
internal static class SessionConnection
{
    /// <summary>The same connection with the session's credentials in place of its own.</summary>
    public static CloudConnection Of(CloudConnection given, Credentials session)
    {
        var connection = given with
        {
            AccessKey = session.AccessKeyId,
            SecretKey = session.SecretAccessKey,
            SessionToken = session.SessionToken,
            ProfileName = null,
            CredentialSource = null,
        };
        if (given.ProfileName is null)
            return connection;

        // The profile said where to go as well, and goes with its keys: keep what it said.
        var place = AwsPlace.Resolve(given, new Profiles(given).Current, "S3");
        return connection with { Region = place.Region, EndpointUrl = place.Endpoint };
    }
}
