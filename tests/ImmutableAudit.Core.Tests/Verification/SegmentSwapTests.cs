using ImmutableAudit.Chain;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>Whole segments removed, exchanged, doubled, renamed and replaced.</summary>
public sealed class SegmentSwapTests : IAsyncLifetime
{
    private AlterableLog _log = null!;

    public async Task InitializeAsync() => _log = await AlterableLog.CreateAsync();

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task A_segment_removed_from_the_middle_is_missing()
    {
        foreach (var (segment, first, last) in new[] { (1, 1, 20), (2, 21, 40) })
        {
            File.Delete(_log.Files[segment]);
            Missing(AlterableLog.OnlyFailure(await _log.VerifyAsync()), first, last, segment);
            Missing(AlterableLog.OnlyFailure(await _log.VerifyKnownAsync()), first, last, segment);
            _log.Restore();
        }

        File.Delete(_log.Files[1]);
        File.Delete(_log.Files[2]);
        Missing(AlterableLog.OnlyFailure(await _log.VerifyAsync()), 1, 40, 1);

        void Missing(ChainFinding finding, long first, long last, int segment) => Assert.Equal(
            (FindingKind.RecordsMissing, first, last, _log.Key(segment)), (finding.Kind, finding.Sequence!.Value, finding.LastSequence!.Value, finding.ObjectKey));
    }

    [Fact]
    public async Task The_first_segment_removed_is_told_as_a_missing_genesis()
    {
        File.Delete(_log.Files[0]);
        foreach (var report in new[] { await _log.VerifyAsync(), await _log.VerifyKnownAsync() })
        {
            var finding = AlterableLog.OnlyFailure(report);
            Assert.Equal((FindingKind.GenesisInvalid, 0, _log.Key(0)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
        }
    }

    [Fact]
    public async Task The_last_segments_removed_are_found_by_who_remembers_anything()
    {
        File.Delete(_log.Files[3]);
        // Nobody could know; hence receipts and remembered checkpoints.
        Assert.Equal(ChainResult.Passed, (await _log.VerifyAsync()).Result);
        Truncated(AlterableLog.OnlyFailure(await _log.VerifyKnownAsync()), 41);
        Truncated(AlterableLog.OnlyFailure(await _log.VerifyAsync(new VerifyOptions { KnownCheckpoints = [_log.Checkpoint] })), 41);
        Truncated(AlterableLog.OnlyFailure(await _log.VerifyAsync(new VerifyOptions { Receipts = [(45, _log.Receipts[44].LeafHash)] })), 41);

        File.Delete(_log.Files[2]);
        Truncated(AlterableLog.OnlyFailure(await _log.VerifyKnownAsync()), 21);
        // What is remembered of what is still there says nothing.
        Assert.Equal(ChainResult.Passed, (await _log.VerifyAsync(new VerifyOptions { Receipts = [(20, _log.Receipts[19].LeafHash)] })).Result);

        static void Truncated(ChainFinding finding, long sequence) => Assert.Equal((FindingKind.Truncated, sequence, 45L), (finding.Kind, finding.Sequence!.Value, finding.LastSequence!.Value));
    }

    [Fact]
    public async Task Everything_removed_is_found_by_who_remembers_anything()
    {
        foreach (var path in _log.Files)
            File.Delete(path);
        Assert.Equal(AuditErrors.LogNotFound, (await Assert.ThrowsAsync<AuditException>(() => _log.VerifyAsync())).ErrorId);
        foreach (var options in new VerifyOptions[]
        {
            new() { KnownCheckpoints = [_log.Checkpoint] },
            new() { Receipts = [(3, _log.Receipts[2].LeafHash)] },
            new() { GenesisHash = _log.GenesisHash },
            new() { Origin = _log.Checkpoint.Origin },
        })
        {
            var report = await _log.VerifyAsync(options);
            Assert.Equal(ChainResult.Failed, report.Result);
            Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.GenesisInvalid);
            Assert.Equal(options.KnownCheckpoints.Count + options.Receipts.Count > 0, report.Findings.Any(finding => finding.Kind == FindingKind.Truncated));
        }
    }

    [Fact]
    public async Task Two_segments_exchanged_are_both_named()
    {
        File.WriteAllBytes(_log.Files[1], _log.Genuine(2));
        File.WriteAllBytes(_log.Files[2], _log.Genuine(1));
        var report = await _log.VerifyAsync();
        Assert.Equal([(FindingKind.SegmentInvalid, 1L, _log.Key(1)), (FindingKind.SegmentInvalid, 21L, _log.Key(2))], report.Findings.Select(f => (f.Kind, f.Sequence!.Value, f.ObjectKey!)));
        Assert.All(report.Findings, finding => Assert.Contains("the object's key says", finding.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_segment_under_anothers_name_is_named()
    {
        for (var at = 0; at < 4; at++)
        {
            for (var from = 0; from < 4; from++)
            {
                if (from == at)
                    continue;
                File.WriteAllBytes(_log.Files[at], _log.Genuine(from));
                var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
                Assert.Equal((at == 0 ? FindingKind.GenesisInvalid : FindingKind.SegmentInvalid, _log.Key(at)), (finding.Kind, finding.ObjectKey));
                _log.Restore();
            }
        }
    }

    [Theory]
    [InlineData(46)] // right behind the end
    [InlineData(100)]
    [InlineData(999999999999999999)]
    public async Task A_copy_under_a_later_name_is_named(long position)
    {
        File.Copy(_log.Files[2], Path.Combine(_log.Folder, Path.GetFileName(AlterableLog.KeyOf(position))));
        var finding = AlterableLog.OnlyFailure(await _log.VerifyKnownAsync());
        Assert.Equal((FindingKind.SegmentInvalid, position, AlterableLog.KeyOf(position)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
    }

    [Fact]
    public async Task A_copy_under_a_name_inside_another_segment_does_not_count()
    {
        File.Copy(_log.Files[2], Path.Combine(_log.Folder, Path.GetFileName(AlterableLog.KeyOf(25))));
        var report = await _log.VerifyKnownAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.StrangeObject, FindingSeverity.Warning, AlterableLog.KeyOf(25)), (finding.Kind, finding.Severity, finding.ObjectKey));
    }

    [Fact]
    public async Task A_segment_renamed_leaves_a_hole()
    {
        File.Move(_log.Files[2], Path.Combine(_log.Folder, Path.GetFileName(AlterableLog.KeyOf(500))));
        var report = await _log.VerifyAsync();
        Assert.Equal(ChainResult.Failed, report.Result);
        Assert.Equal([(FindingKind.RecordsMissing, 21L), (FindingKind.SegmentInvalid, 500L)], report.Findings.Select(f => (f.Kind, f.Sequence!.Value)));
    }

    [Fact]
    public async Task A_segment_of_another_log_by_the_same_key_is_named()
    {
        var folder = _log.Log.Temporary("other");
        await using var store = new Storage.DirectoryStore(Storage.LogLocation.Parse(folder));
        await Log.AuditLog.CreateAsync(store, new Log.LogPlan { Name = "other", SealKey = _log.Log.Key }, null, default);
        await using (var writer = await Log.AuditWriter.OpenAsync(store, _log.Log.Key, null, default))
        {
            foreach (var count in new[] { 20, 20, 5 })
            {
                var batch = writer.NewBatch();
                for (var i = 0; i < count; i++)
                    batch.Add(TestLog.Sample(i));
                Assert.Null((await writer.CommitAsync(batch, default)).Failure);
            }
        }

        for (var segment = 1; segment <= 3; segment++)
        {
            File.Copy(Path.Combine(folder, "segments", Path.GetFileName(_log.Files[segment])), _log.Files[segment], true);
            var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
            Assert.Equal((FindingKind.SegmentInvalid, _log.Key(segment)), (finding.Kind, finding.ObjectKey));
            Assert.InRange(finding.Sequence!.Value, 1 + (segment - 1) * 20, 21 + (segment - 1) * 20);
            _log.Restore();
        }

        // The whole log exchanged for another by the same key.
        foreach (var path in _log.Files)
            File.Copy(Path.Combine(folder, "segments", Path.GetFileName(path)), path, true);
        Assert.Equal(ChainResult.Passed, (await _log.VerifyAsync()).Result);
        var trusted = Signing.VerifierKey.Create(_log.Checkpoint.Origin, _log.Log.Key.PublicKey.Span);
        foreach (var options in new VerifyOptions[]
        {
            new() { Origin = _log.Checkpoint.Origin },
            new() { GenesisHash = _log.GenesisHash },
            new() { TrustedKeys = [trusted] }, // A key is trusted under its name, and that is the origin.
        })
            Assert.Equal(FindingKind.NotTrusted, AlterableLog.OnlyFailure(await _log.VerifyAsync(options)).Kind);
        Assert.Equal(FindingKind.HistoryChanged, AlterableLog.OnlyFailure(await _log.VerifyAsync(new VerifyOptions { KnownCheckpoints = [_log.Checkpoint] })).Kind);
        Assert.Equal(FindingKind.HistoryChanged, AlterableLog.OnlyFailure(await _log.VerifyAsync(new VerifyOptions { Receipts = [(7, _log.Receipts[6].LeafHash)] })).Kind);
    }

    [Fact]
    public async Task A_genuine_seal_over_other_lines_and_other_lines_under_a_genuine_name_are_named()
    {
        // The seal of 21 to 40 under the lines of 1 to 20, and the other way round.
        foreach (var (lines, seal) in new[] { (1, 2), (2, 1) })
        {
            _log.Write(lines, [.. _log.Lines(lines)[..^1], _log.Lines(seal)[^1]]);
            var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
            Assert.Equal((FindingKind.SegmentInvalid, _log.Key(lines)), (finding.Kind, finding.ObjectKey));
            _log.Restore();
        }
    }
}
