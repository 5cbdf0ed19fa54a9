using System.Net;
using System.Text.Json;
using ImmutableAudit.Verification;
using ImmutableAudit.Watching;

namespace ImmutableAudit.Core.Tests.Watching;

/// <summary>Alerts sent to a listener on loopback, and to none.</summary>
public sealed class AlertWebhookTests
{
    private const string Secret = "T0P-s3cr3t";

    [Fact]
    public async Task Each_alert_comes_as_JSON_in_order_again_where_the_receiver_failed()
    {
        using var listener = Listen(out var url);
        await using var webhook = new AlertWebhook(url, pause: TimeSpan.FromMilliseconds(1));
        webhook.Send(Alert("one"));
        webhook.Send(Alert("two"));
        var got = new List<string>();
        foreach (var status in new[] { 500, 200, 200 })
        {
            var context = await listener.GetContextAsync();
            using var json = await JsonDocument.ParseAsync(context.Request.InputStream);
            Assert.Equal(("POST", "application/json", "Tampering"), (context.Request.HttpMethod, context.Request.ContentType, json.RootElement.GetProperty("kind").GetString()));
            got.Add(json.RootElement.GetProperty("message").GetString()!);
            context.Response.StatusCode = status;
            context.Response.Close();
        }

        await webhook.FinishAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["one", "one", "two"], got);
        Assert.Empty(webhook.TakeWarnings());
    }

    [Fact]
    public async Task A_refusal_is_a_warning_that_hides_the_path()
    {
        using var listener = Listen(out var url);
        await using var webhook = new AlertWebhook(url);
        webhook.Send(Alert("one"));
        var context = await listener.GetContextAsync();
        context.Response.StatusCode = 302;
        context.Response.RedirectLocation = "http://127.0.0.1:9/";
        context.Response.Close();
        await webhook.FinishAsync(TimeSpan.FromMinutes(1));
        var warning = Assert.Single(webhook.TakeWarnings());
        Assert.Contains("302", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_receiver_holds_nothing_up_and_is_a_warning()
    {
        Uri url;
        using (Listen(out url))
        {
            // Only to find a port where nobody listens.
        }

        await using var webhook = new AlertWebhook(url, pause: TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 3; i++)
            webhook.Send(Alert("x"));
        await webhook.FinishAsync(TimeSpan.FromMinutes(1));
        var warnings = webhook.TakeWarnings().ToList();
        Assert.Equal(3, warnings.Count);
        Assert.All(warnings, warning => Assert.DoesNotContain(Secret, warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://example.com/hook")]
    [InlineData("ftp://127.0.0.1/hook")]
    [InlineData("https://user:T0P-s3cr3t@example.com/hook")]
    [InlineData("/T0P-s3cr3t")]
    public void Other_URLs_are_refused(string url)
    {
        var error = Assert.Throws<AuditException>(() => new AlertWebhook(new Uri(url, UriKind.RelativeOrAbsolute)));
        Assert.Equal(AuditErrors.WebhookInvalid, error.ErrorId);
        Assert.DoesNotContain(Secret, error.Message, StringComparison.Ordinal);
    }

    private static HttpListener Listen(out Uri url)
    {
        for (var attempt = 0; ; attempt++)
        {
            var listener = new HttpListener();
            var port = Random.Shared.Next(20_000, 60_000);
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                url = new Uri($"http://127.0.0.1:{port}/{Secret}?key={Secret}");
                return listener;
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                listener.Close();
            }
        }
    }

    private static AuditAlert Alert(string message) => new()
    {
        Kind = AlertKind.Tampering,
        Severity = FindingSeverity.Failure,
        Time = DateTimeOffset.UnixEpoch,
        Log = "/log",
        Message = message,
        IsCertain = true,
    };
}
