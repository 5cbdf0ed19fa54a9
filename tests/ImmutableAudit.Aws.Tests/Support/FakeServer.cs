using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>A request as the fake server read it.</summary>
internal sealed record FakeRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Path => Uri.UnescapeDataString(Target.Split('?')[0]);

    /// <summary>The query's values by name, decoded.</summary>
    public IReadOnlyDictionary<string, string> Query { get; } = Target.Split('?').Skip(1).SelectMany(q => q.Split('&'))
        .Select(pair => pair.Split('=', 2)).ToDictionary(p => p[0], p => p.Length > 1 ? Uri.UnescapeDataString(p[1]) : "");

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>What the fake server says, down to the faults.</summary>
internal sealed record FakeAnswer(int Status, string Body = "")
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public byte[]? Bytes { get; init; }

    /// <summary>Close the connection instead of answering.</summary>
    public bool IsLost { get; init; }

    /// <summary>Wait before answering.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Send only so many bytes of the body, then close.</summary>
    public int? BreakAfter { get; init; }

    /// <summary>After so many bytes of the body, fall silent.</summary>
    public int? SilentAfter { get; init; }

    /// <summary>Don't say how long the body is.</summary>
    public bool IsChunked { get; init; }

    public static FakeAnswer Lost { get; } = new(0) { IsLost = true };

    public static FakeAnswer Error(int status, string code, string message = "said the fake", string more = "") =>
        new(status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{WebUtility.HtmlEncode(message)}</Message>{more}<RequestId>REQ1</RequestId></Error>")
        {
            Headers = { ["Content-Type"] = "application/xml" },
        };
}

/// <summary>An HTTP server on loopback that answers as it is told, and keeps what it was asked.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FakeRequest, FakeAnswer> _answer;

    public FakeServer(Func<FakeRequest, FakeAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public ConcurrentQueue<FakeRequest> Requests { get; } = [];

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public CloudConnection Connection => new() { EndpointUrl = Url, AccessKey = "AKIAFAKEFAKEFAKEFAKE", SecretKey = "fakesecretfakesecretfakesecretfakesecret" };

    public IObjectStore Store(AwsTimeouts? timeouts = null, CloudConnection? connection = null) =>
        new AwsCloud(timeouts ?? AwsTimeouts.Default).OpenStore(LogLocation.Parse("s3://bucket/log"), connection ?? Connection);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                client.NoDelay = true; // head and body are written apart
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            while (await ReadAsync(stream) is { } request)
            {
                Requests.Enqueue(request);
                var answer = _answer(request);
                if (answer.Delay > TimeSpan.Zero)
                    await Task.Delay(answer.Delay, _stop.Token);
                if (answer.IsLost || !await WriteAsync(stream, request, answer))
                    return;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The other side has gone.
        }
    }

    private async Task<bool> WriteAsync(NetworkStream stream, FakeRequest request, FakeAnswer answer)
    {
        var body = answer.Bytes ?? Encoding.UTF8.GetBytes(answer.Body);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Fake\r\n");
        foreach (var (name, value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (!answer.Headers.ContainsKey("Content-Length"))
            head.Append(answer.IsChunked ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {body.Length}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        if (request.Method == "HEAD")
            return true;

        if (answer.IsChunked)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), _stop.Token);
            await stream.WriteAsync(body, _stop.Token);
            await stream.WriteAsync("\r\n0\r\n\r\n"u8.ToArray(), _stop.Token);
            return true;
        }

        await stream.WriteAsync(body.AsMemory(0, answer.BreakAfter ?? answer.SilentAfter ?? body.Length), _stop.Token);
        if (answer.SilentAfter is not null)
            await Task.Delay(Timeout.Infinite, _stop.Token);
        return answer.BreakAfter is null;
    }

    private async Task<FakeRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!(head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n'))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            head.Add(one[0]);
        }

        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(h => h[0], h => h.Length > 1 ? h[1] : "", StringComparer.OrdinalIgnoreCase);
        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new FakeRequest(first[0], first[1], headers, body);
    }
}
