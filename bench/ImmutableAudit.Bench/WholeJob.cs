using System.Diagnostics;
using System.Security.Cryptography;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Bench;

/// <summary>
/// The whole job on a directory log: append events, verify them, and in the same run the yardstick: SHA-256 of the
/// same number of uncompressed bytes as one long buffer on one core. Ratios are comparable between machines;
/// seconds aren't.
/// </summary>
internal static class WholeJob
{
    private const int Distinct = 10_000;
    private const int Rounds = 5;
    private static readonly byte[] LongBuffer = RandomNumberGenerator.GetBytes(16 << 20);

    public static async Task<int> RunAsync(int count, string? directory, WriterOptions? options = null)
    {
        var place = directory ?? Directory.CreateTempSubdirectory("immutableaudit-bench-").FullName;
        try
        {
            var events = ReplayedEvents.Make(Math.Min(Distinct, count));
            Console.WriteLine($"{count:N0} events, {Environment.ProcessorCount} cores, {Rounds} rounds; a warm-up of a tenth first");
            await RoundAsync(events, Math.Max(1, count / 10), Path.Combine(place, "warm-up"), options, report: false);
            var append = new List<double>();
            var verify = new List<double>();
            for (var round = 1; round <= Rounds; round++)
            {
                var (a, v) = await RoundAsync(events, count, Path.Combine(place, $"round-{round}"), options, report: true);
                append.Add(a);
                verify.Add(v);
                // The rounds' files stay until the end: ext4 makes new ones slowly right after many were deleted.
            }

            Console.WriteLine($"median ratio to one core's SHA-256 of the same bytes: append {Median(append):F3}, verify {Median(verify):F3}");
            Console.WriteLine($"peak memory of the process: {Peak():N0} MB (of which the replayed events take {GC.GetTotalMemory(true) >> 20:N0} MB)");
            return 0;
        }
        finally
        {
            foreach (var round in Directory.GetDirectories(place).Where(folder => Path.GetFileName(folder) is "warm-up" || Path.GetFileName(folder).StartsWith("round-", StringComparison.Ordinal)))
                Directory.Delete(round, true);
            if (directory is null)
                Directory.Delete(place, true);
        }
    }

    private static async Task<(double Append, double Verify)> RoundAsync(Events.AuditEvent[] events, int count, string place, WriterOptions? options, bool report)
    {
        // One round's garbage isn't the next one's memory.
        GC.Collect();
        Directory.CreateDirectory(place);
        using var key = KeyFile.Create(Path.Combine(place, "bench.key"), default);
        await using var store = new DirectoryStore(LogLocation.Parse(Path.Combine(place, "log")));
        await AuditLog.CreateAsync(store, new LogPlan { Name = "bench", SealKey = key }, null, default);

        var clock = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        await AppendAsync(store, key, events, count, options);
        var append = clock.Elapsed;
        var appendCpu = Environment.CpuUsage.TotalTime - cpu;

        clock.Restart();
        cpu = Environment.CpuUsage.TotalTime;
        var verified = await ChainVerifier.VerifyAsync(store, null, default);
        var verify = clock.Elapsed;
        var verifyCpu = Environment.CpuUsage.TotalTime - cpu;
        if (verified.Result != ChainResult.Passed || verified.Records != count + 1)
            throw new InvalidOperationException($"The log didn't verify: {verified.Result}, {verified.Records:N0} records, {(verified.Findings.Count > 0 ? verified.Findings[0] : null)}");

        var bytes = await UncompressedBytesAsync(store);
        var sha = Sha256(bytes);
        if (report)
        {
            var megabytes = bytes / 1e6;
            Console.WriteLine($"  append {count / append.TotalSeconds,11:N0} events/s {megabytes / append.TotalSeconds,7:N0} MB/s  ratio {sha / append:F3}   {appendCpu.TotalNanoseconds / count,6:N0} ns of CPU an event");
            Console.WriteLine($"  verify {count / verify.TotalSeconds,11:N0} events/s {megabytes / verify.TotalSeconds,7:N0} MB/s  ratio {sha / verify:F3}   {verifyCpu.TotalNanoseconds / count,6:N0} ns of CPU an event");
            Console.WriteLine($"  sha256 {count / sha.TotalSeconds,11:N0} events/s {megabytes / sha.TotalSeconds,7:N0} MB/s  ({bytes / (double)count:N0} B a record; {verified.Segments * 1e6 / count:N0} objects and {verified.StoredBytes / (double)count:N0} MB stored per million events; peak {Peak():N0} MB)");
        }

        return (sha / append, sha / verify);
    }

    private static async Task AppendAsync(IObjectStore store, ISealKey key, Events.AuditEvent[] events, int count, WriterOptions? options)
    {
        await using var writer = await AuditWriter.OpenAsync(store, key, options, default);
        Task<CommitResult>? running = null;
        for (var i = 0; i < count;)
        {
            var batch = writer.NewBatch();
            for (; i < count && !batch.IsFull; i++)
                batch.Add(events[i % events.Length]);
            await DoneAsync(running);
            running = writer.CommitAsync(batch, default);
        }

        await DoneAsync(running);
    }

    private static async Task DoneAsync(Task<CommitResult>? commit)
    {
        if (commit is not null && (await commit).Failure is { } failure)
            throw failure;
    }

    // What the segments hold before compression, as their trailers say.
    private static async Task<long> UncompressedBytesAsync(DirectoryStore store)
    {
        long bytes = 0;
        await foreach (var version in store.ListAsync("segments/", null, 1000, default))
        {
            var read = await store.ReadAsync(version, int.MaxValue, default);
            bytes += BitConverter.ToUInt32(read.Content.Span[^4..]);
            read.Release();
        }

        return bytes;
    }

    private static TimeSpan Sha256(long bytes)
    {
        var buffer = LongBuffer;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(buffer);
        hash.GetHashAndReset();
        var clock = Stopwatch.StartNew();
        for (var left = bytes; left > 0; left -= buffer.Length)
            hash.AppendData(buffer, 0, (int)Math.Min(left, buffer.Length));
        hash.GetHashAndReset();
        return clock.Elapsed;
    }

    private static long Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
