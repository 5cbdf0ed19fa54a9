using System.Diagnostics;
using ImmutableAudit.Log;
using ImmutableAudit.Search;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Bench;

/// <summary>
/// Searches in a directory log, against reading every record of it, in one run: the ratio is comparable between machines. Appends
/// with summaries and without are timed beside each other, too.
/// </summary>
internal static class SearchJob
{
    private const int Rounds = 5;
    private const int InOneCommit = 500;

    public static async Task<int> RunAsync(int count)
    {
        var place = Directory.CreateTempSubdirectory("immutableaudit-bench-").FullName;
        try
        {
            var events = ReplayedEvents.Make(Math.Min(100_000, count));
            using var key = KeyFile.Create(Path.Combine(place, "bench.key"), default);
            for (var round = 0; round < 3; round++)
            {
                var without = await AppendAsync(Path.Combine(place, $"plain-{round}"), key, events, count, false);
                var with = await AppendAsync(Path.Combine(place, $"log-{round}"), key, events, count, true);
                Console.WriteLine($"  append {count / without.TotalSeconds,9:N0} events/s without summaries, {count / with.TotalSeconds,9:N0} with");
            }

            await using var store = new DirectoryStore(LogLocation.Parse(Path.Combine(place, "log-0")));
            var log = await AuditLog.OpenAsync(store, default);
            for (var round = 0; round < Rounds; round++)
            {
                var all = await SearchAsync(log, new SearchQuery { Text = "no record holds this" });
                var rare = await SearchAsync(log, new SearchQuery { Resources = [events[count % 777].ResourceId!] });
                Console.WriteLine($"  all {all.Duration.TotalSeconds:F2} s, one resource {rare.Duration.TotalSeconds:F3} s: ratio {all.Duration / rare.Duration:F0}; {rare.Share:P2} of the bytes, {rare.Matches} matches in {rare.SegmentsFetched} segments");
            }
        }
        finally
        {
            Directory.Delete(place, true);
        }

        return 0;
    }

    private static async Task<SearchReport> SearchAsync(AuditLog log, SearchQuery query)
    {
        var search = log.Search(query);
        await foreach (var record in search.ReadAsync())
            GC.KeepAlive(record);
        return search.Report;
    }

    private static async Task<TimeSpan> AppendAsync(string directory, KeyFile key, Events.AuditEvent[] events, int count, bool summaries)
    {
        await using var store = new DirectoryStore(LogLocation.Parse(directory));
        await AuditLog.CreateAsync(store, new LogPlan { Name = "bench", SealKey = key }, null, default);
        var clock = Stopwatch.StartNew();
        await using (var writer = await AuditWriter.OpenAsync(store, key, new WriterOptions { Summaries = summaries }, default))
        {
            for (var i = 0; i < count;)
            {
                var batch = writer.NewBatch();
                for (var left = InOneCommit; left > 0 && i < count && !batch.IsFull; left--, i++)
                    batch.Add(events[i % events.Length]);
                if ((await writer.CommitAsync(batch, default)).Failure is { } failure)
                    throw failure;
            }
        }

        return clock.Elapsed;
    }
}
