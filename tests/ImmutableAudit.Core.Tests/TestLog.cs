using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>A log in a temporary directory with its key, for tests that need a real one.</summary>
internal sealed class TestLog : IAsyncDisposable
{
    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("immutableaudit-test-").FullName;

    public TestLog()
    {
        KeyPath = Path.Combine(_root, "audit.key");
        Key = KeyFile.Create(KeyPath, default);
        Directory = Path.Combine(_root, "log");
        Store = new DirectoryStore(LogLocation.Parse(Directory));
    }

    public string Directory { get; }

    public string KeyPath { get; }

    public KeyFile Key { get; }

    public DirectoryStore Store { get; }

    public string Temporary(string name) => Path.Combine(_root, name);

    public Task<AuditLog> CreateAsync() =>
        AuditLog.CreateAsync(Store, new LogPlan { Name = "test/log", SealKey = Key }, null, default);

    public Task<AuditWriter> WriterAsync(WriterOptions? options = null) => AuditWriter.OpenAsync(Store, Key, options, default);

    public async Task<List<AuditReceipt>> WriteAsync(int count, int inOneCommit = int.MaxValue)
    {
        await using var writer = await WriterAsync();
        var receipts = new List<AuditReceipt>();
        for (var done = 0; done < count;)
        {
            var batch = writer.NewBatch();
            for (var i = 0; i < inOneCommit && done < count; i++, done++)
                batch.Add(Sample(done));
            var result = await writer.CommitAsync(batch, default);
            Assert.Null(result.Failure);
            receipts.AddRange(result.Receipts());
        }

        return receipts;
    }

    public Task<ChainReport> VerifyAsync(VerifyOptions? options = null) => ChainVerifier.VerifyAsync(Store, options ?? new VerifyOptions { Derived = DerivedCheck.All }, default);

    public static AuditEvent Sample(int i) => new()
    {
        Action = "s3:GetObject",
        Time = DateTimeOffset.UnixEpoch.AddSeconds(i),
        ActorType = "User",
        ActorId = "alice" + i % 7,
        ResourceType = "Object",
        ResourceId = $"s3://payroll/{i}.csv",
        Outcome = AuditOutcome.Success,
        Ip = "10.0.0.7",
    };

    public string[] SegmentFiles() => [.. System.IO.Directory.GetFiles(Path.Combine(Directory, "segments")).OrderDescending(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        Key.Dispose();
        await Store.DisposeAsync();
        System.IO.Directory.Delete(_root, true);
    }
}
