using ImmutableAudit.Core.Tests.Simulation;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Timestamps;

/// <summary>What a verification makes of what lies under timestamps/: it proves times, and never decides over a record.</summary>
public sealed class VerifyTimestampTests : IAsyncLifetime, IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestLog _log = new();
    private readonly List<string> _notes = [];

    // Segments end at 1, 3 and 5.
    public async Task InitializeAsync()
    {
        _notes.Add((await _log.CreateAsync()).Checkpoint);
        for (var i = 0; i < 2; i++)
        {
            await _log.WriteAsync(2);
            _notes.Add((await AuditLog.OpenAsync(_log.Store, default)).Checkpoint);
        }

        Directory.CreateDirectory(Folder);
    }

    [Fact]
    public async Task What_is_of_another_checkpoint_or_log_is_told_and_does_no_harm()
    {
        Put(3, _authority.Stamp(_notes[2]));
        Put(5, _authority.Stamp("other/log\n5\nAAAA\n\n— other/log AAAA\n"));
        Put(4, _authority.Stamp(_notes[2]));
        Put(9, _authority.Stamp(_notes[2]));
        var report = await VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Empty(report.Timestamps);
        Assert.Equal(4, report.Findings.Count);
        Assert.All(report.Findings, finding => Assert.Equal((FindingKind.TimestampInvalid, FindingSeverity.Warning), (finding.Kind, finding.Severity)));
        Assert.Single(report.Findings, finding => finding.ObjectKey!.Contains("/9-", StringComparison.Ordinal) && finding.Message.Contains("newest records were removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Garbage_is_told_and_does_no_harm()
    {
        var genuine = _authority.Stamp(_notes[1]);
        Put(3, genuine);
        var changed = (byte[])genuine.Clone();
        changed[^1] ^= 1;
        var name = TimestampName.Format(3, genuine);
        File.WriteAllBytes(Path.Combine(_log.Directory, $"{name[..^5]}{(name[^5] == '0' ? '1' : '0')}.tsr"), genuine);
        Put(3, changed);
        Put(3, "garbage"u8.ToArray());
        Put(3, new byte[200_000]);
        Put(3, []);
        File.WriteAllText(Path.Combine(Folder, "readme.txt"), "hello");
        Directory.CreateDirectory(Path.Combine(Folder, "sub", "more"));
        File.WriteAllText(Path.Combine(Folder, "sub", "more", "x"), "hello");
        File.CreateSymbolicLink(Path.Combine(Folder, "3-0123456789abcdef.tsr"), "/nowhere/at/all");
        var report = await VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(3, Assert.Single(report.Timestamps).Size);
        Assert.True(report.Findings.Count == 8 && report.Findings.All(finding => finding.Kind == FindingKind.TimestampInvalid), AlterableLog.Describe(report));
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_folder_does_no_harm()
    {
        Directory.Delete(Folder);
        File.WriteAllText(Folder, "not a folder");
        var report = await VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(FindingKind.TimestampUnchecked, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public async Task Thousands_of_objects_cost_no_more_than_is_bounded()
    {
        for (var i = 0; i < 3000; i++)
            Put(3, System.Text.Encoding.ASCII.GetBytes($"junk {i}"));
        Put(5, _authority.Stamp(_notes[2]));
        var report = await VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(5, Assert.Single(report.Timestamps).Size);
        Assert.Equal(TimestampList.MostOfOneSize, report.Findings.Count(finding => finding.Kind == FindingKind.TimestampInvalid));
        Assert.Contains("2,900 more", Assert.Single(report.Findings, finding => finding.Kind == FindingKind.TimestampUnchecked).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whom_the_verifier_does_not_trust_proves_nothing()
    {
        using var stranger = new TestAuthority(name: "Stranger");
        Put(5, stranger.Stamp(_notes[2], new TokenPlan { Time = DateTimeOffset.UtcNow.AddYears(-1) }));
        var report = await VerifyAsync();
        Assert.Equal((ChainResult.Passed, FindingKind.TimestampUntrusted), (report.Result, Assert.Single(report.Findings).Kind));
        Assert.Equal(TimestampTrust.Untrusted, Assert.Single(report.Timestamps).Trust);
        Assert.All(report.Brackets, bracket => Assert.Equal(TimeSource.Unknown, bracket.LatestSource));
    }

    [Fact]
    public async Task A_record_that_claims_to_be_younger_than_its_timestamp_is_told()
    {
        // Stamped an hour before the records say that they were taken: their writer's clock was ahead.
        Put(3, _authority.Stamp(_notes[1], new TokenPlan { Time = DateTimeOffset.UtcNow.AddHours(-1) }));
        var report = await VerifyAsync();
        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.RecordedTooLate, FindingSeverity.Warning, 2L), (finding.Kind, finding.Severity, finding.Sequence!.Value));
        // Within the tolerance of 300 s it isn't.
        await ClearAsync();
        Put(3, _authority.Stamp(_notes[1], new TokenPlan { Time = DateTimeOffset.UtcNow.AddSeconds(-200) }));
        Assert.Empty((await VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_record_is_bracketed_by_the_earliest_timestamp_that_covers_it()
    {
        var now = new DateTimeOffset(DateTimeOffset.UtcNow.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        Put(3, _authority.Stamp(_notes[1], new TokenPlan { Time = now.AddSeconds(30) }));
        Put(5, _authority.Stamp(_notes[2], new TokenPlan { Time = now.AddSeconds(10), AccuracySeconds = 2 }));
        Put(5, _authority.Stamp(_notes[2], new TokenPlan { Time = now.AddSeconds(40) }));
        await _log.WriteAsync(1);
        var report = await VerifyAsync();
        Assert.Equal(new long[] { 0, 2, 4, 5 }, report.Brackets.Select(bracket => bracket.Sequence));
        foreach (var bracket in report.Brackets.Take(3))
        {
            Assert.Equal((now.AddSeconds(12), TimeSource.Timestamp), (bracket.Latest!.Value, bracket.LatestSource));
            Assert.StartsWith("timestamps/5-", bracket.LatestFrom, StringComparison.Ordinal);
            Assert.Equal((null, TimeSource.Unknown), (bracket.Earliest, bracket.EarliestSource));
        }

        Assert.Equal((null, TimeSource.Unknown, (string?)null), (report.Brackets[3].Latest, report.Brackets[3].LatestSource, report.Brackets[3].LatestFrom));
    }

    [Fact]
    public async Task In_a_bucket_the_stores_times_bracket_too()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (committer, _) = await store.StartAsync();
        string note;
        using (committer)
        {
            store.Clock.Advance();
            Assert.Null((await committer.CommitAsync(store.Batch("a", 2), default)).Failure);
            note = committer.Head.State.Note!;
            var size = committer.Head.State.Size;
            var token = _authority.Stamp(note, new TokenPlan { Time = store.Clock.GetUtcNow().AddDays(-1), AccuracySeconds = null });
            await store.PutAsync(TimestampName.Format(size, token), token, Storage.PutCondition.Absent, null, default);
            store.Clock.Advance();
            Assert.Null((await committer.CommitAsync(store.Batch("b", 2), default)).Failure);
            var last = committer.Head.State.Size - 1;
            var report = await ChainVerifier.VerifyAsync(store, new VerifyOptions { TimestampRoots = _authority.Roots, BracketRecords = [0, size - 1, last] }, default);
            Assert.Equal(3, report.Brackets.Count);
            Assert.Equal((TimeSource.Unknown, TimeSource.Timestamp), (report.Brackets[0].EarliestSource, report.Brackets[0].LatestSource));
            Assert.Equal((TimeSource.Store, TimeSource.Timestamp), (report.Brackets[1].EarliestSource, report.Brackets[1].LatestSource));
            Assert.Equal((TimeSource.Store, TimeSource.Store), (report.Brackets[2].EarliestSource, report.Brackets[2].LatestSource));
            Assert.True(report.Brackets[2].Earliest <= report.Brackets[2].Latest);
        }
    }

    [Fact]
    public async Task A_delete_marker_hides_no_timestamp()
    {
        var store = new ScriptedStore(StoreKind.Honouring);
        var (committer, _) = await store.StartAsync();
        committer.Dispose();
        using var heads = new HeadFinder(store);
        var head = (await heads.FindAsync(null, null, default)).State;
        var token = _authority.Stamp(head.Note!, new TokenPlan { Time = store.Clock.GetUtcNow() });
        var key = TimestampName.Format(head.Size, token);
        await store.PutAsync(key, token, Storage.PutCondition.Absent, null, default);
        store.Server.Add(store.Server.Versions(key)[0] with { Ordinal = 1_000_000, Id = "marker", Content = [], Size = 0, IsMarker = true });
        var report = await ChainVerifier.VerifyAsync(store, new VerifyOptions { TimestampRoots = _authority.Roots }, default);
        Assert.Equal(TimestampTrust.Trusted, Assert.Single(report.Timestamps).Trust);
        Assert.Equal((FindingKind.DeleteMarker, key), report.Findings.Where(finding => finding.ObjectKey == key).Select(finding => (finding.Kind, finding.ObjectKey!)).Single());
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 0)]
    public async Task A_trusted_timestamp_clears_what_a_compromised_key_sealed_before(bool trusted, long suspectFrom)
    {
        Put(3, _authority.Stamp(_notes[1], new TokenPlan { Time = DateTimeOffset.UtcNow.AddHours(-5) }));
        // Too late to clear anything.
        Put(5, _authority.Stamp(_notes[2], new TokenPlan { Time = DateTimeOffset.UtcNow.AddSeconds(-1) }));
        using var other = KeyFile.Create(_log.Temporary("other.key"), default);
        await using (var writer = await _log.WriterAsync())
        {
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Add(Chain.KeyRole.Seal, other.PublicKey), _log.Key, default)).Failure);
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Add(Chain.KeyRole.Admin, other.PublicKey), _log.Key, default)).Failure);
        }

        await using (var writer = await AuditWriter.OpenAsync(_log.Store, other, null, default))
            Assert.Null((await writer.ChangeKeysAsync(KeyChange.Compromise(_log.Key.PublicKey, DateTimeOffset.UtcNow.AddHours(-1)), other, default)).Failure);
        var report = await _log.VerifyAsync(new VerifyOptions { TimestampRoots = trusted ? _authority.Roots : null });
        var finding = Assert.Single(report.Findings, one => one.Kind == FindingKind.Suspect);
        Assert.Equal((suspectFrom, 6L), (finding.Sequence!.Value, finding.LastSequence!.Value));
    }

    [Fact]
    public async Task What_was_verified_before_is_not_judged_again()
    {
        Put(3, _authority.Stamp(_notes[1]));
        Put(5, _authority.Stamp(_notes[2]));
        var since = Checkpoint.TryParse(SignedNote.TryParse(_notes[2])!.Text)!;
        await _log.WriteAsync(1);
        var report = await _log.VerifyAsync(new VerifyOptions { TimestampRoots = _authority.Roots, Since = since, Origin = since.Origin });
        Assert.Equal((5L, ChainResult.Passed, 0), (report.From, report.Result, report.Findings.Count));
        Assert.Equal(5, Assert.Single(report.Timestamps).Size);
    }

    public async Task DisposeAsync() => await _log.DisposeAsync();

    public void Dispose() => _authority.Dispose();

    private string Folder => Path.Combine(_log.Directory, "timestamps");

    private void Put(long size, byte[] token) => File.WriteAllBytes(Path.Combine(_log.Directory, TimestampName.Format(size, token)), token);

    private Task ClearAsync()
    {
        Directory.Delete(Folder, true);
        Directory.CreateDirectory(Folder);
        return Task.CompletedTask;
    }

    private Task<ChainReport> VerifyAsync() =>
        _log.VerifyAsync(new VerifyOptions { TimestampRoots = _authority.Roots, BracketRecords = [0, 2, 4, 5, 99] });
}
