using System.Globalization;
using System.Text.Json;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.WriterProcess;

/// <summary>
/// A writer as a process of its own, with a caller who keeps a journal and never submits an event again that may be in
/// the log. After a kill, and with a spool, he opens the log (which settles what was being sent), takes what that
/// reports, and reads the log for the rest: what isn't there then never will be.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [ImportRun.Command, ..])
            return await ImportRun.RunAsync(arguments);
        var given = Arguments.Parse(arguments);
        await using var store = Stores.Open(LogLocation.Parse(given.Location));
        using var key = KeyFile.Open(given.KeyPath, default);
        using var journal = new Journal(given.JournalPath);
        for (var opened = 0; ; opened++)
        {
            await WriteAsync(given, store, key, journal);
            // Where the spool settles it, opening once more does.
            if (journal.Open.Count == 0 || given.SpoolDirectory is null || opened == 10)
                break;
        }

        journal.Write(["done"]);
        return 0;
    }

    private static async Task WriteAsync(Arguments given, IObjectStore store, KeyFile key, Journal journal)
    {
        var options = new WriterOptions { SpoolDirectory = given.SpoolDirectory };
        await using var writer = await AuditWriter.OpenAsync(store, key, options, default);
        await SettleAsync(given, store, writer, journal);
        journal.Write([string.Create(CultureInfo.InvariantCulture, $"open {writer.Size}")]);
        while (!given.IsStopped)
        {
            var numbers = journal.Failed.Take(given.BatchSize).ToList();
            for (var next = journal.Next; next < given.Events && numbers.Count < given.BatchSize; next++)
                numbers.Add(next);
            if (numbers.Count == 0)
                return;
            var batch = writer.NewBatch();
            var ids = numbers.ToDictionary(number => batch.Add(Event(given, number)));
            journal.Write(ids.Select(id => string.Create(CultureInfo.InvariantCulture, $"hand {id.Value} {id.Key}")));
            var result = await writer.CommitAsync(batch, default);
            if (result.Settled is not null)
                journal.Write(Lines("settled", result.Settled, journal.Open));
            journal.Write(Lines("ack", result, journal.Open));
            if (result.Failure is { } failure)
            {
                await Console.Error.WriteLineAsync($"{given.Name}: {failure.ErrorId}: {failure.Message}");
                journal.Write(ids.Where(id => journal.Open.ContainsKey(id.Value) && !result.InDoubtIds.Contains(id.Key)).Select(id => Line("not", id.Value)));
            }
        }
    }

    private static async Task SettleAsync(Arguments given, IObjectStore store, AuditWriter writer, Journal journal)
    {
        if (writer.Recovered is { } recovered)
            journal.Write(Lines("settled", recovered, journal.Open));
        if (journal.Open.Count == 0 || given.SpoolDirectory is null)
            return;
        // Everything that was ever sent is decided now. The rest was never sent, or was acknowledged to a caller who
        // was killed before he could write it down.
        var log = await AuditLog.OpenAsync(store, default);
        var open = journal.Open.ToDictionary(pair => pair.Value, pair => pair.Key);
        var found = new List<string>();
        await foreach (var record in log.ReadAsync(journal.SizeBefore, long.MaxValue))
        {
            if (open.Remove(record.Id, out var number))
                found.Add(string.Create(CultureInfo.InvariantCulture, $"found {number} {record.Sequence} {record.LeafHash}"));
        }

        journal.Write(found);
        journal.Write(open.Values.Select(number => Line("not", number)));
    }

    private static List<string> Lines(string what, CommitResult result, SortedDictionary<int, Guid> open)
    {
        var numbers = open.ToDictionary(pair => pair.Value, pair => pair.Key);
        return [.. result.Receipts().Where(receipt => numbers.ContainsKey(receipt.Id)).Select(receipt =>
            string.Create(CultureInfo.InvariantCulture, $"{what} {numbers[receipt.Id]} {receipt.Sequence} {receipt.LeafHash}"))];
    }

    private static string Line(string what, int number) => string.Create(CultureInfo.InvariantCulture, $"{what} {number}");

    private static AuditEvent Event(Arguments given, int number) => new()
    {
        Action = "test:Write",
        ActorType = "Process",
        ActorId = given.Name,
        Data = EventData.Parse(JsonSerializer.Serialize(new { @event = $"{given.Name}-{number}", process = Environment.ProcessId })),
    };
}
