using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Bench;

/// <summary>
/// Importing CloudTrail files into a directory log, and in the same run appending the same events when they are read
/// already: what reading, mapping and looking for doubles cost. <c>import FOLDER [COPIES]</c>.
/// </summary>
internal static class ImportJob
{
    public static async Task<int> RunAsync(string folder, int copies)
    {
        var place = Directory.CreateTempSubdirectory("immutableaudit-bench-").FullName;
        try
        {
            var source = Path.Combine(place, "source");
            Directory.CreateDirectory(source);
            Multiply(folder, source, copies);
            for (var round = 0; round < 3; round++)
                await RoundAsync(source, Path.Combine(place, $"round-{round}"));
            return 0;
        }
        finally
        {
            Directory.Delete(place, true);
        }
    }

    private static async Task RoundAsync(string source, string place)
    {
        Directory.CreateDirectory(place);
        using var key = KeyFile.Create(Path.Combine(place, "bench.key"), default);
        await using var imported = await LogAsync(key, Path.Combine(place, "imported"));
        await using var appended = await LogAsync(key, Path.Combine(place, "appended"));

        var clock = Stopwatch.StartNew();
        ImportCounts counts;
        await using (var importer = await EventImporter.OpenAsync(imported, key, Path.Combine(place, "home"), problem => throw problem, default))
        {
            await importer.ImportPathAsync(source, true, null, default);
            counts = await importer.FinishAsync(default);
        }

        var import = counts.Added / clock.Elapsed.TotalSeconds;
        clock.Restart();
        await using (var importer = await EventImporter.OpenAsync(imported, key, Path.Combine(place, "home"), problem => throw problem, default))
        {
            await importer.ImportPathAsync(source, true, null, default);
            counts = await importer.FinishAsync(default);
        }

        var again = counts.AlreadyThere / clock.Elapsed.TotalSeconds;
        var events = new List<AuditEvent>();
        await foreach (var entry in CloudTrailReader.ReadPathAsync(source))
            events.Add(entry.Event!);
        clock.Restart();
        await using (var writer = await AuditWriter.OpenAsync(appended, key, null, default))
        {
            Task<CommitResult>? running = null;
            for (var i = 0; i < events.Count;)
            {
                var batch = writer.NewBatch();
                for (; i < events.Count && !batch.IsFull; i++)
                    batch.Add(events[i]);
                if (running is not null && (await running).Failure is { } failure)
                    throw failure;
                running = writer.CommitAsync(batch, default);
            }

            if (running is not null)
                await running;
        }

        var append = events.Count / clock.Elapsed.TotalSeconds;
        Console.WriteLine($"  {events.Count:N0} events, import {import:N0}/s, again {again:N0}/s, append {append:N0}/s; import to append {import / append:F3}");
    }

    private static async Task<DirectoryStore> LogAsync(KeyFile key, string place)
    {
        var store = new DirectoryStore(LogLocation.Parse(place));
        await AuditLog.CreateAsync(store, new LogPlan { Name = "bench", SealKey = key }, null, default);
        return store;
    }

    // The same events under other ids.
    private static void Multiply(string folder, string source, int copies)
    {
        foreach (var file in Directory.GetFiles(folder, "*.json"))
        {
            var text = File.ReadAllText(file);
            var ids = JsonNode.Parse(text)!["Records"]!.AsArray().Select(record => (string)record!["eventID"]!).ToList();
            for (var copy = 0; copy < copies; copy++)
            {
                var changed = new StringBuilder(text);
                foreach (var id in ids)
                    changed.Replace(id, Guid.NewGuid().ToString());
                File.WriteAllText(Path.Combine(source, $"{copy}-{Path.GetFileName(file)}"), changed.ToString());
            }
        }
    }
}
