using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using Amazon.Runtime;
using ImmutableAudit.Aws.Identity;

namespace ImmutableAudit.Aws;

/// <summary>
/// The one place where the SDK's exceptions become ours: a stable id, what was wrong, and what to do about it.
/// No secret gets through: the texts of others are searched for the secrets in use.
/// </summary>
internal static class AwsErrors
{
    private const int LongestQuote = 400;

    /// <summary>Whether the exception is one of those that this class translates.</summary>
    public static bool IsOurs(Exception e) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or SocketException
            or TimeoutException or AuthenticationException or OperationCanceledException or XmlException || IsOtherPage(e);

    /// <summary>Whether the answer came and can't be understood: what it was meant to say is unknown.</summary>
    public static bool IsGarbled(Exception e) =>
        e is XmlException || IsOtherPage(e) || e is AmazonServiceException { StatusCode: >= (HttpStatusCode)200 and < (HttpStatusCode)300 };

    // An error whose body isn't XML, such as a proxy's page: the SDK reads it twice, and trips over that.
    private static bool IsOtherPage(Exception e) => e is ObjectDisposedException { ObjectName: "HttpWebResponseBody" };

    /// <summary>Whether no answer came: nobody knows what the store did.</summary>
    public static bool IsLostAnswer(Exception e) =>
        e is HttpRequestException or IOException or SocketException or TimeoutException or AuthenticationException or OperationCanceledException
            or AmazonServiceException { StatusCode: 0 };

    /// <summary>Whether it is the store's answer about the one thing asked for, and doesn't put the whole connection in question.</summary>
    public static bool IsAboutThis(AmazonServiceException e) => !IsLostAnswer(e) && !IsGarbled(e) && !AwsErrorCodes.IsWhole(e);

    /// <summary>Translates an exception. Cancellation by the caller is not for this method.</summary>
    /// <param name="e">What the SDK threw.</param>
    /// <param name="call">What was asked.</param>
    public static AuditException Translate(Exception e, AwsCall call) => e switch
    {
        AuditException known => known,
        _ when IsGarbled(e) => Garbled(e, call),
        AmazonServiceException { StatusCode: not 0 } service => FromAnswer(service, call),
        _ when IsLostAnswer(e) => Unreachable(e, call),
        _ => Create(AuditErrors.StoreFailed, $"{call.Action} on {call.Target} failed: {Quote(e.Message, call)}.", e, call),
    };

    /// <summary>The endpoint's own words, fit for one line, with nothing secret in it.</summary>
    public static string Words(AmazonServiceException e, AwsCall call)
    {
        var code = string.IsNullOrEmpty(e.ErrorCode) ? "" : Quote(e.ErrorCode, call) + " ";
        var said = Quote(e.Message, call);
        var id = string.IsNullOrEmpty(e.RequestId) ? "" : $", request {Quote(e.RequestId, call)}";
        return $"{code}(HTTP {(int)e.StatusCode}{id}){(said.Length == 0 ? "" : ": " + said)}";
    }

    /// <summary>What to do where a permission is missing.</summary>
    public static string Allow(AwsCall call) => $"Allow {call.Action} on {call.Target} to these credentials, and check for a Deny."
        + (call.Connection.Place.IsAws ? "" : " Ceph says the same of a wrong access key or secret: check those, too.");

    private static AuditException FromAnswer(AmazonServiceException e, AwsCall call)
    {
        var said = Words(e, call);
        var place = call.Connection.Place;
        if (AwsErrorCodes.IsClock(e))
        {
            return Create(AuditErrors.ClockOff,
                $"{place.Name} refused {call.Action}, because this machine's clock is too far off: {said}. Set the clock.", e, call);
        }

        if (AwsErrorCodes.IsRegion(e))
        {
            var right = AwsErrorCodes.RightRegion(e);
            var cure = right is null
                ? $"Give {(call.IsIdentity ? "another" : "the bucket's own")} region with -Region."
                : $"It is in '{Quote(right, call)}': give -Region {Quote(right, call)}.";
            return Create(AuditErrors.RegionMismatch,
                $"{call.Bucket ?? call.Target} isn't to be reached in region '{place.Region}'. {cure} {place.Name} said: {said}.", e, call);
        }

        if (AwsErrorCodes.IsCredentials(e))
        {
            return Create(AuditErrors.CredentialsInvalid,
                $"{place.Name} doesn't accept these credentials: {said}. Check the access key and its secret, or sign in again if they are temporary.", e, call);
        }

        if (AwsErrorCodes.IsNoBucket(e))
        {
            return Create(AuditErrors.BucketNotFound,
                $"There is no bucket '{call.Bucket}' at {place.Name}. Check the name and -Region or -EndpointUrl, or create it with New-AuditBucket.", e, call);
        }

        if (call.IsIdentity && IdentityErrors.Explain(e, call, said) is { } known)
            return Create(known.Id, known.Message, e, call);
        if (AwsErrorCodes.IsDenied(e))
            return Create(AuditErrors.AccessDenied, $"{place.Name} refused {call.Action} on {call.Target}: {said}. {Allow(call)}", e, call);
        if (AwsErrorCodes.IsUnknownCall(e))
        {
            return Create(AuditErrors.StoreUnsuitable,
                $"{place.Name} doesn't know {call.Action} as it is needed on {call.Target}: {said}. Use a store with S3 versioning and Object Lock.", e, call);
        }

        return AwsErrorCodes.IsServers(e)
            ? Create(AuditErrors.StoreFailed, $"{place.Name} failed at {call.Action} on {call.Target}: {said}. Try again later.", e, call)
            : Create(AuditErrors.StoreFailed, $"{place.Name} refused {call.Action} on {call.Target}: {said}.", e, call);
    }

    private static AuditException Garbled(Exception e, AwsCall call) => Create(AuditErrors.StoreFailed,
        $"{call.Connection.Place.Name} gave an answer to {call.Action} that can't be understood: {(IsOtherPage(e) ? "an error that isn't XML" : Quote(e.Message, call))}. "
        + $"Check -EndpointUrl: it may not be {(call.IsIdentity ? "one for IAM and STS" : "an S3 endpoint")}, or a proxy may have answered.", e, call);

    private static AuditException Unreachable(Exception e, AwsCall call)
    {
        var place = call.Connection.Place;
        var cure = place.IsAws ? "Check the network, the proxy and -Region." : "Check -EndpointUrl (scheme, host, port), the network and the proxy.";
        return Create(AuditErrors.StoreUnreachable, $"{place.Name} can't be reached for {call.Action} on {call.Target}: {Cause(e, call)}. {cure}", e, call);
    }

    private static string Cause(Exception e, AwsCall call)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case AuthenticationException:
                    return $"its TLS certificate isn't trusted or TLS failed ({Quote(inner.Message, call)})";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return "nothing listens there (connection refused)";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return "its name isn't known (DNS)";
                case TimeoutException or OperationCanceledException:
                    return "it didn't answer in time";
            }
        }

        return Quote(e.Message, call);
    }

    private static AuditException Create(string id, string message, Exception e, AwsCall call)
    {
        // The cause underneath helps whoever debugs; but it is others' text, and goes only if nothing secret is in it.
        var text = e.ToString();
        var scrub = call.Connection.Credentials.Scrub;
        return new AuditException(id, scrub(message), call.Target, scrub(text) == text ? e : null);
    }

    private static string Quote(string? text, AwsCall call)
    {
        var clean = call.Connection.Credentials.Scrub(text ?? "").Trim();
        clean = string.Concat(clean.Select(c => char.IsControl(c) ? ' ' : c)).TrimEnd('.');
        return clean.Length <= LongestQuote ? clean : clean[..LongestQuote] + "…";
    }
}
