using System.Globalization;
using Amazon.S3.Model;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Tests.Shared;
using ImmutableAudit.Verification;
using ImmutableAudit.WriterProcess;
using Xunit.Abstractions;

namespace ImmutableAudit.Aws.Tests;

/// <summary>
/// Real processes on real buckets, one server that ignores conditional PUTs and one that honours them, while somebody
/// puts garbage on the keys that come next and delete markers on segments. IMMUTABLEAUDIT_TEST_EVENTS: how many events
/// each of the eight writes.
/// </summary>
public sealed class ManyWritersServerTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-writers-").FullName;

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Eight_processes_lose_and_double_nothing_under_attack(string server)
    {
        var events = int.Parse(Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_TEST_EVENTS") ?? "300", CultureInfo.InvariantCulture);
        await using var bucket = await TestBucket.LockedAsync(server, days: 1);
        var writers = await CreateAsync(bucket);
        // More events make larger commits rather than more objects, of which the server in memory copies all for each list.
        var batches = new[] { 8, 16, 25, 50, 100, 200, 500, 1000 }.Select(size => size * Math.Max(1, events / 1000));
        var plans = batches.Select((size, i) => new WriterPlan("w" + i, events, size)).ToList();
        var left = 0;
        await writers.RunAsync(plans, spools: false, async over =>
        {
            for (var i = 0; !over.IsCancellationRequested; i++, left++)
                await AttackAsync(bucket, i);
        });

        var report = await writers.CheckAsync(bucket.Store, plans, all: true, IsExplained);
        Assert.Equal(8 * events + 1, report.Records);
        Assert.Contains(report.Findings, finding => finding.Kind != FindingKind.LostRace);
        output.WriteLine($"{report.Segments} segments, {left} attacks: {Count(report)}");
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Killed_writers_lose_and_double_nothing_with_a_spool(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server, days: 1);
        var writers = await CreateAsync(bucket);
        var plans = Enumerable.Range(0, 4).Select(i => new WriterPlan("k" + i, int.MaxValue, 1 + i * 5)).ToList();
        await Task.WhenAll(plans.Select((plan, i) => writers.KillAsync(plan, 5, 2000 + i, 3000)));

        var report = await writers.CheckAsync(bucket.Store, plans, all: false, finding => finding.Kind is FindingKind.LostRace or FindingKind.TilesMissing or FindingKind.IndexMissing);
        foreach (var plan in plans)
        {
            using var journal = Journal.Read(writers.JournalOf(plan.Name));
            Assert.Empty(journal.Open);
            Assert.False(journal.Ways.ContainsKey("found"));
            output.WriteLine($"{plan.Name}: {string.Join(", ", journal.Ways)}");
        }

        output.WriteLine($"{report.Records} records, {Count(report)}");
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private async Task<WriterProcesses> CreateAsync(TestBucket bucket)
    {
        var keyPath = Path.Combine(_folder, "audit.key");
        using var key = KeyFile.Create(keyPath, default);
        var plan = new LogPlan { Name = "test/many", SealKey = key, Retention = new PromisedRetention(RetentionMode.Governance, 1) };
        await AuditLog.CreateAsync(bucket.Store, plan, null, default);
        return new WriterProcesses(bucket.Store.Location, keyPath, _folder, Stores.EnvironmentOf(bucket.Connection));
    }

    private static async Task AttackAsync(TestBucket bucket, int number)
    {
        var size = (await AuditLog.OpenAsync(bucket.Store, default)).Size;
        var next = SegmentName.Format(size + (number % 4 == 3 ? 8 : 0));
        switch (number % 3)
        {
            case 0:
                await bucket.Store.PutAsync(next, "junk"u8.ToArray(), PutCondition.None, null, default);
                break;
            case 1:
                await bucket.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket.Name, Key = "log/" + next });
                break;
            default:
                var newest = (await bucket.ListAsync(SegmentName.Prefix)).First(entry => !entry.IsDeleteMarker);
                await bucket.Client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket.Name, Key = "log/" + newest.Key });
                break;
        }
    }

    private static readonly FindingKind[] Explained =
        [FindingKind.DeleteMarker, FindingKind.ShadowVersion, FindingKind.GarbageOnNextKey, FindingKind.StrangeObject, FindingKind.LostRace];

    // A quick attacker fills a kind's list, and the rest is counted.
    private static bool IsExplained(ChainFinding finding) => finding.Severity < FindingSeverity.Unknown
        && (Explained.Contains(finding.Kind)
            || finding.Kind == FindingKind.MoreFindings && Explained.Any(kind => finding.Message.Contains($" {kind} ", StringComparison.Ordinal)));

    private static string Count(ChainReport report) =>
        string.Join(", ", report.Findings.GroupBy(finding => finding.Kind).Select(kind => $"{kind.Count()} {kind.Key}"));
}
