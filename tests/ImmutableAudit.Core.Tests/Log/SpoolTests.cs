using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>A writer that was killed while it was sending, by putting back what its spool held at that moment.</summary>
public class SpoolTests
{
    [Theory]
    [InlineData(Killed.BeforeThePut)]
    [InlineData(Killed.AfterThePut)]
    [InlineData(Killed.WhileOthersWrote)]
    [InlineData(Killed.AfterThePutAndOthersWrote)]
    public async Task What_a_killed_writer_was_sending_is_in_the_log_exactly_once(Killed killed)
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await log.WriteAsync(3);
        var spool = log.Temporary("spool");
        var (ids, kept) = await SendAsync(log, spool, "mine", 4);
        var newest = log.SegmentFiles()[^1];
        if (killed is Killed.BeforeThePut or Killed.WhileOthersWrote)
            File.Delete(newest);
        if (killed is Killed.WhileOthersWrote or Killed.AfterThePutAndOthersWrote)
            await log.WriteAsync(5, 2);
        File.WriteAllBytes(Path.Combine(spool, "sending.spool"), kept);

        for (var start = 0; start < 2; start++)
        {
            await using var writer = await log.WriterAsync(new WriterOptions { SpoolDirectory = spool });
            if (start == 0)
            {
                Assert.Null(writer.Recovered!.Failure);
                Assert.Equal((4, 4), (writer.Recovered.Submitted, writer.Recovered.Acknowledged));
                Assert.Equal(ids, writer.Recovered.Receipts().Select(receipt => receipt.Id));
            }
            else
            {
                // Nothing is left to settle.
                Assert.Null(writer.Recovered);
            }

            await writer.AppendAsync(new AuditEvent { Action = "after" });
        }

        var records = await ReadAsync(log);
        Assert.Equal(ids, records.Where(record => record.Action == "mine").Select(record => record.Id));
        Assert.Equal(2, records.Count(record => record.Action == "after"));
        var report = await log.VerifyAsync();
        Assert.Equal((ChainResult.Passed, 0), (report.Result, report.Findings.Count));
    }

    [Fact]
    public async Task A_spool_of_another_log_is_refused_and_kept()
    {
        await using var one = new TestLog();
        await one.CreateAsync();
        await using var two = new TestLog();
        await two.CreateAsync();
        var spool = one.Temporary("spool");
        var (_, kept) = await SendAsync(one, spool, "mine", 1);
        var path = Path.Combine(spool, "sending.spool");
        File.WriteAllBytes(path, kept);
        await InvalidAsync(two, spool);
        Assert.Equal(kept, File.ReadAllBytes(path));
        Assert.Single(two.SegmentFiles());
        // Its own log takes it.
        await using var writer = await one.WriterAsync(new WriterOptions { SpoolDirectory = spool });
        Assert.Equal(1, writer.Recovered!.Acknowledged);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_spool_in_use_is_refused()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var options = new WriterOptions { SpoolDirectory = log.Temporary("spool") };
        await using (await log.WriterAsync(options))
            Assert.Equal(AuditErrors.SpoolInUse, (await Assert.ThrowsAsync<AuditException>(() => log.WriterAsync(options))).ErrorId);
        await using (await log.WriterAsync(options))
        {
            // Free again.
        }
    }

    [Fact]
    public async Task A_spool_that_was_altered_is_refused_and_kept()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var spool = log.Temporary("spool");
        var (_, kept) = await SendAsync(log, spool, "mine", 1);
        var path = Path.Combine(spool, "sending.spool");
        for (var i = 0; i < 120; i++)
        {
            var altered = (byte[])kept.Clone();
            altered[i * 7919 % kept.Length] ^= (byte)(1 << i % 8);
            await RefusedAsync(altered);
            await RefusedAsync(kept[..(i * 7919 % kept.Length)]);
        }

        await RefusedAsync([]);
        await RefusedAsync([.. kept, 0]);

        // With a digest that fits, as whoever may write there can make it.
        const int magic = 24;
        for (var at = 0; at < 140; at++)
        {
            foreach (byte value in new byte[] { 0, 1, 0x7F, 0xFF })
            {
                var forged = kept[..^32];
                forged[magic + at] = value;
                if (!forged.AsSpan().SequenceEqual(kept.AsSpan(0, forged.Length)))
                    await RefusedAsync([.. forged, .. SHA256.HashData(forged)]);
            }
        }

        for (var length = magic; length < magic + 160; length++)
            await RefusedAsync([.. kept[..length], .. SHA256.HashData(kept.AsSpan(0, length))]);

        async Task RefusedAsync(byte[] content)
        {
            File.WriteAllBytes(path, content);
            using (var open = FileSpool.Open(spool))
            {
                try
                {
                    // What reads must be of this log and be judged as a segment by the next step.
                    Assert.NotNull(open.Load((await AuditLog.OpenAsync(log.Store, default)).Genesis.Origin));
                }
                catch (AuditException e)
                {
                    Assert.Equal(AuditErrors.SpoolInvalid, e.ErrorId);
                    return;
                }
            }

            await InvalidAsync(log, spool);
            Assert.Equal(content, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public async Task A_spool_with_something_that_is_no_segment_is_refused()
    {
        await using var log = new TestLog();
        var created = await log.CreateAsync();
        var spool = log.Temporary("spool");
        Directory.CreateDirectory(spool);
        foreach (var (key, previous, stored) in new (string, byte[], byte[])[]
        {
            ("segments/nonsense", new byte[32], []),
            (AlterableLog.KeyOf(1), new byte[32], []),
            (AlterableLog.KeyOf(1), new byte[32], "garbage"u8.ToArray()),
            (AlterableLog.KeyOf(7), new byte[32], File.ReadAllBytes(log.SegmentFiles()[0])),
            (AlterableLog.KeyOf(1), new byte[31], []),
            ("../../../etc/passwd", new byte[32], []),
        })
        {
            WriteSpool(spool, created.Genesis.Origin, key, previous, stored);
            await InvalidAsync(log, spool);
        }

        Assert.Single(log.SegmentFiles());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_strangers_segment_in_a_spool_is_not_sealed_by_us(bool fits)
    {
        await using var log = new TestLog();
        var created = await log.CreateAsync();
        using var parser = new Chain.SegmentParser();
        var genesis = parser.Parse(File.ReadAllBytes(log.SegmentFiles()[0]), 0, Chain.SegmentParts.None, out _)!;
        using var stranger = new TestKey();
        using var forge = new SegmentForge(created.Genesis.Origin) { Size = 1, KeysAt = 0, Frontier = genesis.EndFrontier.Clone() };
        if (fits)
            (forge.LastLeaf, forge.LastSegment) = (genesis.LastLeaf, genesis.StoredDigest);
        var previous = forge.LastLeaf.ToArray();
        WriteSpool(Directory.CreateDirectory(log.Temporary("spool")).FullName, forge.Origin, AlterableLog.KeyOf(1), previous, forge.Segment(stranger, new("forged"), new("forged")).Stored);
        await InvalidAsync(log, log.Temporary("spool"));
        Assert.Single(log.SegmentFiles());
    }

    [Fact]
    public async Task Events_beside_the_segment_in_a_spool_are_held_to_the_rules()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        var spool = log.Temporary("spool");
        var (_, kept) = await SendAsync(log, spool, "mine", 1);
        var id = Guid.Parse(RecordLines.Id);
        var good = $",\"id\":\"{RecordLines.Id}\",\"time\":\"{RecordLines.Time}\",\"action\":\"kept\"}}";
        foreach (var bad in new[]
        {
            "", "}", "{}", good + " ", good.Replace("}", ",\"segment\":\"" + RecordLines.Zeros + "\"}", StringComparison.Ordinal),
            good.Replace("}", ",\"keys\":0}", StringComparison.Ordinal), good.Replace("}", ",\"seq\":0}", StringComparison.Ordinal), good.Replace("kept", "immutableaudit:LogClosed", StringComparison.Ordinal),
            good.Replace("\"time\"", "\n\"time\"", StringComparison.Ordinal), good.Replace(RecordLines.Id, RecordLines.Id.Replace('0', '1'), StringComparison.Ordinal),
        })
        {
            Put(Encoding.UTF8.GetBytes(bad));
            await InvalidAsync(log, spool);
        }

        Put([.. Encoding.UTF8.GetBytes(good)[..^3], 0xFF, .. "\"}"u8]);
        await InvalidAsync(log, spool);
        Assert.Equal(2, log.SegmentFiles().Length);

        Put(Encoding.UTF8.GetBytes(good));
        await using var writer = await log.WriterAsync(new WriterOptions { SpoolDirectory = spool });
        Assert.Equal(2, writer.Recovered!.Acknowledged);
        Assert.Contains(await ReadAsync(log), record => record.Id == id && record.Action == "kept");

        void Put(byte[] body)
        {
            var number = new byte[16];
            BinaryPrimitives.WriteUInt128LittleEndian(number, Chain.RecordId.FromGuid(id));
            byte[] content = [.. kept[..^32], 16, 0, 0, 0, .. number, .. BitConverter.GetBytes(body.Length), .. body];
            File.WriteAllBytes(Path.Combine(spool, "sending.spool"), [.. content, .. SHA256.HashData(content)]);
        }
    }

    private static void WriteSpool(string spool, string origin, string key, byte[] previous, byte[] stored)
    {
        var content = new MemoryStream();
        content.Write("immutableaudit/spool/v1\n"u8);
        foreach (var block in new[] { Encoding.UTF8.GetBytes(origin), Encoding.UTF8.GetBytes(key), previous, stored })
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, block.Length);
            content.Write(length);
            content.Write(block);
        }

        File.WriteAllBytes(Path.Combine(spool, "sending.spool"), [.. content.ToArray(), .. SHA256.HashData(content.ToArray())]);
    }

    public enum Killed
    {
        BeforeThePut,
        AfterThePut,
        WhileOthersWrote,
        AfterThePutAndOthersWrote,
    }

    // Sends events and keeps a copy of what the spool held while they were sent.
    private static async Task<(List<Guid> Ids, byte[] Kept)> SendAsync(TestLog log, string spool, string action, int count)
    {
        byte[]? kept = null;
        var path = Path.Combine(spool, "sending.spool");
        await using var store = new OddStore(log.Store) { Putting = _ => kept = File.ReadAllBytes(path) };
        await using var writer = await AuditWriter.OpenAsync(store, log.Key, new WriterOptions { SpoolDirectory = spool }, default);
        var batch = writer.NewBatch();
        var ids = Enumerable.Range(0, count).Select(_ => batch.Add(new AuditEvent { Action = action })).ToList();
        Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        Assert.False(File.Exists(path));
        return (ids, kept!);
    }

    private static async Task InvalidAsync(TestLog log, string spool) => Assert.Equal(
        AuditErrors.SpoolInvalid,
        (await Assert.ThrowsAsync<AuditException>(() => log.WriterAsync(new WriterOptions { SpoolDirectory = spool }))).ErrorId);

    private static async Task<List<AuditRecord>> ReadAsync(TestLog log)
    {
        var records = new List<AuditRecord>();
        await foreach (var record in (await AuditLog.OpenAsync(log.Store, default)).ReadAsync(0, long.MaxValue))
            records.Add(record);
        return records;
    }
}
