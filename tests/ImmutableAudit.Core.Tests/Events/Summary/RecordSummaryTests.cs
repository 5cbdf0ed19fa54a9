using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ImmutableAudit.Core.Tests.Events.Export;
using ImmutableAudit.Core.Tests.Independent;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Events.Summary;

namespace ImmutableAudit.Core.Tests.Events.Summary;

/// <summary>Runs where python3 and real CloudTrail events are there, or is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CountedByPythonFactAttribute : FactAttribute
{
    public CountedByPythonFactAttribute() => Skip = SharedData.Missing("cloudtrail") ?? IndependentFactAttribute.Missing("python3", "--version");
}

public class RecordSummaryTests
{
    [CountedByPythonFact]
    public async Task Another_program_counts_the_same_in_real_events()
    {
        var folder = SharedData.Folder("cloudtrail")!;
        var events = new List<AuditEvent>();
        await foreach (var entry in CloudTrailReader.ReadPathAsync(folder))
            events.Add(entry.Event!);
        await using var log = new TestLog();
        var expected = CountedByPython(folder);
        var summary = new RecordSummary(expected.Keys);
        foreach (var record in (await Exported.RecordsAsync(log, events)).Skip(1))
            summary.Add(record);
        var rows = summary.Rows(int.MaxValue).ToList();
        Assert.All(rows, row => Assert.True(row.IsComplete));
        foreach (var (by, values) in expected)
        {
            var ours = rows.Where(row => row.By == by).ToDictionary(
                row => row.Value ?? "",
                row => $"{row.Records} {row.Success} {row.Failure} {row.Denied} {row.First.UtcDateTime:s}Z {row.Last.UtcDateTime:s}Z");
            Assert.Equal(values.OrderBy(pair => pair.Key, StringComparer.Ordinal), ours.OrderBy(pair => pair.Key, StringComparer.Ordinal));
            Assert.Equal(events.Count, rows.Where(row => row.By == by).Sum(row => row.Records));
        }
    }

    [Fact]
    public async Task The_most_frequent_come_first_and_the_rest_is_told_together()
    {
        var rows = await RowsAsync([SummaryBy.Actor], 2, 100, "a", "b", "b", "c", "c", "c", null, "", "d");
        Assert.Equal([("c", 3), ("b", 2), (null, 2), (null, 2)], rows.Select(row => (row.Value, row.Records)));
        Assert.Equal([SummaryKind.Value, SummaryKind.Value, SummaryKind.None, SummaryKind.Others], rows.Select(row => row.Kind));
        Assert.Equal([1, 1, 1, 2], rows.Select(row => row.Values));
        Assert.Equal(["c", "b", "(none)", "(2 others)"], rows.Select(row => row.Label));
        Assert.All(rows, row => Assert.True(row.IsComplete));
    }

    [Fact]
    public async Task Beyond_the_bound_counts_stay_exact_and_the_rest_is_said_to_be_uncounted()
    {
        // "late" is the most frequent, and comes when there is no room for it.
        var rows = await RowsAsync([SummaryBy.Actor], 10, 2, "a", "b", "late", "a", "late", "late", "b", "a");
        Assert.Equal([("a", 3), ("b", 2), (null, 3)], rows.Select(row => (row.Value, row.Records)));
        Assert.Equal(SummaryKind.Others, rows[^1].Kind);
        Assert.Null(rows[^1].Values);
        Assert.All(rows, row => Assert.False(row.IsComplete));
    }

    [Fact]
    public async Task Long_values_dont_fill_the_memory()
    {
        var rows = await RowsAsync([SummaryBy.Actor], int.MaxValue, int.MaxValue, [.. Enumerable.Range(0, 200).Select(i => new string((char)('a' + i % 26), 50_000) + i), "short"]);
        Assert.InRange(rows.Count, 150, 170);
        Assert.Equal(201, rows.Sum(row => row.Records));
        Assert.DoesNotContain(rows, row => row.Value == "short");
        Assert.False(rows[0].IsComplete);
    }

    [Fact]
    public async Task Times_stand_in_their_order_and_the_busiest_are_picked()
    {
        var start = new DateTimeOffset(2026, 3, 1, 23, 30, 0, TimeSpan.FromHours(2));
        await using var log = new TestLog();
        var records = await Exported.RecordsAsync(log, new[] { 0, 1, 1, 3, 3, 3, 50 }.Select(hour => new AuditEvent { Action = "x", Time = start.AddHours(hour) }));
        var summary = new RecordSummary([SummaryBy.Hour, SummaryBy.Day, SummaryBy.Month]);
        foreach (var record in records.Skip(1))
            summary.Add(record);
        Assert.Equal(
            ["2026-03-01 21:00=1", "2026-03-01 22:00=2", "2026-03-02 00:00=3", "2026-03-03 23:00=1", "2026-03-01=3", "2026-03-02=3", "2026-03-03=1", "2026-03=7"],
            summary.Rows().Select(row => $"{row.Value}={row.Records}"));
        Assert.Equal(["2026-03-01 22:00", "2026-03-02 00:00", null], summary.Rows(2).Where(row => row.By == SummaryBy.Hour).Select(row => row.Value));
    }

    [Fact]
    public async Task Outcomes_and_times_are_told_for_each_value()
    {
        await using var log = new TestLog();
        var time = DateTimeOffset.UnixEpoch;
        var records = await Exported.RecordsAsync(log,
        [
            new AuditEvent { Action = "x", Time = time.AddDays(3), Outcome = AuditOutcome.Success },
            new AuditEvent { Action = "x", Time = time.AddDays(1), Outcome = AuditOutcome.Denied },
            new AuditEvent { Action = "x", Time = time.AddDays(2), Outcome = AuditOutcome.Unknown },
            new AuditEvent { Action = "x", Time = time.AddDays(2) },
            new AuditEvent { Action = "y", Time = time, Outcome = AuditOutcome.Failure },
        ]);
        var summary = new RecordSummary([SummaryBy.Action]);
        foreach (var record in records.Skip(1))
            summary.Add(record);
        var x = summary.Rows().First();
        Assert.Equal((4, 1, 0, 1, 2), (x.Records, x.Success, x.Failure, x.Denied, x.Unknown));
        Assert.Equal((time.AddDays(1), time.AddDays(3)), (x.First, x.Last));
    }

    private static async Task<List<SummaryRow>> RowsAsync(SummaryBy[] by, int top, int maxValues, params string?[] actors)
    {
        await using var log = new TestLog();
        var summary = new RecordSummary(by, maxValues);
        foreach (var record in (await Exported.RecordsAsync(log, actors.Select(actor => new AuditEvent { Action = "x", ActorId = actor }))).Skip(1))
            summary.Add(record);
        return [.. summary.Rows(top)];
    }

    private static Dictionary<SummaryBy, Dictionary<string, string>> CountedByPython(string folder)
    {
        var script = Path.Combine(SharedData.Repository, "tests", "independent", "summary.py");
        using var process = Process.Start(new ProcessStartInfo("python3", [script, folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return JsonNode.Parse(output)!.AsObject().ToDictionary(
            by => Enum.Parse<SummaryBy>(by.Key),
            by => by.Value!.AsObject().ToDictionary(value => value.Key, value => string.Join(' ', value.Value!.AsArray().Select(part => Convert.ToString(part, CultureInfo.InvariantCulture)))));
    }
}
