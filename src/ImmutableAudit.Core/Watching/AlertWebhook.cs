using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;

namespace ImmutableAudit.Watching;

/// <summary>
/// Sends alerts to a URL, each as one POST of JSON, in order and behind the watcher's back: a receiver that is slow or dead
/// never holds up the watch. What couldn't be sent is told as a warning.
/// </summary>
public sealed class AlertWebhook : IAsyncDisposable
{
    private const int MostWaiting = 1000;
    private const int Attempts = 3;
    private readonly Channel<byte[]> _waiting;
    private readonly ConcurrentQueue<string> _warnings = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client;
    private readonly Uri _url;
    private readonly TimeSpan _pause;
    private readonly Task _sending;
    private long _dropped;

    /// <summary>Prepares sending; nothing is sent yet.</summary>
    /// <param name="url">Where to: https, or http on loopback.</param>
    /// <param name="timeout">How long one attempt may take; null for 10 s.</param>
    /// <param name="pause">The pause before the second attempt, twice that before the third; null for 1 s.</param>
    /// <exception cref="AuditException"><c>WebhookInvalid</c>.</exception>
    public AlertWebhook(Uri url, TimeSpan? timeout = null, TimeSpan? pause = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)) || url.UserInfo.Length > 0)
            throw new AuditException(AuditErrors.WebhookInvalid, $"Alerts aren't sent to '{(url.IsAbsoluteUri ? Mask(url) : "a relative URL")}': give an https URL, or http on this machine, without a name and password.");
        (_url, _pause) = (url, pause ?? TimeSpan.FromSeconds(1));
        // A redirect would take what the alert says to where nobody meant it to go.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = timeout ?? TimeSpan.FromSeconds(10) };
        _waiting = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
        _sending = Task.Run(SendAllAsync);
    }

    /// <summary>The URL as it may be shown: paths and queries of such URLs are often secrets.</summary>
    /// <param name="url">The whole URL.</param>
    public static string Mask(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.PathAndQuery is "/" or "" ? url.GetLeftPart(UriPartial.Scheme) + url.Authority : $"{url.GetLeftPart(UriPartial.Scheme)}{url.Authority}/***";
    }

    /// <summary>Takes an alert to be sent, and returns at once.</summary>
    /// <param name="alert">The alert.</param>
    public void Send(AuditAlert alert)
    {
        ArgumentNullException.ThrowIfNull(alert);
        _waiting.Writer.TryWrite(ToJson(alert));
    }

    /// <summary>What couldn't be sent since the last time, for a person.</summary>
    public IEnumerable<string> TakeWarnings()
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            yield return $"{dropped:N0} alerts were not sent to {Mask(_url)}: more came than it takes. They were shown here.";
        while (_warnings.TryDequeue(out var warning))
            yield return warning;
    }

    /// <summary>Waits until everything is sent or given up.</summary>
    /// <param name="longest">No longer than that.</param>
    public async Task FinishAsync(TimeSpan longest)
    {
        _waiting.Writer.TryComplete();
        if (await Task.WhenAny(_sending, Task.Delay(longest)).ConfigureAwait(false) != _sending)
            _warnings.Enqueue($"Not all alerts were sent to {Mask(_url)} before the watch ended.");
    }

    /// <summary>Gives up what isn't sent yet.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }

    /// <summary>An alert as a JSON object, UTF-8; members as in <see cref="AuditAlert"/>, in camel case, those that are null left out.</summary>
    /// <param name="alert">The alert.</param>
    public static byte[] ToJson(AuditAlert alert)
    {
        ArgumentNullException.ThrowIfNull(alert);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kind", alert.Kind.ToString());
            json.WriteString("severity", alert.Severity.ToString());
            json.WriteString("time", alert.Time.UtcDateTime);
            json.WriteString("log", alert.Log);
            json.WriteString("message", alert.Message);
            json.WriteBoolean("isCertain", alert.IsCertain);
            Text("finding", alert.Finding?.ToString());
            Number("sequence", alert.Sequence);
            Number("lastSequence", alert.LastSequence);
            Text("segment", alert.Segment);
            Text("versionId", alert.VersionId);
            Text("actor", alert.Actor);
            Text("resource", alert.Resource);
            json.WriteEndObject();

            void Text(string name, string? value)
            {
                if (value is not null)
                    json.WriteString(name, value);
            }

            void Number(string name, long? value)
            {
                if (value is { } number)
                    json.WriteNumber(name, number);
            }
        }

        return buffer.ToArray();
    }

    private async Task SendAllAsync()
    {
        await foreach (var body in _waiting.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
        {
            for (var attempt = 1; ; attempt++)
            {
                var (failure, isFinal) = await TrySendAsync(body).ConfigureAwait(false);
                if (failure is null)
                    break;
                if (isFinal || attempt == Attempts)
                {
                    _warnings.Enqueue($"An alert couldn't be sent to {Mask(_url)}: {failure}. It was shown here.");
                    break;
                }

                await Task.Delay(_pause * attempt, _stop.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task<(string? Failure, bool IsFinal)> TrySendAsync(byte[] body)
    {
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = content };
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode)
                return (null, true);
            return ($"it answered {(int)answer.StatusCode}", answer.StatusCode is < HttpStatusCode.InternalServerError and not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout));
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            return ($"no answer within {_client.Timeout.TotalSeconds:0.#} s", false);
        }
        catch (HttpRequestException e)
        {
            // The exception's own words can hold the URL.
            return ($"{e.HttpRequestError}", false);
        }
    }
}
