using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>A log whose keys change: found cold as it is found by walking, read, written on and verified.</summary>
public sealed class KeyChangeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("immutableaudit-keys-").FullName;
    private readonly TestKey _one = new(), _two = new(), _three = new(), _admin = new(), _secondAdmin = new();
    private readonly SegmentForge _forge = new(SegmentForge.NewOrigin());

    public KeyChangeTests() => Directory.CreateDirectory(Path.Combine(_folder, "segments"));

    [Fact]
    public async Task A_cold_start_follows_the_key_records_and_agrees_with_the_walk_at_every_length()
    {
        Put(_forge.Create(_one, (KeyRole.Admin, _admin)));
        await AgreesAsync();
        await PutAndAgreeAsync(_one, new(), new());
        await PutAndAgreeAsync(_one, new(), Added("seal", _two), new());
        await PutAndAgreeAsync(_two, new ForgedRecord());
        await PutAndAgreeAsync(_two, Retired(_one), new());
        await PutAndAgreeAsync(_two, new(), new(), new());
        await PutAndAgreeAsync(_two, Added("admin", _secondAdmin));
        // Signed by the admin key that was added itself, and two key records in one segment.
        await PutAndAgreeAsync(_two, new(), _forge.Admin(_secondAdmin, AdminRecord.KeyRetired, [("vkey", Vkey(_admin))]));
        await PutAndAgreeAsync(
            _two,
            _forge.Admin(_secondAdmin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_three))]),
            _forge.Admin(_secondAdmin, AdminRecord.KeyCompromised, [("vkey", Vkey(_two)), ("since", RecordLines.Time)], place: _forge.Size));
        await PutAndAgreeAsync(_three, new ForgedRecord());
        await PutAndAgreeAsync(_three, _forge.Admin(_secondAdmin, AdminRecord.LogClosed, []));

        await using var store = Store();
        var report = await ChainVerifier.VerifyAsync(store, null, default);
        Assert.True(report.Result == ChainResult.Unknown && report.Findings.Single().Kind == FindingKind.Suspect, AlterableLog.Describe(report));
        Assert.True((await AuditLog.OpenAsync(store, default)).IsClosed);
        Assert.Equal(AuditErrors.LogClosed, (await Assert.ThrowsAsync<AuditException>(() => AuditWriter.OpenAsync(store, _three, null, default))).ErrorId);
    }

    [Fact]
    public async Task A_key_record_beside_the_genesis_is_followed_too()
    {
        var genesis = new Genesis(_forge.Origin, [new GenesisKey(KeyRole.Seal, _one.Named(_forge.Origin)), new GenesisKey(KeyRole.Admin, _admin.Named(_forge.Origin))], null, 300, null);
        var created = new ForgedRecord(LogFormat.LogCreated, System.Text.Encoding.UTF8.GetString(genesis.ToJson()));
        Put(_forge.Segment(_one, created, new(), _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", Vkey(_two))], place: 0), new()));
        await AgreesAsync();
        await PutAndAgreeAsync(_two, new ForgedRecord());
        await PutAndAgreeAsync(_two, Retired(_one));
        await PutAndAgreeAsync(_two, new ForgedRecord());
    }

    [Fact]
    public async Task A_writer_needs_a_key_in_force_and_goes_on_with_it()
    {
        Put(_forge.Create(_one, (KeyRole.Admin, _admin)));
        Put(_forge.Segment(_one, Added("seal", _two)));
        Put(_forge.Segment(_two, Retired(_one)));
        await using var store = Store();
        foreach (var key in new[] { _one, _admin, _three })
            Assert.Equal(AuditErrors.KeyNotInForce, (await Assert.ThrowsAsync<AuditException>(() => AuditWriter.OpenAsync(store, key, null, default))).ErrorId);
        await using (var writer = await AuditWriter.OpenAsync(store, _two, null, default))
            Assert.Equal(3, (await writer.AppendAsync(TestLog.Sample(1))).Sequence);
        Assert.Equal(ChainResult.Passed, (await ChainVerifier.VerifyAsync(store, null, default)).Result);
        Assert.Equal(4, (await AuditLog.OpenAsync(store, default)).Size);
    }

    [Fact]
    public async Task A_cold_start_is_not_led_on_by_segments_that_do_not_belong()
    {
        Put(_forge.Create(_one, (KeyRole.Admin, _admin)));
        Put(_forge.Segment(_one, new(), new()));
        var end = _forge.Size;
        // A stranger goes on from here, validly but for his key; garbage lies far behind; another log's segment, too.
        var stranger = _forge.Copy();
        Put(stranger.Segment(_three, new(), new()));
        Put(stranger.Segment(_three, new ForgedRecord()));
        File.WriteAllText(Path.Combine(_folder, SegmentName.Format(1000)), "garbage");
        // Sealed by the right key, alone: nothing ends where it begins.
        var far = _forge.Copy();
        far.Segment(_one, new(), new(), new(), new());
        Put(far.Segment(_one, new ForgedRecord()));
        await using var store = Store();
        Assert.Equal(end, (await AuditLog.OpenAsync(store, default)).Size);
    }

    public void Dispose()
    {
        foreach (var key in new[] { _one, _two, _three, _admin, _secondAdmin })
            key.Dispose();
        _forge.Dispose();
        Directory.Delete(_folder, true);
    }

    private DirectoryStore Store() => new(LogLocation.Parse(_folder));

    private string Vkey(TestKey key) => key.Named(_forge.Origin).ToString();

    private ForgedRecord Added(string role, TestKey key) => _forge.Admin(_admin, AdminRecord.KeyAdded, [("role", role), ("vkey", Vkey(key))]);

    private ForgedRecord Retired(TestKey key) => _forge.Admin(_admin, AdminRecord.KeyRetired, [("vkey", Vkey(key))]);

    private void Put(ForgedSegment segment) => File.WriteAllBytes(Path.Combine(_folder, segment.Key), segment.Stored);

    private async Task PutAndAgreeAsync(TestKey seal, params ForgedRecord[] records)
    {
        Put(_forge.Segment(seal, records));
        await AgreesAsync();
    }

    private async Task AgreesAsync()
    {
        await using var store = Store();
        using var heads = new HeadFinder(store);
        var cold = (await heads.FindAsync(null, null, default)).State;
        var warm = (await heads.FindAsync(LogHead.Empty, null, default)).State;
        Assert.Equal(_forge.Size, warm.Size);
        Assert.Equal(
            (warm.Size, warm.LastLeaf, warm.LastSegment, warm.LastFirst, warm.LastRecordedTicks, warm.KeysAt, warm.IsClosed, warm.Note, warm.GenesisSegment),
            (cold.Size, cold.LastLeaf, cold.LastSegment, cold.LastFirst, cold.LastRecordedTicks, cold.KeysAt, cold.IsClosed, cold.Note, cold.GenesisSegment));
        Assert.True(warm.Frontier.SameAs(cold.Frontier));
        Assert.Equal(warm.Keys!.Sealers, cold.Keys!.Sealers);
        Assert.Equal(warm.Keys.Admins, cold.Keys.Admins);

        // Not by walking: the newest segment is taken from what it says itself.
        var found = await heads.BeforeAsync(_forge.Size, default);
        Assert.Equal(warm.LastSegment, found!.State.LastSegment);

        // Reading begins cold in every segment.
        var log = await AuditLog.OpenAsync(store, default);
        for (var first = 0L; first < log.Size; first++)
        {
            var sequences = new List<long>();
            await foreach (var record in log.ReadAsync(first, first + 2))
                sequences.Add(record.Sequence);
            Assert.Equal(Enumerable.Range((int)first, (int)Math.Min(3, log.Size - first)).Select(i => (long)i), sequences);
        }
    }
}
