using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;
using Xunit.Abstractions;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>Honest histories on a real directory: writers that crash and begin again with their spools, changes of keys, large batches.</summary>
public class DirectoryHistoryTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Honest_histories_raise_no_finding()
    {
        var crashes = 0;
        // Each number decides its history.
        for (var seed = 1; seed <= 20; seed++)
        {
            try
            {
                crashes += await LiveAsync(seed);
            }
            catch (Exception e)
            {
                throw new ViolationException($"History {seed}: {e}");
            }
        }

        output.WriteLine($"{crashes} crashes");
        Assert.True(crashes > 0);
    }

    private static async Task<int> LiveAsync(int seed)
    {
        var random = new Random(seed);
        await using var log = new TestLog();
        var created = await log.CreateAsync();
        using var second = KeyFile.Create(log.Temporary("second.key"), default);
        var key = log.Key;
        var remembered = new List<Checkpoint>();
        var receipts = new List<AuditReceipt>();
        var crashes = 0;
        for (var round = 0; round < 12; round++)
        {
            if (round == 5 && random.Next(2) == 0)
            {
                await ChangeAsync(log, key, KeyChange.Add(KeyRole.Seal, second.PublicKey), key);
                await ChangeAsync(log, key, KeyChange.Add(KeyRole.Admin, second.PublicKey), key);
                await ChangeAsync(log, second, KeyChange.Retire(key.PublicKey), second);
                key = second;
            }

            var store = new CrashingStore(log.Store, random.Next(4) == 0 ? random.Next(1, 8) : int.MaxValue);
            var options = new WriterOptions { SpoolDirectory = log.Temporary("spool" + random.Next(2)) };
            try
            {
                await using var writer = await AuditWriter.OpenAsync(store, key, options, default);
                if (writer.Recovered is { } recovered)
                    receipts.AddRange(recovered.Receipts());
                for (var batches = random.Next(1, 4); batches > 0; batches--)
                {
                    var batch = writer.NewBatch();
                    // Now and then one that goes over the boundary of a segment.
                    var count = seed <= 2 && round is 3 or 7 ? 9000 : random.Next(1, 40);
                    for (var i = 0; i < count && !batch.IsFull; i++)
                        batch.Add(TestLog.Sample(i));
                    var result = await writer.CommitAsync(batch, default);
                    Assert.Null(result.Failure);
                    receipts.AddRange(result.Receipts());
                }

                remembered.Add(Read(writer.Checkpoint));
            }
            catch (CrashingStore.CrashException)
            {
                crashes++;
            }
        }

        // Whoever crashed last begins again.
        for (var spool = 0; spool < 2; spool++)
        {
            await using var writer = await AuditWriter.OpenAsync(log.Store, key, new WriterOptions { SpoolDirectory = log.Temporary("spool" + spool) }, default);
            receipts.AddRange(writer.Recovered?.Receipts() ?? []);
        }

        var known = receipts.Select(receipt => (receipt.Sequence, receipt.LeafHash)).Distinct().ToList();
        var everything = new VerifyOptions { TrustedKeys = [VerifierKey.Parse(Assert.Single(created.Genesis.Keys).Key.ToString())], GenesisHash = created.GenesisHash, Derived = DerivedCheck.All, KnownCheckpoints = remembered, Receipts = known };
        AssertSilent(await log.VerifyAsync(everything));
        var since = remembered[random.Next(remembered.Count)];
        var newer = await log.VerifyAsync(new VerifyOptions { Since = since, GenesisHash = created.GenesisHash });
        AssertSilent(newer);
        Assert.Equal(since.Size, newer.From);
        return crashes;
    }

    private static void AssertSilent(ChainReport report)
    {
        // A writer that was killed may leave what is derived to others; it's no news about records.
        Assert.DoesNotContain(report.Findings, finding => finding.Kind is not (FindingKind.TilesMissing or FindingKind.IndexMissing));
        Assert.Equal(ChainResult.Passed, report.Result);
    }

    private static async Task ChangeAsync(TestLog log, KeyFile seal, KeyChange change, KeyFile admin)
    {
        await using var writer = await AuditWriter.OpenAsync(log.Store, seal, null, default);
        Assert.Null((await writer.ChangeKeysAsync(change, admin, default)).Failure);
    }

    private static Checkpoint Read(string note) => Checkpoint.TryParse(SignedNote.TryParse(note)!.Text)!;

    /// <summary>A directory whose writer's process ends at one of its calls, before or after it took effect.</summary>
    private sealed class CrashingStore(IObjectStore store, int at) : IObjectStore
    {
        private int _calls;

        public string Location => store.Location;

        public bool KeepsVersions => store.KeepsVersions;

        public TimeSpan? ClockOffset => store.ClockOffset;

        public async ValueTask<PutAnswer> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
        {
            Count();
            var answer = await store.PutAsync(key, content, condition, lockUntil, cancellationToken);
            Count();
            return answer;
        }

        public IAsyncEnumerable<StoredVersion> ListAsync(string prefix, string? startAfter, int pageSize, CancellationToken cancellationToken) => store.ListAsync(prefix, startAfter, pageSize, cancellationToken);

        public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) => store.ListDescendingAsync(prefix, startAfter, cancellationToken);

        public ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken)
        {
            Count();
            return store.ReadAsync(version, maxBytes, cancellationToken);
        }

        public ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken) => store.ReadRetentionAsync(version, cancellationToken);

        public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) => store.ReadDefaultRetentionAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private void Count()
        {
            if (++_calls >= at)
                throw new CrashException();
        }

        // Nothing of the library catches it, as nothing outlives a process.
        internal sealed class CrashException : Exception;
    }
}
