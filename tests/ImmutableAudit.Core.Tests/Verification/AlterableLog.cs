using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>
/// A genuine log of four segments (record 0; 1 to 20; 21 to 40; 41 to 45) whose files can be altered and put back,
/// with what a careful owner remembers of it.
/// </summary>
internal sealed class AlterableLog : IAsyncDisposable
{
    private readonly TestLog _log;
    private readonly Dictionary<string, byte[]> _genuine;

    private AlterableLog(TestLog log, List<AuditReceipt> receipts, string checkpoint, string genesisHash)
    {
        _log = log;
        Receipts = receipts;
        Checkpoint = Signing.Checkpoint.TryParse(Signing.SignedNote.TryParse(checkpoint)!.Text)!;
        GenesisHash = genesisHash;
        Note = checkpoint;
        Files = log.SegmentFiles();
        _genuine = Files.ToDictionary(path => path, File.ReadAllBytes);
    }

    /// <summary>The segments' files, the oldest first.</summary>
    public string[] Files { get; }

    public IReadOnlyList<AuditReceipt> Receipts { get; }

    public Signing.Checkpoint Checkpoint { get; }

    public string GenesisHash { get; }

    /// <summary>The signed checkpoint at the genuine end.</summary>
    public string Note { get; }

    public TestLog Log => _log;

    public string Folder => Path.Combine(_log.Directory, "segments");

    public static async Task<AlterableLog> CreateAsync()
    {
        var log = new TestLog();
        var created = await log.CreateAsync();
        var receipts = await log.WriteAsync(40, 20);
        receipts.AddRange(await log.WriteAsync(5));
        var opened = await AuditLog.OpenAsync(log.Store, default);
        return new AlterableLog(log, receipts, opened.Checkpoint, created.GenesisHash);
    }

    public byte[] Genuine(int segment) => (byte[])_genuine[Files[segment]].Clone();

    public string Key(int segment) => "segments/" + Path.GetFileName(Files[segment]);

    public string[] Lines(int segment) => Encoding.UTF8.GetString(SegmentForge.Gunzip(Genuine(segment))).Split('\n')[..^1];

    /// <summary>Replaces a segment by other lines, seal included, compressed anew.</summary>
    public void Write(int segment, IEnumerable<string> lines) =>
        File.WriteAllBytes(Files[segment], SegmentForge.Gzip(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")))));

    /// <summary>Puts every file back as it was and removes what isn't genuine.</summary>
    public void Restore()
    {
        foreach (var other in Directory.GetFileSystemEntries(Folder).Where(path => !_genuine.ContainsKey(path)))
        {
            if (Directory.Exists(other) && new DirectoryInfo(other).LinkTarget is null)
                Directory.Delete(other, true);
            else
                File.Delete(other);
        }

        foreach (var (path, bytes) in _genuine)
        {
            if (Directory.Exists(path))
                Directory.Delete(path, true);
            if (File.Exists(path) && new FileInfo(path).LinkTarget is not null)
                File.Delete(path);
            File.WriteAllBytes(path, bytes);
        }
    }

    public Task<ChainReport> VerifyAsync(VerifyOptions? options = null) => _log.VerifyAsync((options ?? new VerifyOptions()) with { Threads = 1 });

    /// <summary>Verifies with everything that the owner remembers.</summary>
    public Task<ChainReport> VerifyKnownAsync() => VerifyAsync(new VerifyOptions
    {
        KnownCheckpoints = [Checkpoint],
        Receipts = [.. Receipts.Select(receipt => (receipt.Sequence, receipt.LeafHash))],
        GenesisHash = GenesisHash,
        Origin = Checkpoint.Origin,
    });

    /// <summary>The report's only failure.</summary>
    public static ChainFinding OnlyFailure(ChainReport report)
    {
        Assert.True(report.Result == ChainResult.Failed, Describe(report));
        var failures = report.Findings.Where(finding => finding.Severity == FindingSeverity.Failure).ToList();
        Assert.True(failures.Count == 1, Describe(report));
        return failures[0];
    }

    public static string Describe(ChainReport report) => $"{report.Result}\n{string.Join('\n', report.Findings.Select(finding => $"{finding.Sequence}–{finding.LastSequence} {finding.ObjectKey}: {finding}"))}";

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    public static string KeyOf(long first) => SegmentName.Format(first);
}
