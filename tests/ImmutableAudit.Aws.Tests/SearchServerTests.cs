using System.Diagnostics;
using System.Globalization;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Search;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;
using Xunit.Abstractions;

namespace ImmutableAudit.Aws.Tests;

/// <summary>
/// One actor among many records on real servers, in less than one of a hundred segments: less than a twentieth of a large log is
/// fetched, and of a small one less than a tenth. IMMUTABLEAUDIT_TEST_EVENTS: how many records it has.
/// </summary>
public sealed class SearchServerTests(ITestOutputHelper output) : IDisposable
{
    private const int InOneCommit = 500;
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-search-").FullName;

    [RgwFact]
    public async Task A_rare_actor_takes_a_small_part_of_the_bytes()
    {
        var events = int.Parse(Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_TEST_EVENTS") ?? "120000", CultureInfo.InvariantCulture);
        using var key = KeyFile.Create(Path.Combine(_folder, "audit.key"), default);
        await using var bucket = await TestBucket.LockedAsync("rgw");
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/search", SealKey = key }, null, default);
        var random = new Random(1);
        var clock = Stopwatch.StartNew();
        var rare = new HashSet<int>(Enumerable.Range(0, events / InOneCommit / 120).Select(i => (i * 119 + 60) * InOneCommit + random.Next(InOneCommit)));
        await WriteAsync(bucket.Store, key, random, events, rare);
        output.WriteLine($"{events:N0} records written in {clock.Elapsed.TotalSeconds:N0} s");

        var log = await AuditLog.OpenAsync(bucket.Store, default);
        var found = new List<AuditRecord>();
        var search = log.Search(new SearchQuery { Actors = ["arn:aws:iam::123456789012:user/MALLORY"] });
        await foreach (var record in search.ReadAsync())
            found.Add(record);
        var report = search.Report;
        var stored = (await bucket.ListAsync("segments/")).Sum(version => version.Size);
        output.WriteLine($"{report} {report.Requests:N0} requests, {report.Duration.TotalSeconds:F2} s; the log has {stored:N0} bytes, fetched {(double)report.BytesFetched / stored:P2}: {report.SegmentBytes:N0} of segments, {report.SummaryBytes:N0} of summaries, {report.TileBytes:N0} of tiles");
        Assert.Equal(rare.OrderDescending(), found.Select(record => int.Parse(record.ResourceName!, CultureInfo.InvariantCulture)));
        Assert.All(found, record => Assert.NotNull(record.VersionId));
        Assert.Equal(0, report.SummariesIgnored);
        Assert.True(report.BytesFetched < stored / (events < 500_000 ? 10 : 20), report.ToString());

        var all = log.Search(new SearchQuery { Text = "MALLORY" });
        var matches = 0;
        await foreach (var record in all.ReadAsync())
            matches++;
        Assert.Equal(rare.Count, matches);
        output.WriteLine($"reading everything: {all.Report.Duration.TotalSeconds:F2} s, {all.Report.BytesFetched:N0} bytes, {all.Report.Requests:N0} requests");
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Hidden_and_overwritten_summaries_and_segments_lose_no_match(string server)
    {
        using var key = KeyFile.Create(Path.Combine(_folder, "small.key"), default);
        await using var bucket = await TestBucket.LockedAsync(server);
        await AuditLog.CreateAsync(bucket.Store, new LogPlan { Name = "test/search", SealKey = key }, null, default);
        await WriteAsync(bucket.Store, key, new Random(2), 2000, [40, 700, 1999]);
        var summaries = (await bucket.ListAsync("index/")).Select(version => version.Key).ToList();
        Assert.True(summaries.Count >= 3);
        var log = await AuditLog.OpenAsync(bucket.Store, default);
        async Task<(List<string?> Names, SearchReport Report)> FindAsync()
        {
            var search = log.Search(new SearchQuery { Actors = ["*/mallory"], OldestFirst = true });
            var names = new List<string?>();
            await foreach (var record in search.ReadAsync())
                names.Add(record.ResourceName);
            return (names, search.Report);
        }

        Assert.Equal(["40", "700", "1999"], (await FindAsync()).Names);
        Assert.Equal(0, (await FindAsync()).Report.SummariesIgnored);
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/" + summaries[0]);
        await bucket.PutAsync(summaries[1], "junk");
        foreach (var segment in (await bucket.ListAsync("segments/")).Take(3).ToList())
        {
            await bucket.PutAsync(segment.Key, "junk");
            await bucket.Client.DeleteObjectAsync(bucket.Name, "log/" + segment.Key);
        }

        var (found, report) = await FindAsync();
        Assert.Equal(["40", "700", "1999"], found);
        Assert.Contains(summaries[1], Assert.Single(report.Ignored), StringComparison.Ordinal);
        Assert.Contains((await ChainVerifier.VerifyAsync(bucket.Store, new VerifyOptions { Derived = DerivedCheck.All }, default)).Findings, finding => finding.Kind == FindingKind.IndexInvalid && finding.ObjectKey == summaries[1]);
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private static async Task WriteAsync(IObjectStore store, KeyFile key, Random random, int events, HashSet<int> rare)
    {
        await using var writer = await AuditWriter.OpenAsync(store, key, null, default);
        for (var i = 0; i < events;)
        {
            var batch = writer.NewBatch();
            for (var left = Math.Min(InOneCommit, events - i); left > 0 && !batch.IsFull; left--, i++)
            {
                batch.Add(new AuditEvent
                {
                    Action = new[] { "s3:GetObject", "s3:PutObject", "kms:Decrypt" }[random.Next(3)],
                    ActorId = $"arn:aws:iam::123456789012:user/{(rare.Contains(i) ? "mallory" : "person" + random.Next(300))}",
                    Ip = $"198.51.100.{random.Next(256)}",
                    Session = $"ASIA{random.Next(100_000_000):D8}",
                    ResourceId = $"s3://payroll/2026/{i / 20_000}/statement-{random.Next(1_000_000)}.pdf",
                    ResourceName = rare.Contains(i) ? i.ToString(CultureInfo.InvariantCulture) : null,
                    Outcome = AuditOutcome.Success,
                });
            }

            if ((await writer.CommitAsync(batch, default)).Failure is { } failure)
                throw failure;
        }

        await writer.FinishTilesAsync();
        Assert.Null(writer.Summaries!.Trouble);
    }
}
