using System.Globalization;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Aws.Tests;

/// <summary>
/// A writer whose clock isn't the store's, on real servers. No clock is changed: what the server says of its own is, on the way.
/// </summary>
public sealed class WriterClockServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;
    private readonly KeyFile _key;

    public WriterClockServerTests() => _key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);

    [BothServersTheory]
    [InlineData("rgw", 86_400)]
    [InlineData("rgw", -86_400)]
    [InlineData("moto", 86_400)]
    [InlineData("moto", -400)]
    public async Task A_fresh_writer_is_refused_before_its_first_event_is_sent(string server, int seconds)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/log", SealKey = _key }, null, default);
        await using var skewed = new SkewedServer(bucket.Connection.EndpointUrl!, TimeSpan.FromSeconds(seconds));
        await using var store = skewed.Store(bucket.Name, bucket.Connection);
        var failure = await Assert.ThrowsAsync<AuditException>(() => AuditWriter.OpenAsync(store, _key, null, default));
        Assert.Equal(AuditErrors.ClockOff, failure.ErrorId);
        // Ceph checks when a request was signed, and the SDK signs by the clock that an error told it: there it is the
        // server that refuses, with the same id. moto leaves it to us.
        if (server == "moto")
            Assert.Contains(seconds > 0 ? "behind the store's" : "ahead of the store's", failure.Message, StringComparison.Ordinal);
        Assert.Equal(AuditErrors.ClockOff, (await Assert.ThrowsAsync<AuditException>(() => AuditLog.CreateAsync(
            skewed.Store(bucket.Name, bucket.Connection, "other"), new LogPlan { Name = "test/other", SealKey = _key }, null, default))).ErrorId);
        Assert.Equal(0, skewed.Puts);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Within_the_tolerance_it_writes(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/log", SealKey = _key }, null, default);
        await using var skewed = new SkewedServer(bucket.Connection.EndpointUrl!, TimeSpan.FromSeconds(200));
        await using var store = skewed.Store(bucket.Name, bucket.Connection);
        await using (var writer = await AuditWriter.OpenAsync(store, _key, null, default))
            Assert.Equal(1, (await writer.AppendAsync(new AuditEvent { Action = "test:Event" })).Sequence);
        Assert.Equal(ChainResult.Passed, (await ChainVerifier.VerifyAsync(bucket.Store, null, default)).Result);
    }

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, true);
    }

    /// <summary>Passes requests on to a real server as they are, signature and all, and moves the Date of its answers.</summary>
    private sealed class SkewedServer : IAsyncDisposable
    {
        private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
        private readonly FakeServer _server;

        public SkewedServer(Uri endpoint, TimeSpan skew) => _server = new FakeServer(request => Pass(endpoint, skew, request));

        public int Puts => _server.Requests.Count(request => request.Method == "PUT");

        public IObjectStore Store(string bucket, CloudConnection connection, string prefix = "log") =>
            new AwsCloud().OpenStore(LogLocation.Parse($"s3://{bucket}/{prefix}"), connection with { EndpointUrl = _server.Url });

        public async ValueTask DisposeAsync()
        {
            await _server.DisposeAsync();
            _client.Dispose();
        }

        private FakeAnswer Pass(Uri endpoint, TimeSpan skew, FakeRequest request)
        {
            using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(endpoint, request.Target));
            message.Content = new ByteArrayContent(request.Body);
            foreach (var (name, value) in request.Headers)
            {
                // Host is signed, so it stays the one that was asked.
                if (!message.Headers.TryAddWithoutValidation(name, value))
                    message.Content.Headers.TryAddWithoutValidation(name, value);
            }

            using var answer = _client.Send(message);
            using var body = new MemoryStream();
            answer.Content.ReadAsStream().CopyTo(body);
            var headers = answer.Headers.Concat(answer.Content.Headers)
                .Where(header => header.Key is not ("Date" or "Connection" or "Transfer-Encoding" or "Content-Length" or "Keep-Alive"))
                .ToDictionary(header => header.Key, header => string.Join(", ", header.Value));
            headers["Date"] = (DateTimeOffset.UtcNow + skew).ToString("r", CultureInfo.InvariantCulture);
            return new FakeAnswer((int)answer.StatusCode) { Bytes = body.ToArray(), Headers = headers };
        }
    }
}
