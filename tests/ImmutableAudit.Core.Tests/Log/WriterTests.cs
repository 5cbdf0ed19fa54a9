using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

public class WriterTests
{
    [Fact]
    public async Task Many_tasks_append_at_once_and_each_gets_its_own_receipt()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        const int count = 600;
        AuditReceipt[] receipts;
        await using (var writer = await log.WriterAsync())
            receipts = await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => writer.AppendAsync(TestLog.Sample(i)))));
        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), receipts.Select(receipt => receipt.Sequence).Order());
        Assert.Equal(count, receipts.Select(receipt => receipt.Id).Distinct().Count());

        var records = await ReadAsync(log);
        Assert.Equal(count + 1, records.Count);
        for (var i = 0; i < count; i++)
        {
            var record = records[(int)receipts[i].Sequence];
            Assert.Equal($"s3://payroll/{i}.csv", record.ResourceId);
            Assert.Equal((record.Id, record.LeafHash, record.Recorded, record.Segment), (receipts[i].Id, receipts[i].LeafHash, receipts[i].Recorded, receipts[i].Segment));
            Assert.Equal((records[0].Json.Contains(receipts[i].Origin, StringComparison.Ordinal), log.Directory, LockState.NotPromised), (true, receipts[i].Log, receipts[i].Lock));
        }

        // Callers share commits: else there would be one segment for each.
        Assert.InRange(log.SegmentFiles().Length, 2, count);
        var report = await log.VerifyAsync(new VerifyOptions { Receipts = [.. receipts.Select(receipt => (receipt.Sequence, receipt.LeafHash))] });
        Assert.Equal((ChainResult.Passed, 0), (report.Result, report.Findings.Count));
    }

    [Fact]
    public async Task Events_stay_in_the_order_of_their_calls_over_many_full_groups()
    {
        const int count = 60_000;
        await using var log = new TestLog();
        await log.CreateAsync();
        await using var writer = await log.WriterAsync();
        var receipts = await Task.WhenAll(Enumerable.Range(0, count).Select(i => writer.AppendAsync(new AuditEvent { Action = "test:Event" })).ToList());
        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), receipts.Select(receipt => receipt.Sequence));
    }

    [Fact]
    public async Task A_bad_event_among_many_fails_alone()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await using var writer = await log.WriterAsync();
        var good = Enumerable.Range(0, 20).Select(i => writer.AppendAsync(TestLog.Sample(i))).ToList();
        Assert.Equal(AuditErrors.EventInvalid, (await Assert.ThrowsAsync<AuditException>(() => writer.AppendAsync(new AuditEvent { Action = "" }))).ErrorId);
        good.AddRange(Enumerable.Range(20, 20).Select(i => writer.AppendAsync(TestLog.Sample(i))));
        Assert.Equal(40, (await Task.WhenAll(good)).Select(receipt => receipt.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task Several_writers_share_a_log()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            await using var writer = await log.WriterAsync(new WriterOptions { SpoolDirectory = log.Temporary("spool" + w) });
            for (var i = 0; i < 15; i++)
            {
                var batch = writer.NewBatch();
                for (var j = 0; j < 3; j++)
                    batch.Add(TestLog.Sample(w * 1000 + i * 10 + j));
                var result = await writer.CommitAsync(batch, default);
                Assert.Null(result.Failure);
                Assert.Equal(3, result.Receipts().Count());
            }
        })));
        var records = await ReadAsync(log);
        Assert.Equal(1 + 4 * 15 * 3, records.Count);
        Assert.Equal(4 * 15 * 3, records.Skip(1).Select(record => record.ResourceId).Distinct().Count());
        var report = await log.VerifyAsync();
        Assert.Equal((ChainResult.Passed, 0), (report.Result, report.Findings.Count));
    }

    [Fact]
    public async Task Batches_are_split_at_multiples_of_16384()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        const int count = 40_000;
        List<AuditReceipt> receipts;
        await using (var writer = await log.WriterAsync())
        {
            var batch = writer.NewBatch();
            Assert.Equal(8_191, batch.Capacity);
            for (var i = 0; i < count; i++)
                batch.Add(new AuditEvent { Action = "a" });
            Assert.True(batch.IsFull);
            var result = await writer.CommitAsync(batch, default);
            Assert.Null(result.Failure);
            Assert.Equal((count, count), (result.Submitted, result.Acknowledged));
            receipts = [.. result.Receipts()];
            Assert.Equal(8_192 - writer.Size % 8_192, writer.NewBatch().Capacity);
        }

        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), receipts.Select(receipt => receipt.Sequence));
        Assert.Equal(new long[] { 0, 1, 16_384, 32_768 }, log.SegmentFiles().Select(FirstOf));
        Assert.Equal(count, receipts.Select(receipt => receipt.Id).Distinct().Count());
        var report = await log.VerifyAsync();
        Assert.Equal((ChainResult.Passed, 0, count + 1L), (report.Result, report.Findings.Count, report.Records));
    }

    [Fact]
    public async Task Batches_are_split_at_16_mebibytes()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var reason = new string('r', 60_000);
        await using (var writer = await log.WriterAsync())
        {
            var batch = writer.NewBatch();
            for (var i = 0; i < 600; i++)
                batch.Add(new AuditEvent { Action = "a", Reason = reason });
            var result = await writer.CommitAsync(batch, default);
            Assert.Null(result.Failure);
            Assert.Equal(Enumerable.Range(1, 600).Select(i => (long)i), result.Receipts().Select(receipt => receipt.Sequence));
        }

        var lengths = log.SegmentFiles().Skip(1).Select(path => SegmentForge.Gunzip(File.ReadAllBytes(path)).Length).ToList();
        Assert.InRange(lengths.Count, 3, 5);
        Assert.All(lengths, length => Assert.InRange(length, 1, LogFormat.MaxSegmentBytes));
        Assert.Equal(ChainResult.Passed, (await log.VerifyAsync()).Result);
    }

    [Fact]
    public async Task An_empty_batch_commits_nothing()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await using var writer = await log.WriterAsync();
        var result = await writer.CommitAsync(writer.NewBatch(), default);
        Assert.Equal((null, 0, 0), (result.Failure, result.Submitted, result.Acknowledged));
        Assert.Single(log.SegmentFiles());
    }

    [Fact]
    public async Task Commits_that_are_not_waited_for_keep_their_order()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await using var writer = await log.WriterAsync();
        var commits = new List<Task<CommitResult>>();
        for (var i = 0; i < 12; i++)
        {
            var batch = writer.NewBatch();
            for (var j = 0; j < 5; j++)
                batch.Add(TestLog.Sample(i * 5 + j));
            commits.Add(writer.CommitAsync(batch, default));
        }

        var receipts = (await Task.WhenAll(commits)).SelectMany(result => result.Receipts()).Select(receipt => receipt.Sequence);
        Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), receipts);
        var records = await ReadAsync(log);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"s3://payroll/{i}.csv"), records.Skip(1).Select(record => record.ResourceId));
    }

    [Fact]
    public async Task What_was_stopped_before_it_was_sent_is_not_in_the_log()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await using var writer = await log.WriterAsync();
        var batch = writer.NewBatch();
        batch.Add(TestLog.Sample(1));
        var result = await writer.CommitAsync(batch, new CancellationToken(true));
        Assert.Equal((AuditErrors.CommitFailed, 0, 0), (result.Failure!.ErrorId, result.Acknowledged, result.InDoubt));
        Assert.Single(log.SegmentFiles());
        Assert.Equal(1, (await writer.AppendAsync(TestLog.Sample(2))).Sequence);
    }

    [Fact]
    public async Task Recorded_never_falls_though_the_clock_does()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var clock = new SetClock(DateTimeOffset.UtcNow.AddHours(1));
        await using (var writer = await log.WriterAsync(new WriterOptions { Time = clock }))
        {
            var first = await writer.AppendAsync(TestLog.Sample(1));
            clock.Now = clock.Now.AddDays(-400);
            var second = await writer.AppendAsync(TestLog.Sample(2));
            clock.Now = clock.Now.AddDays(900);
            var third = await writer.AppendAsync(TestLog.Sample(3));
            Assert.Equal(first.Recorded, second.Recorded);
            Assert.True(third.Recorded > second.Recorded);
        }

        Assert.Equal(ChainResult.Passed, (await log.VerifyAsync()).Result);
    }

    [Fact]
    public void Ids_are_unique_and_rise_with_the_clock()
    {
        var now = DateTime.UtcNow;
        var ids = Enumerable.Range(0, 50_000).Select(i => RecordId.Create(now.AddTicks(i / 100 * 3000))).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.True(ids[^1] > ids[0]);
        foreach (var id in ids.Take(500))
        {
            var text = RecordId.ToGuid(id).ToString();
            Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", text);
            Assert.True(RecordId.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out var read));
            Assert.Equal(id, read);
            Assert.Equal(id, RecordId.FromGuid(RecordId.ToGuid(id)));
        }
    }

    private static long FirstOf(string path) => SegmentName.TryParse("segments/" + Path.GetFileName(path), out var first) ? first : -1;

    private static async Task<List<AuditRecord>> ReadAsync(TestLog log)
    {
        var records = new List<AuditRecord>();
        await foreach (var record in (await AuditLog.OpenAsync(log.Store, default)).ReadAsync(0, long.MaxValue))
            records.Add(record);
        return records;
    }

    private sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
