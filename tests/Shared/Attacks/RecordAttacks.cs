using System.Text.RegularExpressions;
using ImmutableAudit.Core.Tests;
using ImmutableAudit.Merkle;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>Records changed by somebody who may write to the store and has no key.</summary>
public sealed class RecordAttacks
{
    // Record 8 stands third in the segment of 6 to 10.
    private const int Segment = 2, Line = 2;

    [Theory, OnEveryStore]
    public Task An_altered_record(string place) => RewrittenAsync(place, 8, lines => lines[Line] = lines[Line].Replace("alice", "mallory", StringComparison.Ordinal));

    [Theory, OnEveryStore]
    public Task A_removed_record(string place) => RewrittenAsync(place, 8, lines => lines.RemoveAt(Line));

    // The forged line has the right number and link, so the line behind it is the first that has not.
    [Theory, OnEveryStore]
    public Task An_inserted_record(string place) => RewrittenAsync(place, 9, lines => lines.Insert(Line, lines[Line].Replace("alice", "mallory", StringComparison.Ordinal)));

    [Theory, OnEveryStore]
    public Task A_duplicated_record(string place) => RewrittenAsync(place, 9, lines => lines.Insert(Line, lines[Line]));

    [Theory, OnEveryStore]
    public Task Reordered_records(string place) => RewrittenAsync(place, 8, lines => (lines[Line], lines[Line + 1]) = (lines[Line + 1], lines[Line]));

    // Every link is right again. The seal tells that some record isn't the one it signs, not which: the last is named.
    [Theory, OnEveryStore]
    public Task A_genuine_seal_over_altered_and_relinked_lines(string place) => RewrittenAsync(place, 10, lines =>
    {
        lines[Line] = lines[Line].Replace("alice", "mallory", StringComparison.Ordinal);
        using var hasher = new MerkleHasher();
        for (var i = Line + 1; i < lines.Count - 1; i++)
            lines[i] = Regex.Replace(lines[i], "\"prev\":\"[0-9a-f]{64}\"", $"\"prev\":\"{hasher.Leaf(SegmentForge.Bytes(lines[i - 1]))}\"");
    });

    [Theory, OnEveryStore]
    public async Task Genuine_lines_under_the_genuine_seal_of_another_segment(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var version = await log.RewriteAsync(Segment, [.. log.Segments[Segment].Lines[..^1], log.Segments[1].Lines[^1]]);
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(Segment), version));
    }

    [Theory, OnEveryStore]
    public async Task An_altered_record_in_the_newest_segment(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var lines = log.Segments[3].Lines;
        lines[2] = lines[2].Replace("alice", "mallory", StringComparison.Ordinal);
        var version = await log.RewriteAsync(3, lines);
        Sight.Only(await log.VerifyAsync(log.Remembering), log.BehindTheEnd(11, version, 13), Sight.Failure(FindingKind.Truncated, 11, last: 13));
    }

    [Theory, OnEveryStore]
    public async Task A_flipped_byte_in_any_segment(string place)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        for (var segment = 0; segment < log.Segments.Count; segment++)
        {
            var genuine = log.Segments[segment].Stored;
            // Header, early and late in the compressed text, CRC, length.
            foreach (var at in new[] { 3, genuine.Length / 4, genuine.Length * 3 / 4, genuine.Length - 7, genuine.Length - 3 })
            {
                var flipped = (byte[])genuine.Clone();
                flipped[at] ^= 0x10;
                var version = await log.ReplaceAsync(log.Key(segment), flipped);
                var report = await log.VerifyAsync(log.Remembering);
                Assert.Equal(ChainResult.Failed, report.Result);
                // Which record is named depends on where the compressed text breaks, but it is one of the segment's.
                var first = log.Segments[segment].First;
                var named = report.Findings.Single(finding => finding.ObjectKey == log.Key(segment)).Sequence!.Value;
                Assert.InRange(named, first, segment == 3 ? 13 : log.Segments[segment + 1].First);
                Sight.Only(report, segment switch
                {
                    0 => [Sight.Failure(FindingKind.GenesisInvalid, 0, log.Key(0))],
                    3 => [log.BehindTheEnd(11, version, named), Sight.Failure(FindingKind.Truncated, 11, last: 13)],
                    _ => [Sight.Failure(FindingKind.SegmentInvalid, named, log.Key(segment), version)],
                });
            }

            await log.ReplaceAsync(log.Key(segment), genuine);
        }

        Sight.Only(await log.VerifyAsync(log.Remembering));
    }

    private static async Task RewrittenAsync(string place, long named, Action<List<string>> attack)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var lines = log.Segments[Segment].Lines.ToList();
        attack(lines);
        var version = await log.RewriteAsync(Segment, lines);
        foreach (var options in new[] { log.Trusting, log.Remembering })
            Sight.Only(await log.VerifyAsync(options), Sight.Failure(FindingKind.SegmentInvalid, named, log.Key(Segment), version));
    }
}
