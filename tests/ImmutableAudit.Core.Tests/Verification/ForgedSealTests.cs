using ImmutableAudit.Chain;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>What a verifier makes of forged segments that are no attack, or where one attack would look like many.</summary>
public sealed class ForgedSealTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-forged-").FullName;
    private readonly TestKey _key = new(), _admin = new(), _stranger = new();
    private readonly SegmentForge _forge = new(SegmentForge.NewOrigin());

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

    private void Put(ForgedSegment segment) => File.WriteAllBytes(PathOf(segment.First), segment.Stored);

    private async Task<ChainReport> VerifyAsync(VerifyOptions? options = null)
    {
        await using var store = new DirectoryStore(LogLocation.Parse(_folder));
        return await ChainVerifier.VerifyAsync(store, options, default);
    }
}
