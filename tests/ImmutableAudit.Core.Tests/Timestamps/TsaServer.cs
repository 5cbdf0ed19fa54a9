using System.Net;
using System.Net.Sockets;

namespace ImmutableAudit.Core.Tests.Timestamps;

/// <summary>An HTTP server on loopback that answers one question after another as a test says.</summary>
internal sealed class TsaServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _loop;

    public TsaServer(Func<byte[], HttpListenerResponse, Task> answer)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/tsa");
        }

        _listener.Prefixes.Add($"http://127.0.0.1:{Url.Port}/");
        _listener.Start();
        _loop = RunAsync(answer);
    }

    public Uri Url { get; }

    public int Questions { get; private set; }

    /// <summary>A server that gives these bytes with status 200.</summary>
    public static TsaServer Giving(Func<byte[], byte[]> answer) => new(async (query, response) =>
    {
        response.ContentType = "application/timestamp-reply";
        await response.OutputStream.WriteAsync(answer(query));
    });

    public async ValueTask DisposeAsync()
    {
        _listener.Abort();
        await _loop;
    }

    private async Task RunAsync(Func<byte[], HttpListenerResponse, Task> answer)
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                Questions++;
                using var query = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(query);
                Assert.Equal("application/timestamp-query", context.Request.ContentType);
                await answer(query.ToArray(), context.Response);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                // The client went away, or the test is over.
                if (!_listener.IsListening)
                    return;
            }
        }
    }
}
