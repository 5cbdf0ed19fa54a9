using ImmutableAudit.Core.Tests;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Another log, or another beginning, where a known log was.</summary>
public sealed class GenesisAttacks
{
    [Theory, OnEveryStore]
    public async Task Another_log_at_a_known_place(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        foreach (var segment in log.Segments)
            await log.RemoveAsync(segment.Key);
        // The same name, so many records, all sealed by a thief.
        using var forge = new SegmentForge(log.Origin) { Recorded = DateTime.UtcNow };
        await log.PutAsync(forge.Create(log.Thief));
        string? version = null;
        foreach (var count in new[] { 5, 5, 3 })
            version = await log.PutAsync(forge.Segment(log.Thief, [.. Enumerable.Repeat(new ForgedRecord(), count)]));
        var notTrusted = Sight.Failure(FindingKind.NotTrusted, 0);
        Sight.Only(await log.VerifyAsync(), notTrusted);
        Sight.Only(await log.VerifyAsync(new VerifyOptions { GenesisHash = log.GenesisHash }), notTrusted);
        Sight.Only(await log.VerifyAsync(new VerifyOptions { KnownCheckpoints = [log.Checkpoint] }), Sight.Failure(FindingKind.HistoryChanged, 13, log.Key(3), version));
        // To who knows nothing it is a log like any other, and the report says that it was seen for the first time.
        var stranger = await log.VerifyAsync(new VerifyOptions());
        Sight.Only(stranger);
        Assert.Equal(TrustBasis.FirstSight, stranger.Trust);
    }

    [Theory, OnEveryStore]
    public async Task Another_logs_name_at_a_known_place(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        foreach (var segment in log.Segments)
            await log.RemoveAsync(segment.Key);
        using var forge = new SegmentForge(SegmentForge.NewOrigin()) { Recorded = DateTime.UtcNow };
        await log.PutAsync(forge.Create(log.Seal));
        var version = await log.PutAsync(forge.Segment(log.Seal, [.. Enumerable.Repeat(new ForgedRecord(), 5)]));
        // The true key under another name is another log's key.
        var notTrusted = Sight.Failure(FindingKind.NotTrusted, 0);
        Sight.Only(await log.VerifyAsync(), notTrusted);
        Sight.Only(await log.VerifyAsync(new VerifyOptions { Origin = log.Origin }), notTrusted);
        Sight.Only(await log.VerifyAsync(new VerifyOptions { GenesisHash = log.GenesisHash }), notTrusted);
        var receipt = log.Receipts.Single(receipt => receipt.Sequence == 3);
        Sight.Only(await log.VerifyAsync(new VerifyOptions { Receipts = [(3, receipt.LeafHash)] }), Sight.Failure(FindingKind.HistoryChanged, 3, log.Key(1), version));
    }

    [Theory, OnEveryStore]
    public async Task A_thiefs_genesis_before_genuine_segments(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = new SegmentForge(log.Origin) { Recorded = DateTime.UtcNow };
        await log.ReplaceAsync(forge.Create(log.Thief));
        var report = await log.VerifyAsync(log.Remembering);
        Sight.Only(
            report, Sight.Failure(FindingKind.NotTrusted, 0), log.BehindTheEnd(1, log.Segments[1].Version),
            log.BehindTheEnd(6, null) with { Last = 13 }, Sight.Failure(FindingKind.Truncated, 1, last: 13));
    }

    [Theory, OnEveryStore]
    public async Task An_altered_genesis(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var lines = log.Segments[0].Lines;
        lines[0] = lines[0].Replace("\"tolerance\":300", "\"tolerance\":900", StringComparison.Ordinal);
        await log.RewriteAsync(0, lines);
        Sight.Only(await log.VerifyAsync(log.Remembering), Sight.Failure(FindingKind.GenesisInvalid, 0, log.Key(0)));
    }

    // Whoever has the sealing key can say the first record anew, with weaker promises; the rest no longer follows it.
    [Theory, OnEveryStore]
    public async Task A_weaker_genesis_sealed_by_the_true_key(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var line = log.Segments[0].Lines[0].Replace("\"tolerance\":300", "\"tolerance\":86400", StringComparison.Ordinal);
        using var forge = new SegmentForge(log.Origin);
        await log.ReplaceAsync(forge.Sealed(log.Seal, 0, [line], forge.Frontier));
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 0, log.Key(1), log.Segments[1].Version));
        Sight.Only(
            await log.VerifyAsync(new VerifyOptions { GenesisHash = log.GenesisHash }),
            Sight.Failure(FindingKind.NotTrusted, 0), Sight.Failure(FindingKind.SegmentInvalid, 0, log.Key(1), log.Segments[1].Version));
    }
}
