using System.Security.Cryptography;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Fuzz;

/// <summary>A whole log in a directory with one segment altered, and a spool that somebody got at.</summary>
internal sealed class LogTargets : IDisposable
{
    private readonly AlterableLog _log = AlterableLog.CreateAsync().GetAwaiter().GetResult();
    private readonly string _spool;
    private readonly byte[] _kept;

    public LogTargets()
    {
        _spool = _log.Log.Temporary("spool");
        _kept = Keep();
    }

    public IEnumerable<Target> Targets
    {
        get
        {
            yield return new Target("log", [.. Enumerable.Range(0, 4).Select(_log.Genuine)], Verify) { Fixed = 400L * 1024 * 1024, Weight = 3 };
            yield return new Target("spool", [_kept], bytes => Load(bytes));
            // With a digest that fits, as somebody would make it.
            yield return new Target("spool-digest", [_kept[..^SHA256.HashSizeInBytes]], bytes => Load([.. bytes, .. SHA256.HashData(bytes)]));
            yield return new Target("spool-recovery", [_kept[..^SHA256.HashSizeInBytes]], bytes => Recover([.. bytes, .. SHA256.HashData(bytes)])) { Fixed = 400L * 1024 * 1024 };
        }
    }

    public void Dispose() => _log.DisposeAsync().AsTask().GetAwaiter().GetResult();

    // Whatever is put in the place of a segment is told, but for other bytes of the newest that hold the same text.
    private string Verify(byte[] bytes)
    {
        var same = Array.FindIndex(_log.Files, file => File.ReadAllBytes(file).AsSpan().SequenceEqual(bytes));
        var at = same >= 0 ? same : (int)(BitConverter.ToUInt32(SHA256.HashData(bytes)) % (uint)_log.Files.Length);
        var genuine = _log.Genuine(at);
        File.WriteAllBytes(_log.Files[at], bytes);
        var report = _log.VerifyKnownAsync().GetAwaiter().GetResult();
        File.WriteAllBytes(_log.Files[at], genuine);
        if (report.Result == ChainResult.Passed)
        {
            if (same < 0)
                Assert.Equal(_log.Files.Length - 1, at);
            Assert.Equal(SegmentForge.Gunzip(genuine), SegmentForge.Gunzip(bytes));
            return Target.Accepted;
        }

        Assert.Equal(ChainResult.Failed, report.Result);
        return report.Findings[0].Kind + ": " + report.Findings[0].Message;
    }

    private string Load(byte[] bytes)
    {
        Directory.CreateDirectory(_spool);
        File.WriteAllBytes(Path.Combine(_spool, "sending.spool"), bytes);
        return Target.Documented(
            () =>
            {
                using var spool = FileSpool.Open(_spool);
                Assert.NotNull(spool.Load(_log.Checkpoint.Origin));
            },
            AuditErrors.SpoolInvalid);
    }

    private string Recover(byte[] bytes)
    {
        Directory.CreateDirectory(_spool);
        File.WriteAllBytes(Path.Combine(_spool, "sending.spool"), bytes);
        var outcome = Target.Documented(
            () =>
            {
                var writer = AuditWriter.OpenAsync(_log.Log.Store, _log.Log.Key, new WriterOptions { SpoolDirectory = _spool }, default).GetAwaiter().GetResult();
                var recovered = writer.Recovered;
                writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
                Assert.NotNull(recovered);
            },
            AuditErrors.SpoolInvalid);
        // What was taken is in the log now, and the log is sound.
        var files = Directory.GetFiles(_log.Folder);
        if (files.Length == _log.Files.Length)
            return outcome;
        Assert.Equal(ChainResult.Passed, _log.VerifyKnownAsync().GetAwaiter().GetResult().Result);
        foreach (var added in files.Except(_log.Files))
            File.Delete(added);
        return outcome;
    }

    // What a writer that was killed while it sent leaves behind.
    private byte[] Keep()
    {
        var log = AuditLog.OpenAsync(_log.Log.Store, default).GetAwaiter().GetResult();
        var batch = new EventBatch(TimeProvider.System, 8);
        for (var i = 0; i < 5; i++)
            batch.Add(TestLog.Sample(i));
        using var builder = new SegmentBuilder(_log.Log.Key);
        var frozen = builder.BuildAsync(log.Head.State, batch, 0, 3, DateTime.UtcNow, log.Genesis.Origin, default).AsTask().GetAwaiter().GetResult();
        using (var spool = FileSpool.Open(_spool))
            spool.Keep(log.Genesis.Origin, frozen, batch, 3);
        return File.ReadAllBytes(Path.Combine(_spool, "sending.spool"));
    }
}
