using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Search;
using ImmutableAudit.Summaries;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Core.Tests.Search;

/// <summary>What a search finds is what is there, with summaries, without, and with such as somebody touched.</summary>
public sealed class SearchPropertyTests
{
    [Theory]
    [InlineData(1, 3000, 1, 12)]
    [InlineData(2, 6000, 1, 700)]
    [InlineData(3, 40_000, 100, 9000)]
    [InlineData(4, 700, 1, 1)]
    public async Task With_summaries_as_without_as_by_reading_everything(int seed, int count, int least, int most)
    {
        var random = new Random(seed);
        await using var log = new TestLog();
        await log.CreateAsync();
        await SearchKit.WriteAsync(log, random, count, () => random.Next(least, most + 1));
        Assert.NotEmpty(SearchKit.Summaries(log));
        var opened = await AuditLog.OpenAsync(log.Store, default);
        var all = await SearchKit.AllAsync(opened);
        var queries = Enumerable.Range(0, 60).Select(_ => SearchKit.Query(random)).ToList();
        await CheckAsync(opened, all, queries, report => report.SummariesIgnored == 0);
        Directory.Delete(Path.Combine(log.Directory, "index"), true);
        await CheckAsync(opened, all, queries.Take(20), report => report is { SummariesIgnored: 0, RecordsLeftOut: 0, SummariesUsed: 0 });
        Directory.Delete(Path.Combine(log.Directory, "tile"), true);
        await CheckAsync(opened, all, queries.Take(10), report => report.SummariesIgnored == 0);
        await TileFiller.RunAsync(log.Store, new IndexOptions { Key = log.Key }, default);
        await CheckAsync(opened, all, queries, report => report.SummariesIgnored == 0);
    }

    [Fact]
    public async Task Touched_missing_foreign_and_replayed_summaries_lose_no_match()
    {
        var random = new Random(7);
        await using var log = new TestLog();
        await log.CreateAsync();
        await SearchKit.WriteAsync(log, random, 34_000, () => random.Next(20, 3000));
        await using var other = new TestLog();
        await other.CreateAsync();
        await SearchKit.WriteAsync(other, new Random(8), 20_000, () => 900);
        var opened = await AuditLog.OpenAsync(log.Store, default);
        var all = await SearchKit.AllAsync(opened);
        var genuine = SearchKit.Summaries(log).ToDictionary(path => path, File.ReadAllBytes);
        var foreign = SearchKit.Summaries(other).Select(File.ReadAllBytes).ToList();
        var touched = 0L;
        for (var round = 0; round < 40; round++)
        {
            foreach (var (path, bytes) in genuine.Where(_ => random.Next(3) == 0))
            {
                switch (random.Next(6))
                {
                    case 0: File.Delete(path); break;
                    case 1: await File.WriteAllBytesAsync(path, foreign[random.Next(foreign.Count)]); break;
                    case 2: await File.WriteAllBytesAsync(path, genuine.ElementAt(random.Next(genuine.Count)).Value); break;
                    case 3: await File.WriteAllBytesAsync(path, bytes[..random.Next(bytes.Length)]); break;
                    case 4: await File.WriteAllBytesAsync(path, [.. bytes, 0]); break;
                    default:
                        var altered = (byte[])bytes.Clone();
                        altered[random.Next(altered.Length)] ^= (byte)(1 << random.Next(8));
                        await File.WriteAllBytesAsync(path, altered);
                        break;
                }
            }

            // Names that nobody would write.
            var strange = Path.Combine(log.Directory, new SummaryId(SummaryId.Part, random.Next(5000), 5000 + random.Next(5000)).Key);
            await File.WriteAllBytesAsync(strange, genuine.First().Value);
            foreach (var query in Enumerable.Range(0, 4).Select(_ => SearchKit.Query(random)))
            {
                var (found, report) = await SearchKit.FindAsync(opened, query);
                Assert.Equal(SearchKit.Naive(all, query), found);
                touched += report.SummariesIgnored;
            }

            File.Delete(strange);
            foreach (var (path, bytes) in genuine)
                await File.WriteAllBytesAsync(path, bytes);
        }

        Assert.True(touched > 20, $"{touched} were told.");
    }

    [Fact]
    public async Task A_signed_summary_that_names_other_digests_is_told_and_the_block_read_whole()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var random = new Random(9);
        await SearchKit.WriteAsync(log, random, 1500, () => 300);
        var opened = await AuditLog.OpenAsync(log.Store, default);
        var path = SearchKit.Summaries(log)[0];
        var id = SummaryId.TryParse(Path.GetRelativePath(log.Directory, path).Replace('\\', '/'))!.Value;
        var lie = SegmentTerms.Begin();
        for (var at = id.First; at < id.End; at++)
            lie.Add(new AuditEvent { Action = "s3:GetObject" }, DateTime.UnixEpoch.Ticks);
        lie.Become(id.First, 1, default, DateTime.UnixEpoch.Ticks);
        await File.WriteAllBytesAsync(path, await Summary.OfSegments([lie]).SealAsync(opened.Genesis.Origin, log.Key, default));
        var all = await SearchKit.AllAsync(opened);
        var query = new SearchQuery { Actions = ["S3:GETOBJECT"] };
        var (found, report) = await SearchKit.FindAsync(opened, query);
        Assert.Equal(SearchKit.Naive(all, query), found);
        Assert.Contains("another than a summary names", Assert.Single(report.Ignored), StringComparison.Ordinal);
    }

    private static async Task CheckAsync(AuditLog log, List<AuditRecord> all, IEnumerable<SearchQuery> queries, Func<SearchReport, bool> isWell)
    {
        foreach (var query in queries)
        {
            var (found, report) = await SearchKit.FindAsync(log, query);
            Assert.Equal(SearchKit.Naive(all, query), found);
            Assert.True(isWell(report), string.Join("\n", [report.ToString(), .. report.Ignored]));
            if (report.IsComplete)
                Assert.Equal(report.RecordsInLog, report.RecordsRead + report.RecordsLeftOut);
        }
    }
}
