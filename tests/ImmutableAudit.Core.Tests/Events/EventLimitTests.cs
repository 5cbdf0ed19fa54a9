using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>What a batch takes, what it refuses, and that a refused event leaves no trace.</summary>
public class EventLimitTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 21, 20, 38, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_largest_event_fits_and_one_byte_more_is_refused()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await using var writer = await log.WriterAsync();
        var batch = writer.NewBatch();
        var least = Encoding.UTF8.GetByteCount($",\"id\":\"{Guid.Empty}\",\"time\":\"{RecordLines.Time}\",\"action\":\"a\",\"reason\":\"\"}}");
        var room = LogFormat.MaxRecordBytes - LogFormat.MaxHeadBytes - least;
        Refused(batch, AuditErrors.EventTooLarge, new AuditEvent { Action = "a", Time = Time, Reason = new string('r', room + 1) });
        Refused(batch, AuditErrors.EventTooLarge, new AuditEvent { Action = "a", Time = Time, Reason = new string('é', room / 2 + 1) });
        Refused(batch, AuditErrors.EventTooLarge, new AuditEvent { Action = "a", Time = Time, Reason = new string('\n', room / 2 + 1) });
        Refused(batch, AuditErrors.EventTooLarge, new AuditEvent { Action = "a", Time = Time, Reason = new string('\u0001', room / 6 + 1) });
        Refused(batch, AuditErrors.EventTooLarge, new AuditEvent { Action = "a", Time = Time, Reason = new string('r', 10_000_000) });
        Refused(batch, AuditErrors.EventTooLarge, new AuditEvent { Action = "a", Data = EventData.Parse("{\"a\":\"" + new string('a', 100_000) + "\"}") });
        Assert.Equal(0, batch.Count);

        // The largest one as a segment's first record, whose head is the longest.
        batch.Add(new AuditEvent { Action = "a", Time = Time, Reason = new string('r', room) });
        var result = await writer.CommitAsync(batch, default);
        Assert.Null(result.Failure);
        Assert.Equal(ChainResult.Passed, (await log.VerifyAsync()).Result);
        // The head counts with the largest numbers that it may have one day.
        Assert.True(LogFormat.MaxHeadBytes >= $"{{\"seq\":{LogFormat.MaxSequence},\"prev\":\"{RecordLines.Hash}\",\"segment\":\"{RecordLines.Hash}\",\"keys\":{LogFormat.MaxSequence},\"recorded\":\"{RecordLines.Recorded}\"".Length);
    }

    [Fact]
    public async Task A_refused_event_leaves_the_batch_as_it_was()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await using var writer = await log.WriterAsync();
        var batch = writer.NewBatch();
        var ids = new List<Guid>();
        AuditEvent[] bad =
        [
            new() { Action = "" },
            new() { Action = null! },
            new() { Action = "immutableaudit:KeyAdded" },
            new() { Action = "ImmutableAudit:x" },
            new() { Action = "IMMUTABLEAUDIT:" },
            new() { Action = LogFormat.LogCreated },
            new() { Action = "a\ud800" },
            new() { Action = "\udc00a" },
            new() { Action = "a", ActorId = "b\ud83d\"\ude00" }, // a pair with a quotation mark between
            new() { Action = "a", Reason = "\ud800\n" },
            new() { Action = "a", Host = "\udfff" },
            new() { Action = "a", Outcome = (AuditOutcome)77 },
            new() { Action = "a", Data = EventData.Parse("{\"d\":1}"), Session = "\ud800" },
        ];
        foreach (var (e, i) in bad.Select((e, i) => (e, i)))
        {
            ids.Add(batch.Add(TestLog.Sample(i)));
            Refused(batch, AuditErrors.EventInvalid, e);
        }

        Assert.Equal(bad.Length, batch.Count);
        Assert.Throws<ArgumentNullException>(() => batch.Add(null!));
        var result = await writer.CommitAsync(batch, default);
        Assert.Null(result.Failure);
        Assert.Equal(ids, result.Receipts().Select(receipt => receipt.Id));
        Assert.Equal((bad.Length, bad.Length, 0), (result.Submitted, result.Acknowledged, result.InDoubt));
    }

    [Fact]
    public async Task Every_member_comes_back_as_it_was_given()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var odd = string.Concat(Enumerable.Range(0, 0x80).Select(c => (char)c)) + "é\u2028\uFEFF\uFFFF😀+\u2014";
        var full = new AuditEvent
        {
            Action = odd, Time = Time.AddTicks(1), ActorType = odd, ActorId = "", ActorName = odd, Ip = odd, Session = odd, ResourceType = odd, ResourceId = odd,
            ResourceName = odd, Outcome = AuditOutcome.Denied, Reason = odd, Host = odd, App = odd, Data = EventData.From(new Dictionary<string, object?> { [odd] = odd }),
        };
        AuditEvent[] events = [full, new() { Action = "a" }, .. Enum.GetValues<AuditOutcome>().Select(outcome => new AuditEvent { Action = "o", Outcome = outcome, Time = DateTimeOffset.MinValue })];
        await using (var writer = await log.WriterAsync())
        {
            var batch = writer.NewBatch();
            foreach (var e in events)
                batch.Add(e);
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }

        var records = new List<AuditRecord>();
        await foreach (var record in (await AuditLog.OpenAsync(log.Store, default)).ReadAsync(1, long.MaxValue))
            records.Add(record);
        Assert.Equal(events.Length, records.Count);
        foreach (var (e, record) in events.Zip(records))
        {
            Assert.Equal(
                (e.Action, e.ActorType, e.ActorId, e.ActorName, e.Ip, e.Session, e.ResourceType),
                (record.Action, record.ActorType, record.ActorId, record.ActorName, record.Ip, record.Session, record.ResourceType));
            Assert.Equal(
                (e.ResourceId, e.ResourceName, e.Outcome, e.Reason, e.Host, e.App, e.Data?.ToString()),
                (record.ResourceId, record.ResourceName, record.Outcome, record.Reason, record.Host, record.App, record.Data));
            if (e.Time is { } time)
                Assert.Equal(time, record.Time);
            Assert.Null(SlowChecker.Check(Encoding.UTF8.GetBytes(record.Json)));
        }
    }

    private static void Refused(EventBatch batch, string errorId, AuditEvent e)
    {
        var (count, bytes) = (batch.Count, batch.Count == 0 ? 0 : batch.Body(batch.Count - 1).Length);
        Assert.Equal(errorId, Assert.Throws<AuditException>(() => batch.Add(e)).ErrorId);
        Assert.Equal((count, bytes), (batch.Count, batch.Count == 0 ? 0 : batch.Body(batch.Count - 1).Length));
    }
}
