using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests.Timestamps;
using ImmutableAudit.Events;
using ImmutableAudit.Evidence;
using ImmutableAudit.Log;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Evidence;

/// <summary>What is exported from a good log passes, whatever was selected and whatever became of the log's keys.</summary>
public sealed class EvidenceRoundTripTests : IAsyncLifetime, IDisposable
{
    private readonly TestLog _log = new();

    private string Zip => _log.Temporary("case.zip");

    public Task InitializeAsync() => _log.CreateAsync();

    public Task DisposeAsync() => _log.DisposeAsync().AsTask();

    public void Dispose() => _log.Key.Dispose();

    [Fact]
    public async Task A_log_of_one_record()
    {
        var summary = await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(0));
        Assert.Equal((1, 0L, 1L), (summary.Records, summary.RecordsBeside, summary.CheckpointSize));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Zip))), summary.Sha256);
        var report = Passes();
        Assert.Equal((TrustBasis.FirstSight, 1L), (report.Trust, report.KeysShownTo));
        Assert.Equal(summary.Sha256, report.Sha256);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Every_single_record_with_its_line(int inOneCommit)
    {
        await _log.WriteAsync(23, inOneCommit);
        var log = await AuditLog.OpenAsync(_log.Store, default);
        await foreach (var record in log.ReadAsync(0, long.MaxValue))
        {
            await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(record.Sequence));
            var report = Passes(new EvidenceTrust { TrustedKeys = log.Sealers, GenesisHash = log.GenesisHash, Origin = log.Genesis.Origin });
            Assert.Equal((TrustBasis.Given, log.Checkpoint, record.Json), (report.Trust, report.Checkpoint, Assert.Single(report.Records).Json));
        }
    }

    [Fact]
    public async Task Ten_thousand_records_of_a_hundred_thousand_then_one_the_first_and_the_last()
    {
        await _log.WriteAsync(99_999, 10_000);
        var many = Enumerable.Range(0, 10_000).Select(i => i * 10L + i % 10).ToArray();
        Assert.Equal(10_000, (await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(many))).Records);
        Assert.Equal(many, Passes().Records.Select(record => record.Sequence));
        foreach (var one in new[] { 0L, 54_321, 99_999 })
        {
            await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(one));
            Assert.Equal(one, Assert.Single(Passes().Records).Sequence);
            Assert.True(new FileInfo(Zip).Length < 20_000, $"{new FileInfo(Zip).Length:N0} bytes for one record.");
        }
    }

    [Fact]
    public async Task Many_small_segments_and_far_records()
    {
        await _log.WriteAsync(300, 1);
        var summary = await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(1, 2, 3, 150, 299, 300));
        Assert.Equal((6, 1L), (summary.Records, summary.RecordsBeside));
        Assert.Equal(6, Passes().Proven);
    }

    [Fact]
    public async Task Selected_by_what_they_say()
    {
        await _log.WriteAsync(50, 8);
        async Task<long[]> SelectAsync(EvidenceSelection selection)
        {
            await EvidenceKit.ExportAsync(_log.Store, Zip, new EvidencePlan { Selection = selection });
            return [.. Passes().Records.Select(record => record.Sequence)];
        }

        Assert.Equal(new long[] { 4, 11, 18, 25, 32, 39, 46 }, await SelectAsync(new EvidenceSelection { Actors = ["ALICE3"] }));
        Assert.Equal(new long[] { 11, 12 }, await SelectAsync(new EvidenceSelection { Resources = ["s3://payroll/10.csv", "*/1?.csv"], Before = DateTimeOffset.UnixEpoch.AddSeconds(12) }));
        Assert.Equal(new long[] { 49, 50 }, await SelectAsync(new EvidenceSelection { Actions = ["s3:get*"], Outcomes = [AuditOutcome.Success], After = DateTimeOffset.UnixEpoch.AddSeconds(48) }));
        Assert.Equal(51, (await SelectAsync(new EvidenceSelection())).Length);
        var none = await Assert.ThrowsAsync<AuditException>(() => SelectAsync(new EvidenceSelection { Resources = ["S3://*"] }));
        Assert.Equal(AuditErrors.RangeInvalid, none.ErrorId);
    }

    [Fact]
    public async Task The_same_export_is_the_same_bytes_but_for_what_is_dated()
    {
        await _log.WriteAsync(9, 2);
        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(3, 8));
        var once = EvidenceKit.Unpack(Zip);
        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(8, 3));
        var twice = EvidenceKit.Unpack(Zip);
        Assert.Equal(once.Keys, twice.Keys);
        Assert.Equal([EvidenceNames.Manifest, EvidenceNames.Locks], once.Keys.Where(name => !once[name].AsSpan().SequenceEqual(twice[name])));
        var clock = new FixedClock();
        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(3) with { Time = clock });
        var first = File.ReadAllBytes(Zip);
        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(3) with { Time = clock });
        Assert.Equal(first, File.ReadAllBytes(Zip));
    }

    [Fact]
    public async Task Under_a_checkpoint_that_was_kept()
    {
        await _log.WriteAsync(4, 2);
        var kept = (await AuditLog.OpenAsync(_log.Store, default)).Checkpoint;
        await _log.WriteAsync(4, 2);
        var plan = EvidenceKit.Plan(2) with { Checkpoint = kept };
        Assert.Equal(5, (await EvidenceKit.ExportAsync(_log.Store, Zip, plan)).CheckpointSize);
        Assert.Equal(kept, Passes().Checkpoint);
        await RefusedAsync(AuditErrors.RangeInvalid, plan with { Selection = EvidenceKit.Plan(7).Selection });
        await RefusedAsync(AuditErrors.RecordNotVerified, plan with { Checkpoint = kept.Replace("\n5\n", "\n4\n", StringComparison.Ordinal) });
        await RefusedAsync(AuditErrors.FormatInvalid, plan with { Checkpoint = "5" });
    }

    [Fact]
    public async Task What_was_read_elsewhere_or_lies_in_the_way_stops_the_export()
    {
        await _log.WriteAsync(2);
        var plan = new EvidencePlan { Selection = new EvidenceSelection { Sequences = [1], LeafHashes = new Dictionary<long, string> { [1] = new('0', 64) } } };
        await RefusedAsync(AuditErrors.RecordNotVerified, plan);
        Assert.False(File.Exists(Zip));
        await File.WriteAllTextAsync(Zip, "mine");
        var inTheWay = await Assert.ThrowsAsync<AuditException>(() => EvidenceBuilder.ExportAsync(_log.Store, EvidenceKit.Plan(1), Zip, false, default));
        Assert.Equal(AuditErrors.ExportRefused, inTheWay.ErrorId);
        Assert.Equal("mine", await File.ReadAllTextAsync(Zip));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Zip)!, "*.tmp"));
    }

    [Fact]
    public async Task Keys_that_change_before_and_after_the_record()
    {
        using var second = Signing.KeyFile.Create(_log.Temporary("second.key"), default);
        await _log.WriteAsync(2);
        await EvidenceKit.ChangeKeyAsync(_log, _log.Key, _log.Key, KeyChange.Add(KeyRole.Seal, second.PublicKey));
        await EvidenceKit.ChangeKeyAsync(_log, second, _log.Key, KeyChange.Add(KeyRole.Admin, second.PublicKey));
        await AppendAsync(second);
        await EvidenceKit.ChangeKeyAsync(_log, second, second, KeyChange.Retire(_log.Key.PublicKey));
        // The checkpoint is the seal of the key record itself, then of one behind it.
        for (var i = 0; i < 2; i++)
        {
            await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(1, 5));
            var report = Passes(new EvidenceTrust { TrustedKeys = (await AuditLog.OpenAsync(_log.Store, default)).Genesis.Keys.Select(key => key.Key).ToArray() });
            Assert.Contains(Signing.VerifierKey.Create(report.Origin!, second.PublicKey.Span).ToString(), report.CheckpointKey!, StringComparison.Ordinal);
            await AppendAsync(second);
        }
    }

    [Fact]
    public async Task A_compromised_key_makes_its_records_suspect_and_a_timestamp_clears_them()
    {
        using var second = Signing.KeyFile.Create(_log.Temporary("second.key"), default);
        using var authority = new TestAuthority();
        await _log.WriteAsync(2);
        var early = (await AuditLog.OpenAsync(_log.Store, default)).Checkpoint;
        await EvidenceKit.ChangeKeyAsync(_log, _log.Key, _log.Key, KeyChange.Add(KeyRole.Seal, second.PublicKey));
        await EvidenceKit.ChangeKeyAsync(_log, second, _log.Key, KeyChange.Add(KeyRole.Admin, second.PublicKey));
        await EvidenceKit.ChangeKeyAsync(_log, second, second, KeyChange.Compromise(_log.Key.PublicKey, DateTimeOffset.UtcNow));
        await AppendAsync(second);
        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(1, 6));
        var report = EvidenceKit.Check(Zip);
        Assert.Equal((ChainResult.Unknown, 1L), (report.Result, Assert.Single(report.Findings).Sequence!.Value));
        Assert.Equal([true, false], report.Records.Select(record => record.IsSuspect));

        Stamp(authority.Stamp(early, new TokenPlan { Time = DateTimeOffset.UtcNow.AddDays(-1) }), 3);
        Assert.Equal(1, (await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(1, 6))).Timestamps);
        Assert.Equal(ChainResult.Unknown, EvidenceKit.Check(Zip).Result);
        Assert.Equal(ChainResult.Passed, EvidenceKit.Check(Zip, new EvidenceTrust { TimestampRoots = authority.Roots }).Result);
    }

    [Fact]
    public async Task Timestamps_prove_times_to_who_trusts_them()
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority(name: "Stranger");
        var notes = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            await _log.WriteAsync(2);
            notes.Add((await AuditLog.OpenAsync(_log.Store, default)).Checkpoint);
        }

        var time = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero);
        Stamp(authority.Stamp(notes[0], new TokenPlan { Time = time }), 3);
        Stamp(authority.Stamp(notes[2], new TokenPlan { Time = time.AddHours(-1) }), 7);
        Stamp(stranger.Stamp(notes[1], new TokenPlan { Time = time.AddYears(-1) }), 5);
        Stamp("junk"u8.ToArray(), 5);
        var summary = await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(1, 4) with { TimestampRoots = [("root", System.Text.Encoding.ASCII.GetBytes(authority.RootPem))] });
        Assert.Equal(3, summary.Timestamps);
        Assert.Contains("isn't a sound timestamp", Assert.Single(summary.Unknown), StringComparison.Ordinal);
        // The exporter's roots are his word: they count for nobody else.
        var alone = Passes();
        Assert.All(alone.Records, record => Assert.Null(record.ExistedBy));
        Assert.Equal(EvidenceFindingKind.TimestampUnchecked, Assert.Single(alone.Findings).Kind);
        var report = Passes(new EvidenceTrust { TimestampRoots = authority.Roots });
        Assert.All(report.Records, record => Assert.Equal(time.AddHours(-1).AddSeconds(1), record.ExistedBy));
        Assert.Equal([EvidenceFindingKind.TimestampUntrusted], report.Findings.Select(finding => finding.Kind).Where(kind => kind != EvidenceFindingKind.RecordedTooLate).Distinct());
        // Those that cover no selected record are left out.
        Assert.Equal(1, (await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(6))).Timestamps);
    }

    [Fact]
    public void Every_kind_of_finding_is_documented()
    {
        var page = File.ReadAllText(Path.Combine(SharedData.Repository, "docs", "evidence.md"));
        Assert.All(Enum.GetNames<EvidenceFindingKind>(), kind => Assert.Contains(kind, page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_exporters_word_is_shown_as_such()
    {
        await _log.WriteAsync(1);
        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(1) with { Note = "Case 4711 — für Müller", Verify = true });
        var says = Passes().ExporterSays;
        Assert.Equal((_log.Store.Location, "Case 4711 — für Müller", "by number (1)"), (says.Location, says.Note, says.Selection));
        Assert.Contains("\"result\": \"Passed\"", System.Text.Encoding.UTF8.GetString(EvidenceKit.Unpack(Zip)[EvidenceNames.Verification]), StringComparison.Ordinal);
    }

    private EvidenceReport Passes(EvidenceTrust? trust = null)
    {
        var report = EvidenceKit.Check(Zip, trust);
        Assert.True(report.Result == ChainResult.Passed && report.Proven == report.Records.Count, EvidenceKit.Describe(report));
        return report;
    }

    private async Task RefusedAsync(string id, EvidencePlan plan) =>
        Assert.Equal(id, (await Assert.ThrowsAsync<AuditException>(() => EvidenceKit.ExportAsync(_log.Store, Zip, plan))).ErrorId);

    private async Task AppendAsync(Signing.ISealKey key)
    {
        await using var writer = await AuditWriter.OpenAsync(_log.Store, key, null, default);
        await writer.AppendAsync(TestLog.Sample(1));
    }

    private void Stamp(byte[] token, long size)
    {
        var path = Path.Combine(_log.Directory, TimestampName.Format(size, token));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, token);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50);
    }
}
