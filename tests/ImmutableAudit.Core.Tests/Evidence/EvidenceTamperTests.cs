using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests.Timestamps;
using ImmutableAudit.Evidence;
using ImmutableAudit.Log;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Evidence;

/// <summary>Whatever is changed in a package is found and named, also by who makes the manifest fit.</summary>
public sealed class EvidenceTamperTests : IAsyncLifetime, IDisposable
{
    private readonly TestLog _log = new();
    private readonly TestAuthority _authority = new();
    private SortedDictionary<string, byte[]> _files = [];
    private EvidenceTrust _trust = new();

    private string Zip => _log.Temporary("case.zip");

    // Genesis, three records, a new key, a record, another role for it, two records: checkpoint 9, key records 4 and 6.
    public async Task InitializeAsync()
    {
        await _log.CreateAsync();
        using var second = Signing.KeyFile.Create(_log.Temporary("second.key"), default);
        await _log.WriteAsync(3);
        var token = _authority.Stamp((await AuditLog.OpenAsync(_log.Store, default)).Checkpoint, new TokenPlan { Time = DateTimeOffset.UtcNow });
        Directory.CreateDirectory(Path.Combine(_log.Directory, "timestamps"));
        File.WriteAllBytes(Path.Combine(_log.Directory, TimestampName.Format(4, token)), token);
        await EvidenceKit.ChangeKeyAsync(_log, _log.Key, _log.Key, KeyChange.Add(KeyRole.Seal, second.PublicKey));
        await _log.WriteAsync(1);
        await EvidenceKit.ChangeKeyAsync(_log, second, _log.Key, KeyChange.Add(KeyRole.Admin, second.PublicKey));
        await using (var writer = await AuditWriter.OpenAsync(_log.Store, second, null, default))
        {
            var batch = writer.NewBatch();
            batch.Add(TestLog.Sample(1));
            batch.Add(TestLog.Sample(2));
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }

        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(2, 5) with { TimestampRoots = [("root", Encoding.ASCII.GetBytes(_authority.RootPem))], Verify = true });
        _files = EvidenceKit.Unpack(Zip);
        _trust = new EvidenceTrust { TimestampRoots = _authority.Roots, GenesisHash = (await AuditLog.OpenAsync(_log.Store, default)).GenesisHash };
        Assert.Equal((ChainResult.Passed, 2, 1), (Check().Result, Check().Proven, Check().Timestamps.Count));
    }

    public Task DisposeAsync() => _log.DisposeAsync().AsTask();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Every_byte_of_every_file()
    {
        foreach (var (name, content) in _files.ToList().Where(file => file.Key != EvidenceNames.Manifest))
        {
            // What proves nothing is of one kind throughout, and a hash is one.
            var step = IsWord(name) ? 97 : 1;
            for (var at = 0; at < content.Length; at += step)
            {
                var files = Copy();
                files[name] = [.. content];
                files[name][at] ^= 1;
                if (at % 13 == 0)
                    Found(files, EvidenceFindingKind.FileAltered, name);
                EvidenceKit.Relist(files);
                CheckRelisted(name, at, Check(files));
            }
        }
    }

    [Fact]
    public void Every_byte_of_the_manifest_changes_nothing_but_the_exporters_word_or_is_found()
    {
        var content = _files[EvidenceNames.Manifest];
        for (var at = 0; at < content.Length; at++)
        {
            var files = Copy();
            files[EvidenceNames.Manifest] = [.. content];
            files[EvidenceNames.Manifest][at] ^= 1;
            EvidenceReport report;
            try
            {
                report = Check(files);
            }
            catch (AuditException e)
            {
                Assert.Equal(AuditErrors.EvidenceInvalid, e.ErrorId);
                continue;
            }

            Assert.True(report.Proven == 2, EvidenceKit.Describe(report));
            Assert.True(report.Result == ChainResult.Failed || Encoding.UTF8.GetString(content)[..at].Contains("\"exporter\"", StringComparison.Ordinal), $"{at}: {EvidenceKit.Describe(report)}");
        }
    }

    [Fact]
    public void Every_file_removed_or_renamed()
    {
        foreach (var name in _files.Keys.Where(name => name != EvidenceNames.Manifest).ToList())
        {
            var files = Copy();
            files.Remove(name, out var content);
            Found(files, EvidenceFindingKind.FileMissing, name);
            files["x/" + name] = content!;
            Found(files, EvidenceFindingKind.FileUnknown, "x/" + name);
            files.Remove("x/" + name);
            EvidenceKit.Relist(files);
            var report = Check(files);
            var mayGo = name is EvidenceNames.Readme or EvidenceNames.Locks or EvidenceNames.Verification || name.StartsWith("timestamps/", StringComparison.Ordinal) || name == "continuations/4.txt";
            Assert.True(mayGo ? report is { Result: ChainResult.Passed, Proven: 2 } : report.Result == ChainResult.Failed, $"{name}: {EvidenceKit.Describe(report)}");
        }

        var bare = Copy();
        bare.Remove(EvidenceNames.Manifest);
        Assert.Equal(AuditErrors.EvidenceInvalid, Assert.Throws<AuditException>(() => Check(bare)).ErrorId);
    }

    [Fact]
    public void Files_added()
    {
        foreach (var name in new[] { "extra.txt", "records/3.json", "records/02.json", "log/8.jsonl.gz", "proofs/3.tlog-proof" })
        {
            var files = Copy();
            files[name] = "x"u8.ToArray();
            Found(files, EvidenceFindingKind.FileUnknown, name);
            EvidenceKit.Relist(files);
            Assert.Equal(ChainResult.Failed, Check(files).Result);
        }
    }

    [Fact]
    public void Records_and_proofs_that_were_swapped()
    {
        var files = Copy();
        files["proofs/2.tlog-proof"] = _files["proofs/5.tlog-proof"];
        Relisted(files, EvidenceFindingKind.RecordNotProven, "is the proof of record 5");
        files = Copy();
        files["records/2.json"] = _files["records/5.json"];
        Relisted(files, EvidenceFindingKind.RecordNotProven, "it says that it is number 5");
        files = Copy();
        (files["records/3.json"], files["proofs/3.tlog-proof"]) = (_files["records/2.json"], _files["proofs/2.tlog-proof"]);
        Relisted(files, EvidenceFindingKind.RecordNotProven, "Record 3 isn't proven");
    }

    [Fact]
    public void A_key_record_left_out()
    {
        var files = Copy();
        files.Remove("log/6.jsonl.gz");
        files.Remove("continuations/7.txt");
        Relisted(files, EvidenceFindingKind.KeysNotShown, "a key record was left out");
        files = Copy();
        files.Remove("log/4.jsonl.gz");
        files.Remove("continuations/5.txt");
        Relisted(files, EvidenceFindingKind.KeysNotShown, "doesn't follow from the key records before it");
    }

    [Fact]
    public async Task A_checkpoint_and_records_of_another_log_by_the_same_key()
    {
        await using var other = new TestLog();
        await AuditLog.CreateAsync(other.Store, new LogPlan { Name = "test/log", SealKey = _log.Key }, null, default);
        await using (var writer = await AuditWriter.OpenAsync(other.Store, _log.Key, null, default))
        {
            for (var i = 0; i < 8; i++)
                await writer.AppendAsync(TestLog.Sample(i));
        }

        var path = other.Temporary("other.zip");
        await EvidenceKit.ExportAsync(other.Store, path, EvidenceKit.Plan(2, 5));
        var foreign = EvidenceKit.Unpack(path);
        var files = Copy();
        files[EvidenceNames.Checkpoint] = foreign[EvidenceNames.Checkpoint];
        Relisted(files, EvidenceFindingKind.CheckpointInvalid, "isn't a signed checkpoint of this log");
        files = Copy();
        files["records/2.json"] = foreign["records/2.json"];
        Relisted(files, EvidenceFindingKind.RecordNotProven, "doesn't fold");
        files["proofs/2.tlog-proof"] = foreign["proofs/2.tlog-proof"];
        Relisted(files, EvidenceFindingKind.RecordNotProven, "under another checkpoint");
        files = Copy();
        files["log/0.jsonl.gz"] = foreign["log/0.jsonl.gz"];
        Assert.Equal((ChainResult.Failed, 0), (Relist(files).Result, Relist(files).Proven));
    }

    [Fact]
    public async Task A_thiefs_log_is_first_sight_and_is_found_by_who_knows_the_key_or_the_genesis()
    {
        await using var thief = new TestLog();
        await thief.CreateAsync();
        await thief.WriteAsync(8);
        var path = thief.Temporary("thief.zip");
        await EvidenceKit.ExportAsync(thief.Store, path, EvidenceKit.Plan(2, 5));
        Assert.Equal((ChainResult.Passed, TrustBasis.FirstSight), (EvidenceKit.Check(path).Result, EvidenceKit.Check(path).Trust));
        var genuine = await AuditLog.OpenAsync(_log.Store, default);
        var key = genuine.Genesis.Keys[0].Key;
        foreach (var trust in new EvidenceTrust[] { new() { TrustedKeys = [key] }, new() { GenesisHash = genuine.GenesisHash }, new() { Origin = genuine.Genesis.Origin } })
        {
            var report = EvidenceKit.Check(path, trust);
            Assert.Equal((ChainResult.Failed, 0, EvidenceFindingKind.NotTrusted), (report.Result, report.Proven, Assert.Single(report.Findings).Kind));
            Assert.All(report.Records, record => Assert.Null(record.Json));
        }
    }

    private static void CheckRelisted(string name, int at, EvidenceReport report)
    {
        var said = $"{name} {at} relisted: {EvidenceKit.Describe(report)}";
        if (IsWord(name))
            Assert.True(report is { Result: ChainResult.Passed, Proven: 2, Timestamps.Count: 1 }, said);
        else if (name.StartsWith("timestamps/", StringComparison.Ordinal) || name == "continuations/4.txt")
            Assert.True(report is { Result: ChainResult.Passed, Proven: 2, Timestamps.Count: 0 }, said);
        else
            Assert.True(report.Result == ChainResult.Failed, said);
    }

    // The exporter's word.
    private static bool IsWord(string name) => name is EvidenceNames.Readme or EvidenceNames.Locks or EvidenceNames.Verification || name.EndsWith(".cer", StringComparison.Ordinal);

    private EvidenceReport Relist(SortedDictionary<string, byte[]> files)
    {
        EvidenceKit.Relist(files);
        return Check(files);
    }

    private void Relisted(SortedDictionary<string, byte[]> files, EvidenceFindingKind kind, string words)
    {
        var report = Relist(files);
        Assert.True(report.Result == ChainResult.Failed && report.Findings.Any(finding => finding.Kind == kind && finding.Message.Contains(words, StringComparison.Ordinal)), EvidenceKit.Describe(report));
    }

    private void Found(SortedDictionary<string, byte[]> files, EvidenceFindingKind kind, string name)
    {
        var report = Check(files);
        Assert.True(report.Result == ChainResult.Failed && report.Findings.Any(finding => finding.Kind == kind && finding.File == name), $"{name}: {EvidenceKit.Describe(report)}");
    }

    private SortedDictionary<string, byte[]> Copy() => new(_files, StringComparer.Ordinal);

    private EvidenceReport Check(SortedDictionary<string, byte[]>? files = null)
    {
        if (files is not null)
            EvidenceKit.Pack(Zip, files);
        return EvidenceKit.Check(Zip, _trust);
    }
}
