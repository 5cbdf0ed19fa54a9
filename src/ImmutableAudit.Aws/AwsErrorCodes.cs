using System.Net;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace ImmutableAudit.Aws;

/// <summary>What the error codes of S3, IAM, STS and KMS mean, and what an error answer tells besides.</summary>
internal static partial class AwsErrorCodes
{
    private static readonly HashSet<string> Credentials = new(StringComparer.Ordinal)
    {
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired",
        "InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException", "MissingAuthenticationToken",
        "MissingAuthenticationTokenException", "IncompleteSignature", "IncompleteSignatureException", "MissingSecurityHeader",
        "InvalidSecurity", "NotSignedUp", "CredentialsNotSupported", "AuthFailure",
    };

    private static readonly HashSet<string> Clock = new(StringComparer.Ordinal) { "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture" };

    private static readonly HashSet<string> Region = new(StringComparer.Ordinal)
    {
        "PermanentRedirect", "TemporaryRedirect", "Redirect", "IllegalLocationConstraintException", "InvalidLocationConstraint",
        "InvalidRegion", "IncorrectEndpoint",
    };

    private static readonly HashSet<string> Denied = new(StringComparer.Ordinal)
    {
        "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AccountProblem", "UnauthorizedAccess", "UnauthorizedOperation", "Forbidden",
    };

    public static bool IsCredentials(AmazonServiceException e) =>
        Credentials.Contains(e.ErrorCode ?? "") || (e.ErrorCode == "AuthorizationHeaderMalformed" && !IsRegion(e))
        || e.StatusCode == HttpStatusCode.Unauthorized;

    public static bool IsClock(AmazonServiceException e) => Clock.Contains(e.ErrorCode ?? "");

    /// <summary>Whether the bucket or the signature belongs to another region.</summary>
    public static bool IsRegion(AmazonServiceException e) =>
        Region.Contains(e.ErrorCode ?? "") || e.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.PermanentRedirect
        || (e.ErrorCode == "AuthorizationHeaderMalformed" && ExpectedRegion().IsMatch(e.Message));

    public static bool IsDenied(AmazonServiceException e) => Denied.Contains(e.ErrorCode ?? "") || e.StatusCode == HttpStatusCode.Forbidden;

    public static bool IsNoBucket(AmazonServiceException e) => e.ErrorCode == "NoSuchBucket";

    /// <summary>Whether the server failed or asked for patience: it says nothing about the request itself.</summary>
    public static bool IsServers(AmazonServiceException e) =>
        (int)e.StatusCode >= 500 || e.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        || e.ErrorCode is "RequestTimeout" or "SlowDown" or "InternalError" or "ServiceUnavailable";

    /// <summary>Whether the endpoint doesn't know the call at all.</summary>
    public static bool IsUnknownCall(AmazonServiceException e) =>
        e.StatusCode is HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed || e.ErrorCode is "NotImplemented" or "MethodNotAllowed" or "InvalidAction";

    /// <summary>Whether IAM says that there is no such role or policy.</summary>
    public static bool IsNoEntity(Exception e) => e is AmazonServiceException { ErrorCode: "NoSuchEntity" };

    /// <summary>Whether IAM says that there is one of that name already.</summary>
    public static bool IsEntityThere(Exception e) => e is AmazonServiceException { ErrorCode: "EntityAlreadyExists" };

    /// <summary>Whether the error says that the whole connection is wrong, not this one object.</summary>
    public static bool IsWhole(AmazonServiceException e) => IsCredentials(e) || IsClock(e) || IsRegion(e) || IsNoBucket(e);

    /// <summary>The region that the answer names as the right one; null if it names none.</summary>
    public static string? RightRegion(AmazonServiceException e)
    {
        var header = e.InnerException is HttpErrorResponseException { Response: { } answer } && answer.IsHeaderPresent("x-amz-bucket-region")
            ? answer.GetHeaderValue("x-amz-bucket-region") : null;
        if (!string.IsNullOrEmpty(header))
            return header;
        return ExpectedRegion().Match(e.Message) is { Success: true } match ? match.Groups[1].Value : null;
    }

    [GeneratedRegex("expecting '([a-zA-Z0-9-]+)'")]
    private static partial Regex ExpectedRegion();
}
