using System.Net;
using System.Net.Http.Headers;

namespace ImmutableAudit.Timestamps;

/// <summary>Asks a timestamping authority over HTTP (RFC 3161, 3.4): one POST, a bounded answer, in bounded time, from nowhere else.</summary>
internal static class TsaClient
{
    private const int MaxAnswerBytes = 1024 * 1024;

    /// <summary>Refuses addresses that can't be asked, before anything else is done.</summary>
    /// <exception cref="AuditException"><c>LocationInvalid</c>.</exception>
    public static void Check(Uri url)
    {
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
            throw new AuditException(AuditErrors.LocationInvalid, "A timestamping authority's address is an http or https URL without a user name or password in it.", url.IsAbsoluteUri ? Name(url) : null);
    }

    /// <summary>The address as messages show it: what stands behind a question mark may be a secret.</summary>
    public static string Name(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Sends a query.</summary>
    /// <param name="url">The authority's address.</param>
    /// <param name="query">The query, DER.</param>
    /// <param name="patience">How long all of it may take.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The answer, which nobody has looked at.</returns>
    /// <exception cref="AuditException"><c>TsaUnreachable</c>, <c>TimestampRefused</c>, <c>TimestampInvalid</c>.</exception>
    public static async Task<byte[]> AskAsync(Uri url, byte[] query, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxResponseHeadersLength = 64 };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(query) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/timestamp-reply"));
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.OK)
                throw Refused(url, answer);
            return await BodyAsync(url, answer.Content, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new AuditException(AuditErrors.TsaUnreachable, $"The timestamping authority at {Name(url)} couldn't be asked: {e.Message} Nothing was stored; try again, or use another.", Name(url), e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AuditException(AuditErrors.TsaUnreachable, $"The timestamping authority at {Name(url)} didn't answer within {patience.TotalSeconds:N0} s. Nothing was stored; try again, or use another.", Name(url), e);
        }
    }

    private static async Task<byte[]> BodyAsync(Uri url, HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > MaxAnswerBytes)
            throw TooLarge(url);
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (body.Length + read > MaxAnswerBytes)
                    throw TooLarge(url);
                body.Write(buffer, 0, read);
            }

            return body.ToArray();
        }
    }

    private static AuditException TooLarge(Uri url) => new(
        AuditErrors.TimestampInvalid, $"The answer of {Name(url)} is larger than 1 MiB, which no timestamp is. Nothing was stored. Find out what answers there.", Name(url));

    private static AuditException Refused(Uri url, HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        var leads = status is >= 300 and < 400 && answer.Headers.Location is { } location
            ? $" It points to {Name(new Uri(url, location))}: if you trust that, give it instead." : "";
        return new AuditException(AuditErrors.TimestampRefused, $"The timestamping authority at {Name(url)} answered with HTTP status {status} and not with a timestamp.{leads} Nothing was stored.", Name(url));
    }
}
