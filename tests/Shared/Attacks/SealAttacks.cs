using ImmutableAudit.Chain;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Seals that say something false of genuine records; with the true key's signature where it says so.</summary>
public sealed class SealAttacks
{
    // Whether the seal is false or a record with every link behind it the bytes can't tell: record 10, the segment's
    // last, is named, and the message names the seal, too.

    [Theory, OnEveryStore]
    public Task A_checkpoint_of_another_size_signed_by_the_true_key(string place) => SealedAsync(place, 10, (log, genuine) =>
        (genuine.Frontier, new Checkpoint(log.Origin, 12, genuine.Checkpoint.Root)));

    [Theory, OnEveryStore]
    public Task A_checkpoint_of_another_root_signed_by_the_true_key(string place) => SealedAsync(place, 10, (log, genuine) =>
        (genuine.Frontier, new Checkpoint(log.Origin, 11, Digest.Zero)));

    [Theory, OnEveryStore]
    public Task A_checkpoint_with_the_size_altered(string place) => ReplacedAsync(place, 10, seal => seal.Replace("\\n11\\n", "\\n12\\n", StringComparison.Ordinal));

    [Theory, OnEveryStore]
    public Task A_checkpoint_with_the_root_altered(string place) => ReplacedAsync(place, 10, seal =>
    {
        var root = seal.IndexOf("\\n11\\n", StringComparison.Ordinal) + 6;
        return seal[..root] + (seal[root] == 'A' ? 'B' : 'A') + seal[(root + 1)..];
    });

    [Theory, OnEveryStore]
    public Task An_altered_frontier(string place) => ReplacedAsync(place, 10, seal =>
    {
        var frontier = seal.IndexOf("\"frontier\":[\"", StringComparison.Ordinal) + 13;
        return seal[..frontier] + (seal[frontier] == 'A' ? 'B' : 'A') + seal[(frontier + 1)..];
    });

    // Signed with the true key it proves itself, so it is told where it doesn't follow what is before it, and where
    // what is behind it doesn't follow it.
    [Theory, OnEveryStore]
    public async Task Another_frontier_sealed_by_the_true_key(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeBefore(2);
        using var elsewhere = new SegmentForge(log.Origin);
        elsewhere.Create(log.Seal);
        elsewhere.Segment(log.Seal, new(), new(), new(), new(), new());
        var version = await log.ReplaceAsync(forge.Sealed(log.Seal, 6, log.Segments[2].Lines[..^1], elsewhere.Frontier));
        Sight.Only(
            await log.VerifyAsync(),
            Sight.Failure(FindingKind.SegmentInvalid, 5, log.Key(2), version), Sight.Failure(FindingKind.SegmentInvalid, 10, log.Key(3), log.Segments[3].Version));
    }

    private static async Task SealedAsync(string place, long named, Func<AttackedLog, Seal, (CompactRange Frontier, Checkpoint Checkpoint)> twist)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var parser = new SegmentParser();
        var genuine = parser.Parse(log.Segments[2].Stored, 6, SegmentParts.None, out _)!.Seal;
        var (frontier, checkpoint) = twist(log, genuine);
        var seal = Seal.Write(6, 5, frontier.ToArray(), log.Seal.Note(checkpoint.ToText(), log.Origin));
        var version = await log.RewriteAsync(2, [.. log.Segments[2].Lines[..^1], System.Text.Encoding.UTF8.GetString(seal)[..^1]]);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, named, log.Key(2), version));
    }

    private static async Task ReplacedAsync(string place, long named, Func<string, string> twist)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var lines = log.Segments[2].Lines;
        var altered = twist(lines[^1]);
        Assert.NotEqual(lines[^1], altered);
        lines[^1] = altered;
        var version = await log.RewriteAsync(2, lines);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, named, log.Key(2), version));
    }
}
