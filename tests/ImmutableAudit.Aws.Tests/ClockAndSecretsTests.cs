using System.Globalization;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>The store's clock, and the secrets that no message may hold.</summary>
public sealed class ClockAndSecretsTests
{
    [Theory]
    [InlineData(200, 3600)]
    [InlineData(200, -90)]
    [InlineData(403, 40)]
    [InlineData(500, 7200)]
    public async Task The_offset_comes_from_successes_and_errors_alike(int status, int seconds)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(status)
        {
            Headers = { ["Date"] = DateTimeOffset.UtcNow.AddSeconds(seconds).ToString("r", CultureInfo.InvariantCulture) },
        });
        await using var store = server.Store();
        Assert.Null(store.ClockOffset);
        try
        {
            await store.PutAsync("k", new byte[1], PutCondition.None, null, default);
        }
        catch (AuditException)
        {
            // Only the clock is looked at.
        }

        Assert.InRange(store.ClockOffset!.Value.TotalSeconds, seconds - 1, seconds + 1);
    }

    [Fact]
    public void The_middle_of_the_request_is_what_the_date_is_held_against()
    {
        var clock = new ServerClock();
        var sent = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        clock.Observe(sent.AddSeconds(10), sent, TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(8.5), clock.Offset);
    }

    [Fact]
    public async Task The_newest_answer_counts()
    {
        var seconds = 100;
        await using var server = new FakeServer(_ => new FakeAnswer(200)
        {
            Headers = { ["Date"] = DateTimeOffset.UtcNow.AddSeconds(seconds).ToString("r", CultureInfo.InvariantCulture) },
        });
        await using var store = server.Store();
        await store.PutAsync("k", new byte[1], PutCondition.None, null, default);
        seconds = -100;
        await store.PutAsync("k", new byte[1], PutCondition.None, null, default);
        Assert.InRange(store.ClockOffset!.Value.TotalSeconds, -101, -99);
    }

    [Fact]
    public async Task No_secret_is_in_any_error_even_if_the_endpoint_repeats_it()
    {
        const string Secret = "Very/Secret+KeyVery/Secret+KeyVery/Secret";
        const string Token = "SessionTokenSessionTokenSessionToken==";
        var version = new StoredVersion("k", "v", "", 1, default, false);
        Func<FakeRequest, FakeAnswer>[] answers =
        [
            _ => FakeAnswer.Error(403, "InvalidToken", $"The token {Token} is wrong", $"<Token-0>{Token}</Token-0>"),
            _ => FakeAnswer.Error(403, "AccessDenied", $"{Secret} {Token}"),
            _ => FakeAnswer.Error(400, "Strange", $"{Secret} {Token}"),
            _ => new FakeAnswer(500, $"<html>{Secret} {Token}</html>") { Headers = { ["Content-Type"] = "text/html" } },
            _ => new FakeAnswer(200, $"{Secret} {Token}") { Headers = { ["Content-Type"] = "application/xml" } },
            _ => new FakeAnswer(404, $"<Error><Code>{Token}</Code><Message>{Secret}</Message>") { Headers = { ["Content-Type"] = "application/xml" } },
            _ => FakeAnswer.Lost,
        ];
        foreach (var answer in answers)
        {
            await using var server = new FakeServer(answer);
            var connection = new CloudConnection { EndpointUrl = server.Url, AccessKey = "AKIAFAKEFAKEFAKEFAKE", SecretKey = Secret, SessionToken = Token };
            await using var store = server.Store(connection: connection);
            Func<Task<object?>>[] calls =
            [
                async () => await store.PutAsync("k", new byte[1], PutCondition.None, null, default),
                async () => await store.ReadAsync(version, 1 << 20, default) is var read ? read.Reason : null,
                async () => await store.ReadRetentionAsync(version, default),
                async () => await store.ListAsync("", null, 10, default).CountAsync(),
                async () => await ((ILockableStore)store).ReadLegalHoldAsync(version, default),
                async () => { await ((ILockableStore)store).PutLegalHoldAsync(version, true, default); return null; },
                async () => { await ((ILockableStore)store).PutRetentionAsync(version, new RetentionUntil(RetentionMode.Governance, DateTimeOffset.UtcNow.AddDays(1)), default); return null; },
                async () => await new AwsCloud().CreateBucketAsync(new BucketPlan { Name = "bucket", RetentionDays = 1 }, connection, default) is var report ? string.Join('|', report.Steps) : null,
                async () => await new AwsCloud().OpenKmsKeyAsync("alias/k", connection, default),
            ];
            foreach (var call in calls)
            {
                string text;
                try
                {
                    text = (await call())?.ToString() ?? "";
                }
                catch (AuditException e)
                {
                    text = e.ToString() + e.Target;
                }

                Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
                Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
            }
        }
    }
}
