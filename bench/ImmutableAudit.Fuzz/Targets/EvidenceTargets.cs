using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests.Evidence;
using ImmutableAudit.Core.Tests.Timestamps;
using ImmutableAudit.Evidence;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Fuzz;

/// <summary>Evidence: a package altered as a zip, and one with a file altered and the manifest made to fit.</summary>
internal sealed class EvidenceTargets : IDisposable
{
    private readonly TestLog _log = new();
    private readonly TestAuthority _authority = new();
    private readonly SortedDictionary<string, byte[]> _files;
    private readonly HashSet<string> _records;
    private readonly EvidenceTrust _trust;
    private readonly byte[] _zip;

    public EvidenceTargets()
    {
        MakeAsync().GetAwaiter().GetResult();
        _zip = File.ReadAllBytes(Zip);
        _files = EvidenceKit.Unpack(Zip);
        _trust = new EvidenceTrust { TimestampRoots = _authority.Roots, GenesisHash = AuditLog.OpenAsync(_log.Store, default).GetAwaiter().GetResult().GenesisHash };
        _records = [.. EvidenceKit.Check(Zip, _trust).Records.Select(record => record.Json!)];
    }

    public IEnumerable<Target> Targets
    {
        get
        {
            yield return new Target("evidence-zip", [_zip], Package) { Fixed = 64L * 1024 * 1024, Weight = 3 };
            yield return new Target("evidence-file", [.. _files.Select(file => (byte[])[.. Encoding.ASCII.GetBytes(file.Key + "\n"), .. file.Value])], Altered) { Fixed = 64L * 1024 * 1024, Weight = 4 };
        }
    }

    private string Zip => _log.Temporary("case.zip");

    public void Dispose()
    {
        _authority.Dispose();
        _log.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    // Genesis, three records that are timestamped, a new key, two records.
    private async Task MakeAsync()
    {
        await _log.CreateAsync();
        using var second = KeyFile.Create(_log.Temporary("second.key"), default);
        await _log.WriteAsync(3);
        var token = _authority.Stamp((await AuditLog.OpenAsync(_log.Store, default)).Checkpoint);
        Directory.CreateDirectory(Path.Combine(_log.Directory, "timestamps"));
        File.WriteAllBytes(Path.Combine(_log.Directory, TimestampName.Format(4, token)), token);
        await EvidenceKit.ChangeKeyAsync(_log, _log.Key, _log.Key, KeyChange.Add(KeyRole.Seal, second.PublicKey));
        await _log.WriteAsync(2);
        await EvidenceKit.ExportAsync(_log.Store, Zip, EvidenceKit.Plan(2, 5) with { TimestampRoots = [("root", Encoding.ASCII.GetBytes(_authority.RootPem))], Verify = true });
    }

    // The file's name, a line feed, and what is in it.
    private string Altered(byte[] bytes)
    {
        var split = Array.IndexOf(bytes, (byte)'\n');
        if (split < 0 || Encoding.Latin1.GetString(bytes, 0, split) is var name && !_files.ContainsKey(name))
            return "no such file";
        var files = new SortedDictionary<string, byte[]>(_files, StringComparer.Ordinal) { [name] = bytes[(split + 1)..] };
        if (name != EvidenceNames.Manifest)
            EvidenceKit.Relist(files);
        EvidenceKit.Pack(Zip, files);
        return Check();
    }

    private string Package(byte[] bytes)
    {
        File.WriteAllBytes(Zip, bytes);
        return Check();
    }

    private string Check()
    {
        EvidenceReport? report = null;
        var refused = Target.Documented(() => report = EvidenceKit.Check(Zip, _trust), AuditErrors.EvidenceInvalid);
        if (report is null)
            return refused;
        // Nothing is ever proven that isn't in the log.
        Assert.All(report.Records.Where(record => record.IsProven), record => Assert.Contains(record.Json!, _records));
        Assert.Equal(report.Proven, report.Records.Count(record => record.IsProven));
        if (report.Result == ChainResult.Passed)
            return Target.Accepted;
        Assert.NotEmpty(report.Findings);
        return report.Findings[0].Kind + ": " + report.Findings[0].Message;
    }
}
