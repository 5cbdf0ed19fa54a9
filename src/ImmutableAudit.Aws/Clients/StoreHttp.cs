using System.Diagnostics;
using System.Net;
using Amazon.Runtime;

namespace ImmutableAudit.Aws;

/// <summary>
/// The HTTP side of one connection: one pool of sockets under several SDK clients, which differ only in whether
/// answers are taken in whole before the SDK parses them.
/// </summary>
internal sealed class StoreHttp : IDisposable
{
    // A page of a thousand versions is under 2 MiB; no answer that we parse comes near this.
    private const long LargestAnswer = 64L << 20;

    private readonly SocketsHttpHandler _sockets;
    private readonly HttpClient _whole;
    private readonly HttpClient _streamed;

    public StoreHttp(ServerClock clock, AwsTimeouts timeouts)
    {
        _sockets = new SocketsHttpHandler
        {
            ConnectTimeout = timeouts.Connect,
            // What is stored is what must be hashed: never unpack on the way.
            AutomaticDecompression = DecompressionMethods.None,
            // The SDK signs each request for its host; it follows the redirects that it understands itself.
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = 64,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null,
        };
        _whole = Client(new Handler(_sockets, clock, buffer: true), timeouts);
        _streamed = Client(new Handler(_sockets, clock, buffer: false), timeouts);
    }

    /// <summary>For every call but reading objects: timeout and cancellation cover the answer's body as well.</summary>
    public HttpClientFactory Whole => new Factory(_whole);

    /// <summary>For reading objects: the body is left to the reader, who bounds it.</summary>
    public HttpClientFactory Streamed => new Factory(_streamed);

    public void Dispose()
    {
        _whole.Dispose();
        _streamed.Dispose();
        _sockets.Dispose();
    }

    private static HttpClient Client(HttpMessageHandler handler, AwsTimeouts timeouts) =>
        new(handler, disposeHandler: false) { Timeout = timeouts.Request };

    private sealed class Factory(HttpClient client) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => client;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }

    private sealed class Handler(HttpMessageHandler inner, ServerClock clock, bool buffer) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // Ceph leaves the body of a PUT that it refused unread when asked to say "100 Continue" first, and takes
            // those bytes for the connection's next request. Our bodies are small: send them at once.
            request.Headers.ExpectContinue = false;

            var sent = DateTimeOffset.UtcNow;
            var began = Stopwatch.GetTimestamp();
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.Headers.Date is { } date)
                clock.Observe(date, sent, Stopwatch.GetElapsedTime(began));

            // The SDK parses answers with blocking reads that no token reaches; so take them in whole here. A HEAD
            // has no body, and its Content-Length, which speaks of the object, would be held against the limit.
            if (buffer && request.Method != HttpMethod.Head)
            {
                try
                {
                    await response.Content.LoadIntoBufferAsync(LargestAnswer, cancellationToken).ConfigureAwait(false);
                    await CephAnswers.MendAsync(request, response, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    response.Dispose();
                    throw;
                }
            }

            return response;
        }
    }
}
