using ImmutableAudit.Core.Tests.Tiles;
using ImmutableAudit.Log;
using ImmutableAudit.Search;
using ImmutableAudit.Signing;
using ImmutableAudit.Summaries;
using ImmutableAudit.Tiles;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Search;

/// <summary>What writers and Update-AuditIndex leave, what a verification says of it, and how much a search reads.</summary>
public sealed class SummaryCheckTests : IAsyncLifetime
{
    private TestLog _log = null!;

    public async Task InitializeAsync()
    {
        _log = await TileKit.CreateAsync();
        await SearchKit.WriteAsync(_log, new Random(5), 18_000, () => 120);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task Right_summaries_are_nothing_to_tell_and_missing_ones_are_counted()
    {
        Assert.Empty((await _log.VerifyAsync()).Findings);
        Assert.Contains(SearchKit.Summaries(_log), path => path.Contains("/1/", StringComparison.Ordinal));
        File.Delete(SearchKit.Summaries(_log)[2]);
        var finding = Assert.Single((await _log.VerifyAsync()).Findings);
        Assert.Equal((FindingKind.IndexMissing, FindingSeverity.Information), (finding.Kind, finding.Severity));
        Assert.Empty((await _log.VerifyAsync(new VerifyOptions { Derived = DerivedCheck.None })).Findings);
        Directory.Delete(Path.Combine(_log.Directory, "index"), true);
        Assert.Empty((await _log.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task An_altered_summary_is_a_warning_and_a_signed_lie_a_failure()
    {
        foreach (var path in new[] { SearchKit.Summaries(_log)[1], SearchKit.Summaries(_log)[^1] })
        {
            var id = IdOf(path);
            var genuine = await File.ReadAllBytesAsync(path);
            await File.WriteAllBytesAsync(path, genuine[..^1]);
            var report = await _log.VerifyAsync();
            var finding = Assert.Single(report.Findings, finding => finding.Kind == FindingKind.IndexInvalid);
            Assert.Equal((ChainResult.Passed, FindingSeverity.Warning, id.Key, id.First), (report.Result, finding.Severity, finding.ObjectKey, finding.Sequence));

            var opened = await AuditLog.OpenAsync(_log.Store, default);
            var right = Summary.TryOpen(id, genuine, opened.Genesis.Origin, opened.Head.State.Keys!, out _)!;
            var entries = right.Entries.Select(entry => entry with { Actors = TermSet.Of(["nobody"], entry.First) }).ToArray();
            await File.WriteAllBytesAsync(path, await Forge(id, entries).SealAsync(opened.Genesis.Origin, _log.Key, default));
            report = await _log.VerifyAsync();
            finding = Assert.Single(report.Findings);
            Assert.Equal((ChainResult.Failed, FindingKind.IndexInvalid, FindingSeverity.Failure, id.Key), (report.Result, finding.Kind, finding.Severity, finding.ObjectKey));
            await File.WriteAllBytesAsync(path, genuine);
        }
    }

    [Fact]
    public async Task Rebuilding_rights_what_is_wrong_in_a_directory_only_where_asked()
    {
        var path = SearchKit.Summaries(_log)[3];
        var genuine = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, genuine[..50]);
        var options = new IndexOptions { Rebuild = true, Key = _log.Key };
        var report = await TileFiller.RunAsync(_log.Store, options, default);
        Assert.Equal((0L, 1L, 0L), (report.Summaries!.Written, report.Summaries.Wrong, report.Summaries.Replaced));
        Assert.Contains(IdOf(path).Key, report.WrongObjects);
        report = await TileFiller.RunAsync(_log.Store, options with { Replace = true }, default);
        Assert.Equal((0L, 1L, 1L), (report.Summaries!.Written, report.Summaries.Wrong, report.Summaries.Replaced));
        Assert.Empty((await _log.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_key_that_does_not_seal_the_log_signs_no_summary_and_one_that_is_compromised_is_not_believed()
    {
        using var other = KeyFile.Create(_log.Temporary("other.key"), default);
        Assert.Equal(AuditErrors.KeyNotInForce, (await Assert.ThrowsAsync<AuditException>(() => TileFiller.RunAsync(_log.Store, new IndexOptions { Key = other }, default))).ErrorId);
        await using (var writer = await _log.WriterAsync())
        {
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Add(Chain.KeyRole.Seal, other.PublicKey), _log.Key, default)).Failure);
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Add(Chain.KeyRole.Admin, other.PublicKey), _log.Key, default)).Failure);
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Compromise(_log.Key.PublicKey, DateTimeOffset.UnixEpoch), _log.Key, default)).Failure);
        }

        var opened = await AuditLog.OpenAsync(_log.Store, default);
        var query = new SearchQuery { Actors = ["mallory"] };
        var (found, report) = await SearchKit.FindAsync(opened, query);
        Assert.Equal(SearchKit.Naive(await SearchKit.AllAsync(opened), query), found);
        Assert.True(report is { SummariesUsed: 0, SummariesIgnored: > 0 });
        Assert.Contains((await _log.VerifyAsync()).Findings, finding => finding is { Kind: FindingKind.IndexInvalid, Severity: FindingSeverity.Warning });
        await TileFiller.RunAsync(_log.Store, new IndexOptions { Key = other, Rebuild = true, Replace = true }, default);
        (found, report) = await SearchKit.FindAsync(opened, query);
        Assert.True(report is { SummariesUsed: > 0, SummariesIgnored: 0 });
        Assert.DoesNotContain((await _log.VerifyAsync()).Findings, finding => finding.Kind == FindingKind.IndexInvalid);
    }

    [Fact]
    public async Task Only_segments_that_may_match_are_fetched()
    {
        var opened = await AuditLog.OpenAsync(_log.Store, default);
        var (found, report) = await SearchKit.FindAsync(opened, new SearchQuery { Actors = ["nobody at all"] });
        Assert.Empty(found);
        // Those behind the last part.
        Assert.InRange(report.SegmentsFetched, 1, 3);
        (found, report) = await SearchKit.FindAsync(opened, new SearchQuery { Resources = ["s3://payroll/9/*"] });
        Assert.NotEmpty(found);
        Assert.True(report.RecordsRead < 1500, report.ToString());
        Assert.True(report.Share < 0.25, report.ToString());
    }

    [Fact]
    public async Task A_writer_of_one_event_asks_for_nothing_more_unless_it_completes_a_part()
    {
        var store = new CountingStore(_log.Store);
        var counts = new List<int>();
        foreach (var options in new[] { new WriterOptions { Tiles = false, Summaries = false }, new WriterOptions { Tiles = false } })
        {
            store.Reset();
            await using (var writer = await AuditWriter.OpenAsync(store, _log.Key, options, default))
                await TileKit.WriteAsync(writer, 1);
            counts.Add(store.Requests);
        }

        // The second has a log of one segment more before it.
        Assert.True(counts[1] <= counts[0] + 3, string.Join(", ", counts));
    }

    [Fact]
    public async Task Many_small_writers_and_two_at_once_leave_no_record_uncovered()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        for (var i = 0; i < 12; i++)
            await SearchKit.WriteAsync(log, new Random(i), 77, () => 5);
        await using (var one = await log.WriterAsync())
        await using (var two = await log.WriterAsync())
        {
            for (var round = 0; round < 5; round++)
                await Task.WhenAll(TileKit.WriteAsync(one, 90, 30), TileKit.WriteAsync(two, 70, 35));
        }

        Assert.NotEmpty(SearchKit.Summaries(log));
        Assert.Empty((await log.VerifyAsync()).Findings);
    }

    private static SummaryId IdOf(string path) => SummaryId.TryParse(path[(path.LastIndexOf("index", StringComparison.Ordinal))..].Replace('\\', '/'))!.Value;

    private static Summary Forge(SummaryId id, SummaryEntry[] entries) =>
        id.Level == SummaryId.Block ? Summary.OfParts(entries)! : Summary.OfEntries(id, entries);
}
