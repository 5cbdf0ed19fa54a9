using ImmutableAudit.Core.Tests;
using ImmutableAudit.Events;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Every bit of every file of a log, flipped one at a time.</summary>
public sealed class FlippedBitAttacks
{
    [Fact]
    public async Task Any_flipped_bit_of_any_file()
    {
        await using var log = new TestLog();
        await log.CreateAsync();
        await using (var writer = await log.WriterAsync())
        {
            // As small as can be: every bit costs a verification.
            for (var commit = 0; commit < 2; commit++)
            {
                var batch = writer.NewBatch();
                for (var i = commit; i < 2; i++)
                    batch.Add(new AuditEvent { Action = "a" + i, Time = DateTimeOffset.UnixEpoch });
                Assert.Null((await writer.CommitAsync(batch, default)).Failure);
            }
        }

        var files = log.SegmentFiles();
        Assert.Equal(3, files.Length);
        var unseen = new List<(int Segment, int Bit)>();
        for (var segment = 0; segment < files.Length; segment++)
        {
            var genuine = File.ReadAllBytes(files[segment]);
            var text = SegmentForge.Gunzip(genuine);
            for (var bit = 0; bit < genuine.Length * 8; bit++)
            {
                var flipped = (byte[])genuine.Clone();
                flipped[bit / 8] ^= (byte)(1 << bit % 8);
                File.WriteAllBytes(files[segment], flipped);
                var report = await log.VerifyAsync(new VerifyOptions { Threads = 1 });
                if (report.Result == ChainResult.Passed && report.Findings.Count == 0)
                {
                    Assert.Equal(text, SegmentForge.Gunzip(flipped));
                    unseen.Add((segment, bit - (genuine.Length - 8) * 8));
                    continue;
                }

                Assert.True(report.Result == ChainResult.Failed, $"{segment}, {bit}: {AlterableLog.Describe(report)}");
                Assert.True(report.Findings.Count == 1, $"{segment}, {bit}: {AlterableLog.Describe(report)}");
                // The file that was altered is named, and a record in it or at its beginning.
                var key = "segments/" + Path.GetFileName(files[segment]);
                var (first, last) = segment switch { 0 => (0, 0), 1 => (1, 2), _ => (3, 3) };
                Assert.All(report.Findings, finding =>
                {
                    Assert.True(finding.ObjectKey == key, $"{segment}, {bit}: {AlterableLog.Describe(report)}");
                    Assert.InRange(finding.Sequence!.Value, first, last + 1L);
                });
            }

            File.WriteAllBytes(files[segment], genuine);
        }

        // What isn't seen: the bits behind the end of the newest segment's compressed data, in its last byte. Under
        // older segments even those are, because the record behind them names the digest of the stored bytes.
        Assert.All(unseen, flip =>
        {
            Assert.Equal(files.Length - 1, flip.Segment);
            Assert.InRange(flip.Bit, -7, -1);
        });
        Assert.Equal(Enumerable.Range(-unseen.Count, unseen.Count), unseen.Select(flip => flip.Bit));
        Assert.Equal(ChainResult.Passed, (await log.VerifyAsync()).Result);
    }
}
