using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>Segments and whole logs that were sealed anew: by a stranger's key, a retired one, the stolen one.</summary>
public sealed class ForgedSealTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-forged-").FullName;
    private readonly TestKey _key = new(), _admin = new(), _stranger = new();
    private readonly SegmentForge _forge = new(SegmentForge.NewOrigin());
    private readonly List<ForgedSegment> _segments = [];

    public ForgedSealTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "segments"));
        Put(_forge.Create(_key, (KeyRole.Admin, _admin)));
    }

    public void Dispose()
    {
        foreach (var key in new[] { _key, _admin, _stranger })
            key.Dispose();
        _forge.Dispose();
        Directory.Delete(_folder, true);
    }

    [Fact]
    public async Task Another_keys_seal_is_no_seal()
    {
        Put(_forge.Segment(_key, new(), new()));
        var altered = _forge.Copy();
        Put(_forge.Segment(_key, new(), new()));
        Put(_forge.Segment(_key, new(), new()));
        Assert.Equal(ChainResult.Passed, (await VerifyAsync()).Result);

        Put(altered.Segment(_stranger, new("s3:DeleteObject"), new()));
        var finding = AlterableLog.OnlyFailure(await VerifyAsync());
        Assert.Equal((FindingKind.SegmentInvalid, 3, SegmentName.Format(3)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
        Assert.Contains("which this log doesn't know", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stolen_keys_seal_over_altered_records_does_not_fit_what_follows()
    {
        var altered = _forge.Copy();
        Put(_forge.Segment(_key, new(), new()));
        Put(_forge.Segment(_key, new(), new()));
        Put(_forge.Segment(_key, new(), new()));
        Put(altered.Segment(_key, new("s3:DeleteObject"), new()));
        var finding = AlterableLog.OnlyFailure(await VerifyAsync());
        Assert.Equal(FindingKind.SegmentInvalid, finding.Kind);
        Assert.Equal(2, finding.Sequence);
        Assert.Contains("validly sealed and doesn't follow", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stolen_keys_segment_inside_another_is_told()
    {
        var inside = _forge.Copy();
        Put(_forge.Segment(_key, new(), new(), new()));
        inside.Segment(_key, new ForgedRecord());
        Put(inside.Segment(_key, new ForgedRecord("s3:DeleteObject")));
        var finding = AlterableLog.OnlyFailure(await VerifyAsync());
        Assert.Equal((FindingKind.MisplacedSegment, 2, SegmentName.Format(2)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
    }

    [Fact]
    public async Task A_whole_log_sealed_anew_is_found_by_who_trusts_or_remembers_anything()
    {
        foreach (var _ in Enumerable.Range(0, 5))
            Put(_forge.Segment(_key, new(), new()));
        var genuine = await VerifyAsync();
        Assert.Equal((ChainResult.Passed, TrustBasis.FirstSight), (genuine.Result, genuine.Trust));
        var checkpoint = Checkpoint.TryParse(SignedNote.TryParse(genuine.Checkpoint!)!.Text)!;

        // The same origin, the same number of records, one of them altered, all sealed by a key of the attacker's.
        using var again = new SegmentForge(_forge.Origin);
        Put(again.Create(_stranger));
        foreach (var i in Enumerable.Range(0, 5))
            Put(again.Segment(_stranger, new(i == 2 ? "s3:DeleteObject" : "s3:GetObject"), new()));
        var forged = await VerifyAsync();
        Assert.Equal((ChainResult.Passed, TrustBasis.FirstSight), (forged.Result, forged.Trust)); // it says itself that it proves little
        Assert.NotEqual(genuine.GenesisHash, forged.GenesisHash);

        var trusted = new VerifyOptions { TrustedKeys = [_key.Named(_forge.Origin)] };
        Assert.Equal(FindingKind.NotTrusted, AlterableLog.OnlyFailure(await VerifyAsync(trusted)).Kind);
        Assert.Equal(FindingKind.NotTrusted, AlterableLog.OnlyFailure(await VerifyAsync(new VerifyOptions { GenesisHash = genuine.GenesisHash })).Kind);
        Assert.Equal(FindingKind.HistoryChanged, AlterableLog.OnlyFailure(await VerifyAsync(new VerifyOptions { KnownCheckpoints = [checkpoint] })).Kind);
    }

    [Fact]
    public async Task A_genesis_may_be_trusted_by_its_admin_key_only_where_it_is_pinned_too()
    {
        var hash = (await VerifyAsync()).GenesisHash;
        var admin = _admin.Named(_forge.Origin);
        Assert.Equal(ChainResult.Failed, (await VerifyAsync(new VerifyOptions { TrustedKeys = [admin] })).Result);
        Assert.Equal(ChainResult.Passed, (await VerifyAsync(new VerifyOptions { TrustedKeys = [admin], GenesisHash = hash })).Result);
        Assert.Equal(ChainResult.Failed, (await VerifyAsync(new VerifyOptions { TrustedKeys = [_stranger.Named(_forge.Origin)], GenesisHash = hash })).Result);
        var report = await VerifyAsync(new VerifyOptions { TrustedKeys = [_stranger.Named("x"), _key.Named(_forge.Origin)] });
        Assert.Equal((ChainResult.Passed, TrustBasis.Given), (report.Result, report.Trust));
    }

    [Fact]
    public async Task Records_sealed_again_from_the_middle_are_found_by_a_checkpoint_or_receipt_that_covers_them()
    {
        Put(_forge.Segment(_key, new(), new()));
        var stolen = _forge.Copy();
        Put(_forge.Segment(_key, new(), new()));
        Put(_forge.Segment(_key, new(), new()));
        var genuine = await VerifyAsync();
        var checkpoint = Checkpoint.TryParse(SignedNote.TryParse(genuine.Checkpoint!)!.Text)!;

        Put(stolen.Segment(_key, new("s3:DeleteObject"), new()));
        Put(stolen.Segment(_key, new(), new()));
        Put(stolen.Segment(_key, new ForgedRecord()));
        Assert.Equal(ChainResult.Passed, (await VerifyAsync()).Result);
        var finding = AlterableLog.OnlyFailure(await VerifyAsync(new VerifyOptions { KnownCheckpoints = [checkpoint] }));
        Assert.Equal((FindingKind.HistoryChanged, 6), (finding.Kind, finding.Sequence!.Value));
        using var hasher = new Merkle.MerkleHasher();
        var receipts = Enumerable.Range(0, 2).Select(i => (3L + i, hasher.Leaf(Encoding.UTF8.GetBytes(_segments[2].Lines[i])).ToString())).ToList();
        var report = await VerifyAsync(new VerifyOptions { Receipts = receipts });
        Assert.Equal([(FindingKind.HistoryChanged, 3L), (FindingKind.HistoryChanged, 4L)], report.Findings.Select(f => (f.Kind, f.Sequence!.Value)));
        // A checkpoint from before says nothing.
        using var parser = new SegmentParser();
        var before = parser.Parse(_segments[1].Stored, 1, SegmentParts.None, out _)!.Seal.Checkpoint;
        Assert.Equal(ChainResult.Passed, (await VerifyAsync(new VerifyOptions { KnownCheckpoints = [before] })).Result);
    }

    [Fact]
    public async Task An_entry_sealed_by_a_retired_key_is_no_part_of_the_log()
    {
        using var next = new TestKey();
        Put(_forge.Segment(_key, _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", next.Named(_forge.Origin).ToString())])));
        Put(_forge.Segment(_key, _forge.Admin(_admin, AdminRecord.KeyRetired, [("vkey", _key.Named(_forge.Origin).ToString())])));
        Put(_forge.Segment(next, new(), new()));
        Assert.Equal(ChainResult.Passed, (await VerifyAsync()).Result);
        Put(_forge.Segment(_key, new(), new()));
        var finding = AlterableLog.OnlyFailure(await VerifyAsync());
        Assert.Equal((FindingKind.SegmentInvalid, 5, SegmentName.Format(5)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
        Assert.Contains("took out of force", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_key_record_does_not_make_a_finding_of_every_segment_behind_it()
    {
        using var next = new TestKey();
        Put(_forge.Segment(_key, new ForgedRecord()));
        Put(_forge.Segment(_key, _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", next.Named(_forge.Origin).ToString())]), new()));
        for (var i = 0; i < 30; i++)
            Put(_forge.Segment(next, new(), new()));
        Assert.Equal(ChainResult.Passed, (await VerifyAsync()).Result);

        var path = PathOf(2);
        var bytes = File.ReadAllBytes(path);
        bytes[100] ^= 8;
        File.WriteAllBytes(path, bytes);
        var report = await VerifyAsync();
        Assert.Equal(ChainResult.Failed, report.Result);
        Assert.True(report.Findings.Count == 2, AlterableLog.Describe(report));
        Assert.Equal((FindingKind.SegmentInvalid, SegmentName.Format(2)), (report.Findings[0].Kind, report.Findings[0].ObjectKey));
        Assert.Equal((4L, 63L, SegmentName.Format(4)), (report.Findings[1].Sequence!.Value, report.Findings[1].LastSequence!.Value, report.Findings[1].ObjectKey));

        File.Delete(path);
        report = await VerifyAsync();
        Assert.Equal(ChainResult.Failed, report.Result);
        Assert.InRange(report.Findings.Count, 1, 2);
        Assert.Equal(4, report.Findings[0].Sequence);
    }

    [Fact]
    public async Task What_follows_a_closed_log_is_told()
    {
        Put(_forge.Segment(_key, _forge.Admin(_admin, AdminRecord.LogClosed, [])));
        Assert.Equal(ChainResult.Passed, (await VerifyAsync()).Result);
        Put(_forge.Segment(_key, new ForgedRecord()));
        var finding = AlterableLog.OnlyFailure(await VerifyAsync());
        Assert.Equal((FindingKind.SegmentInvalid, 2, SegmentName.Format(2)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
        Assert.Contains("closed", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recorded_time_that_falls_is_told_with_its_record()
    {
        Put(_forge.Segment(_key, new(), new()));
        _forge.Recorded = _forge.Recorded.AddSeconds(-1);
        Put(_forge.Segment(_key, new(), new()));
        var finding = AlterableLog.OnlyFailure(await VerifyAsync());
        Assert.Equal((FindingKind.RecordedFalls, 3), (finding.Kind, finding.Sequence!.Value));
    }

    [Fact]
    public async Task One_id_twice_is_told_and_no_failure()
    {
        var copy = _forge.Copy();
        Put(_forge.Segment(_key, new(), new()));
        copy.Size = _forge.Size;
        (copy.LastLeaf, copy.LastSegment, copy.Frontier) = (_forge.LastLeaf, _forge.LastSegment, _forge.Frontier);
        Put(copy.Segment(_key, new ForgedRecord()));
        var report = await VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.RepeatedId, FindingSeverity.Warning, 3), (finding.Kind, finding.Severity, finding.Sequence!.Value));
    }

    private string PathOf(long first) => Path.Combine(_folder, SegmentName.Format(first));

    private void Put(ForgedSegment segment)
    {
        _segments.Add(segment);
        File.WriteAllBytes(PathOf(segment.First), segment.Stored);
    }

    private async Task<ChainReport> VerifyAsync(VerifyOptions? options = null)
    {
        await using var store = new DirectoryStore(LogLocation.Parse(_folder));
        return await ChainVerifier.VerifyAsync(store, options, default);
    }
}
