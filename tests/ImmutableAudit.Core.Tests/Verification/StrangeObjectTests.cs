using System.Diagnostics;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>What lies beside the segments or in their place, and what can't be read.</summary>
public sealed class StrangeObjectTests : IAsyncLifetime
{
    private AlterableLog _log = null!;

    public async Task InitializeAsync() => _log = await AlterableLog.CreateAsync();

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Theory]
    [InlineData("readme.txt")]
    [InlineData("999999999999999999-0.jsonl.gz.bak")]
    [InlineData("999999999999999999-0.jsonl")]
    [InlineData("999999999999999999-00.jsonl.gz")]
    [InlineData("999999999999999998-0.jsonl.gz")] // not n's complement
    [InlineData("999999999999999999-+0.jsonl.gz")]
    [InlineData("999999999999999999- 0.jsonl.gz")]
    [InlineData("0-999999999999999999.jsonl.gz")]
    [InlineData("99999999999999999-900000000000000000.jsonl.gz")]
    [InlineData("999999999999999958-41.JSONL.GZ")]
    [InlineData(".999999999999999958-41.jsonl.gz")]
    [InlineData("a\u0301é.gz")]
    public async Task A_foreign_name_is_reported_and_does_not_count(string name)
    {
        File.Copy(_log.Files[3], Path.Combine(_log.Folder, name));
        var report = await _log.VerifyKnownAsync();
        var finding = Assert.Single(report.Findings);
        Assert.Equal((ChainResult.Passed, FindingKind.StrangeObject, "segments/" + name), (report.Result, finding.Kind, finding.ObjectKey));
        Assert.Equal(46, (await AuditLog.OpenAsync(_log.Log.Store, default)).Size);
    }

    [Fact]
    public async Task Files_in_a_folder_beneath_are_reported()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_log.Folder, "more", "and more"));
        File.Copy(_log.Files[3], Path.Combine(folder.FullName, Path.GetFileName(_log.Files[3])));
        var report = await _log.VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(FindingKind.StrangeObject, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public async Task Links_that_lead_round_and_round_are_not_followed()
    {
        if (OperatingSystem.IsWindows())
            return;
        // Were they followed, their number would double at each of forty levels.
        foreach (var name in new[] { "a", "b", "c" })
            Directory.CreateSymbolicLink(Path.Combine(_log.Folder, name), ".");
        var report = await _log.VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(["segments/a", "segments/b", "segments/c"], report.Findings.Select(f => f.ObjectKey).Order());
    }

    [Fact]
    public async Task A_folder_in_a_segments_place_is_no_segment()
    {
        for (var segment = 0; segment < 4; segment++)
        {
            File.Delete(_log.Files[segment]);
            Directory.CreateDirectory(_log.Files[segment]);
            var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
            Assert.Equal((segment == 0 ? FindingKind.GenesisInvalid : FindingKind.SegmentInvalid, _log.Key(segment)), (finding.Kind, finding.ObjectKey));
            _log.Restore();
        }
    }

    [Fact]
    public async Task A_folder_on_the_next_name_stops_writing_at_once_and_is_named()
    {
        var next = AlterableLog.KeyOf(46);
        await using var writer = await _log.Log.WriterAsync();
        Directory.CreateDirectory(Path.Combine(_log.Log.Directory, next));
        var batch = writer.NewBatch();
        batch.Add(TestLog.Sample(1));
        var result = await writer.CommitAsync(batch, default);
        Assert.Equal(AuditErrors.NextSegmentInvalid, result.Failure!.ErrorId);
        Assert.Contains(next, result.Failure.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (result.Acknowledged, result.InDoubt));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("")]
    public async Task Garbage_on_the_next_name_stops_writing_and_is_named(string content)
    {
        var next = AlterableLog.KeyOf(46);
        await using (var writer = await _log.Log.WriterAsync())
        {
            File.WriteAllText(Path.Combine(_log.Log.Directory, next), content);
            var batch = writer.NewBatch();
            batch.Add(TestLog.Sample(1));
            var result = await writer.CommitAsync(batch, default);
            Assert.Equal(AuditErrors.NextSegmentInvalid, result.Failure!.ErrorId);
            Assert.Equal((0, 0), (result.Acknowledged, result.InDoubt));
        }

        var finding = AlterableLog.OnlyFailure(await _log.VerifyKnownAsync());
        Assert.Equal((FindingKind.SegmentInvalid, 46, next), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
        // It is gone, and the log goes on.
        File.Delete(Path.Combine(_log.Log.Directory, next));
        await _log.Log.WriteAsync(1);
        Assert.Equal(ChainResult.Passed, (await _log.VerifyKnownAsync()).Result);
    }

    [Fact]
    public async Task A_link_in_a_segments_place_is_what_it_leads_to()
    {
        if (OperatingSystem.IsWindows())
            return;
        var elsewhere = _log.Log.Temporary("elsewhere");
        File.Move(_log.Files[2], elsewhere);
        File.CreateSymbolicLink(_log.Files[2], elsewhere);
        Assert.Equal(ChainResult.Passed, (await _log.VerifyKnownAsync()).Result);
        File.Delete(elsewhere);
        var finding = AlterableLog.OnlyFailure(await _log.VerifyKnownAsync());
        Assert.Equal((21, _log.Key(2)), (finding.Sequence!.Value, finding.ObjectKey));

        File.Delete(_log.Files[2]);
        File.CreateSymbolicLink(_log.Files[2], _log.Files[2]);
        var report = await _log.VerifyKnownAsync();
        Assert.NotEqual(ChainResult.Passed, report.Result);
        Assert.Contains(report.Findings, finding => finding.ObjectKey == _log.Key(2));
    }

    [Fact]
    public async Task A_pipe_in_a_segments_place_does_not_hold_anybody_up()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.Delete(_log.Files[2]);
        using (var made = Process.Start("mkfifo", [_log.Files[2]]))
            made.WaitForExit();
        var report = await _log.VerifyKnownAsync();
        Assert.NotEqual(ChainResult.Passed, report.Result);
        Assert.Contains(report.Findings, finding => finding.ObjectKey == _log.Key(2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_cannot_be_read_is_unknown_and_nothing_worse(int segment)
    {
        await using var store = new OddStore(_log.Log.Store) { Reading = key => key == _log.Key(segment) ? OddStore.Unreadable : null };
        var report = await ChainVerifier.VerifyAsync(store, null, default);
        Assert.True(report.Result == ChainResult.Unknown, AlterableLog.Describe(report));
        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.Unreadable, FindingSeverity.Unknown, _log.Key(segment)), (finding.Kind, finding.Severity, finding.ObjectKey));
        // What is wrong elsewhere is told all the same.
        var other = segment == 1 ? 2 : 1;
        var lines = _log.Lines(other);
        lines[2] = lines[2].Replace("GetObject", "PutObject", StringComparison.Ordinal);
        _log.Write(other, lines);
        report = await ChainVerifier.VerifyAsync(store, null, default);
        Assert.Equal(2, report.Findings.Count);
        Assert.Contains(report.Findings, f => f.Kind == FindingKind.SegmentInvalid && f.ObjectKey == _log.Key(other));
    }

    [Fact]
    public async Task A_genesis_that_cannot_be_read_is_unknown()
    {
        await using var store = new OddStore(_log.Log.Store) { Reading = key => key == _log.Key(0) ? OddStore.Unreadable : null };
        var report = await ChainVerifier.VerifyAsync(store, new VerifyOptions { KnownCheckpoints = [_log.Checkpoint] }, default);
        Assert.True(report.Result == ChainResult.Unknown, AlterableLog.Describe(report));
        Assert.Equal(FindingKind.Unreadable, Assert.Single(report.Findings).Kind);
        Assert.Equal(AuditErrors.ObjectUnreadable, (await Assert.ThrowsAsync<AuditException>(() => AuditLog.OpenAsync(store, default))).ErrorId);
    }

    [Fact]
    public async Task A_genesis_that_could_not_be_read_for_a_moment_is_judged_in_full()
    {
        var reads = 0;
        await using var store = new OddStore(_log.Log.Store) { Reading = key => key == _log.Key(0) && reads++ == 0 ? OddStore.Unreadable : null };
        var trusted = Signing.VerifierKey.Create(_log.Checkpoint.Origin, _log.Log.Key.PublicKey.Span);
        var report = await ChainVerifier.VerifyAsync(store, new VerifyOptions { TrustedKeys = [trusted] }, default);
        Assert.True(report.Result == ChainResult.Passed, AlterableLog.Describe(report));
        using var stranger = new TestKey();
        reads = 0;
        report = await ChainVerifier.VerifyAsync(store, new VerifyOptions { TrustedKeys = [stranger.Named(_log.Checkpoint.Origin)] }, default);
        Assert.Equal(FindingKind.NotTrusted, AlterableLog.OnlyFailure(report).Kind);
        // The same where it turns out to be damaged.
        var lines = _log.Lines(0);
        _log.Write(0, [lines[0] + " ", lines[1]]);
        reads = 0;
        report = await ChainVerifier.VerifyAsync(store, null, default);
        Assert.Equal((ChainResult.Failed, _log.Key(0)), (report.Result, AlterableLog.OnlyFailure(report).ObjectKey));
    }

    [Fact]
    public async Task Garbage_behind_what_cannot_be_read_does_not_make_it_worse()
    {
        File.WriteAllText(Path.Combine(_log.Log.Directory, AlterableLog.KeyOf(25)), "garbage");
        await using var store = new OddStore(_log.Log.Store) { Reading = key => key == _log.Key(2) ? OddStore.Unreadable : null };
        Assert.Equal(ChainResult.Unknown, (await ChainVerifier.VerifyAsync(store, null, default)).Result);
    }

    [Fact]
    public async Task An_object_larger_than_a_segment_is_invalid_unread()
    {
        using (var file = new FileStream(_log.Files[2], FileMode.Open))
            file.SetLength(Chain.LogFormat.MaxStoredBytes + 1L);
        var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
        Assert.Equal((FindingKind.SegmentInvalid, 21, _log.Key(2)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
        using (var file = new FileStream(_log.Files[2], FileMode.Open))
            file.SetLength(5_000_000_000);
        Assert.Equal(_log.Key(2), AlterableLog.OnlyFailure(await _log.VerifyAsync()).ObjectKey);
    }
}
