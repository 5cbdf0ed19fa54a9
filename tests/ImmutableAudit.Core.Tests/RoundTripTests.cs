using ImmutableAudit.Events;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

public class RoundTripTests
{
    [Fact]
    public async Task What_is_written_is_read_back_and_verifies()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var receipts = await log.WriteAsync(1000, 300);
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), receipts.Select(r => r.Sequence));

        var opened = await Log.AuditLog.OpenAsync(log.Store, default);
        Assert.Equal(1001, opened.Size);
        var records = new List<AuditRecord>();
        await foreach (var record in opened.ReadAsync(0, long.MaxValue))
            records.Add(record);
        Assert.Equal(1001, records.Count);
        Assert.Equal(receipts.Select(r => r.LeafHash), records.Skip(1).Select(r => r.LeafHash));
        Assert.Equal("s3://payroll/41.csv", records[42].ResourceId);

        var report = await log.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(1001, report.Records);
    }

    [Fact]
    public async Task Reading_begins_and_ends_anywhere()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await log.WriteAsync(100, 7);
        var opened = await Log.AuditLog.OpenAsync(log.Store, default);
        for (var first = 0; first <= 100; first += 13)
        {
            var sequences = new List<long>();
            await foreach (var record in opened.ReadAsync(first, first + 20))
                sequences.Add(record.Sequence);
            Assert.Equal(Enumerable.Range(first, Math.Min(21, 101 - first)).Select(i => (long)i), sequences);
        }
    }
}
