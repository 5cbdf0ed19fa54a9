using System.Diagnostics;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests.Independent;
using ImmutableAudit.Core.Tests.Timestamps;
using ImmutableAudit.Evidence;
using ImmutableAudit.Log;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Evidence;

/// <summary>tests/independent/evidence.py follows docs/evidence.md and shares no code with ours: where both agree on good and altered packages, the document says what the code does.</summary>
public sealed class IndependentEvidenceTests
{
    private readonly List<(string Path, string Result)> _cases = [];

    [IndependentFact]
    public async Task Good_and_altered_packages_are_judged_alike()
    {
        using var authority = new TestAuthority();
        await using var log = new TestLog();
        await log.CreateAsync();
        using var second = Signing.KeyFile.Create(log.Temporary("second.key"), default);
        await log.WriteAsync(3);
        var token = authority.Stamp((await AuditLog.OpenAsync(log.Store, default)).Checkpoint, new TokenPlan { Time = DateTimeOffset.UtcNow.AddDays(-1) });
        Directory.CreateDirectory(Path.Combine(log.Directory, "timestamps"));
        File.WriteAllBytes(Path.Combine(log.Directory, TimestampName.Format(4, token)), token);
        await EvidenceKit.ChangeKeyAsync(log, log.Key, log.Key, KeyChange.Add(KeyRole.Seal, second.PublicKey));
        await EvidenceKit.ChangeKeyAsync(log, second, log.Key, KeyChange.Add(KeyRole.Admin, second.PublicKey));
        await log.WriteAsync(5, 2);
        var root = log.Temporary("root.pem");
        await File.WriteAllTextAsync(root, authority.RootPem);
        var trust = new EvidenceTrust { TimestampRoots = authority.Roots, GenesisHash = (await AuditLog.OpenAsync(log.Store, default)).GenesisHash };
        await ExportAsync("good", 2, 7);
        var good = EvidenceKit.Unpack(log.Temporary("good.zip"));
        await ExportAsync("all");
        await EvidenceKit.ChangeKeyAsync(log, second, second, KeyChange.Compromise(log.Key.PublicKey, DateTimeOffset.UtcNow));
        await ExportAsync("cleared by the timestamp", 2);
        await ExportAsync("suspect", 2, 7);

        var random = new Random(1);
        foreach (var name in good.Keys.ToList())
        {
            foreach (var relist in new[] { false, true })
            {
                for (var i = 0; i < 4; i++)
                {
                    var files = new SortedDictionary<string, byte[]>(good, StringComparer.Ordinal);
                    files[name] = [.. good[name]];
                    if (i < 3)
                        files[name][random.Next(files[name].Length)] ^= (byte)(name.EndsWith(".json", StringComparison.Ordinal) ? 1 : 1 << random.Next(5));
                    else
                        files.Remove(name);
                    if (relist && name != EvidenceNames.Manifest)
                        EvidenceKit.Relist(files);
                    Pack($"{name.Replace('/', '_')}-{relist}-{i}", files);
                }
            }
        }

        var swapped = new SortedDictionary<string, byte[]>(good, StringComparer.Ordinal) { ["proofs/2.tlog-proof"] = good["proofs/7.tlog-proof"] };
        EvidenceKit.Relist(swapped);
        Pack("swapped", swapped);
        await using var thief = new TestLog();
        await thief.CreateAsync();
        await EvidenceKit.ExportAsync(thief.Store, log.Temporary("thief.zip"), EvidenceKit.Plan(0));
        Judge(log.Temporary("thief.zip"));
        Compare(root, trust.GenesisHash!);
        Assert.Equal(["passed", "passed", "passed", "unknown"], _cases.Take(4).Select(one => one.Result.Split(' ')[0]));

        async Task ExportAsync(string name, params long[] sequences)
        {
            await EvidenceKit.ExportAsync(log.Store, log.Temporary(name + ".zip"), EvidenceKit.Plan(sequences));
            Judge(log.Temporary(name + ".zip"));
        }

        void Pack(string name, SortedDictionary<string, byte[]> files)
        {
            EvidenceKit.Pack(log.Temporary(name + ".zip"), files);
            Judge(log.Temporary(name + ".zip"));
        }

        void Judge(string path)
        {
            try
            {
                var report = EvidenceKit.Check(path, trust);
                _cases.Add((path, $"{report.Result.ToString().ToLowerInvariant()} {string.Join(',', report.Result == ChainResult.Failed ? [] : report.Records.Where(record => record.IsProven).Select(record => record.Sequence))}"));
            }
            catch (AuditException e)
            {
                Assert.Equal(AuditErrors.EvidenceInvalid, e.ErrorId);
                _cases.Add((path, "refused "));
            }
        }
    }

    private void Compare(string root, string genesisHash)
    {
        using var process = Process.Start(new ProcessStartInfo("python3", [Path.Combine(SharedData.Repository, "tests", "independent", "evidence.py"), "--json", "--root", root, "--genesis-hash", genesisHash, .. _cases.Select(one => one.Path)]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        using var reports = JsonDocument.Parse(output);
        var theirs = reports.RootElement.EnumerateArray().Select(report => (report.GetProperty("path").GetString()!, report.GetProperty("result").GetString() is "failed" ? "failed "
            : $"{report.GetProperty("result").GetString()} {string.Join(',', report.GetProperty("proven").EnumerateArray().Select(number => number.GetInt64()))}", report.GetProperty("found").ToString())).ToList();
        Assert.Equal(_cases.Count, theirs.Count);
        Assert.All(_cases.Zip(theirs), pair => Assert.True(pair.First.Result == pair.Second.Item2, $"{pair.First.Path}: ours {pair.First.Result}, theirs {pair.Second.Item2} {pair.Second.Item3}"));
    }
}
