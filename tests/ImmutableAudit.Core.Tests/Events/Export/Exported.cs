using ImmutableAudit.Events;
using ImmutableAudit.Events.Export;
using ImmutableAudit.Log;

namespace ImmutableAudit.Core.Tests.Events.Export;

/// <summary>Records of a real log, for the tests of what is made of them.</summary>
internal static class Exported
{
    /// <summary>Writes events into a log and reads them back; the genesis comes first.</summary>
    public static async Task<List<AuditRecord>> RecordsAsync(TestLog log, IEnumerable<AuditEvent> events)
    {
        await log.CreateAsync();
        await using (var writer = await log.WriterAsync())
        {
            foreach (var part in events.Chunk(700))
            {
                var batch = writer.NewBatch();
                foreach (var e in part)
                    batch.Add(e);
                Assert.Null((await writer.CommitAsync(batch, default)).Failure);
            }
        }

        var opened = await AuditLog.OpenAsync(log.Store, default);
        var records = new List<AuditRecord>();
        await foreach (var record in opened.ReadAsync(0, long.MaxValue))
            records.Add(record);
        return records;
    }

    /// <summary>One event as a format writes it.</summary>
    public static async Task<(AuditRecord Record, string Text)> OneAsync(ExportFormat format, AuditEvent e, bool allowFormulas = false)
    {
        await using var log = new TestLog();
        var record = (await RecordsAsync(log, [e]))[1];
        return (record, new RecordExporter(format, allowFormulas).ToText(record));
    }
}
