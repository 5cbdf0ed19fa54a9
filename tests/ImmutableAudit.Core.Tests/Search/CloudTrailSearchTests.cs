using System.Diagnostics;
using System.Text.Json;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Search;

namespace ImmutableAudit.Core.Tests.Search;

/// <summary>Searches in real CloudTrail events, against a count by a program that reads only the files they came from.</summary>
public sealed class CloudTrailSearchTests
{
    private static readonly Dictionary<string, SearchQuery> Queries = new()
    {
        ["action-exact"] = new() { Actions = ["S3:GetBucketAcl"] },
        ["action-wildcard"] = new() { Actions = ["kms:*"] },
        ["action-question"] = new() { Actions = ["sts:?ssumeRole"] },
        ["actor-wildcard"] = new() { Actors = ["ARN:aws:sts::*"] },
        ["time"] = new() { After = Time(12, 10), Before = Time(12, 20) },
        ["both"] = new() { Actions = ["iam:*"], After = Time(12, 0) },
        ["denied"] = new() { Outcomes = [AuditOutcome.Denied] },
        ["all"] = new() { Actions = ["*"], OldestFirst = true },
    };

    [SharedDataFact("cloudtrail")]
    public async Task The_same_events_are_found_as_are_in_the_files()
    {
        var folder = SharedData.Folder("cloudtrail")!;
        await using var log = new TestLog();
        await log.CreateAsync();
        await using (var writer = await log.WriterAsync())
        {
            var batch = writer.NewBatch();
            await foreach (var entry in CloudTrailReader.ReadPathAsync(folder))
            {
                batch.Add(entry.Event!);
                if (batch.Count < 100)
                    continue;
                Assert.Null((await writer.CommitAsync(batch, default)).Failure);
                batch = writer.NewBatch();
            }

            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }

        var expected = Count(folder);
        Assert.True(expected["all"] >= 2900);
        var opened = await AuditLog.OpenAsync(log.Store, default);
        foreach (var (name, query) in Queries)
        {
            var (found, report) = await SearchKit.FindAsync(opened, query);
            // The genesis is a record of the log's own.
            Assert.True(expected[name] == found.Count(sequence => sequence > 0), $"{name}: {found.Count} of {expected[name]}");
            Assert.Equal(0, report.SummariesIgnored);
        }

        Assert.True(Queries.Keys.Count(name => expected[name] > 0) >= 6, string.Join(", ", expected));
        var all = await SearchKit.AllAsync(opened);
        foreach (var text in new[] { "US-WEST-2", "errorCode", "nothing of the kind" })
            Assert.Equal(SearchKit.Naive(all, new SearchQuery { Text = text }), (await SearchKit.FindAsync(opened, new SearchQuery { Text = text })).Found);
    }

    private static DateTimeOffset Time(int hour, int minute) => new(2023, 7, 10, hour, minute, 0, TimeSpan.Zero);

    private static Dictionary<string, int> Count(string folder)
    {
        using var process = Process.Start(new ProcessStartInfo("python3", [Path.Combine(SharedData.Repository, "tests", "independent", "search.py"), folder]) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return JsonSerializer.Deserialize<Dictionary<string, int>>(text)!;
    }
}
