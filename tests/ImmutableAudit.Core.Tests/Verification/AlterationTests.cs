using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests;

/// <summary>Records altered, removed, inserted and reordered by somebody who may write and has no key.</summary>
public sealed class AlterationTests : IAsyncLifetime
{
    private AlterableLog _log = null!;

    public async Task InitializeAsync() => _log = await AlterableLog.CreateAsync();

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 17)]
    [InlineData(1, 20)]
    [InlineData(2, 21)]
    [InlineData(2, 33)]
    [InlineData(2, 40)]
    [InlineData(3, 41)]
    [InlineData(3, 43)]
    [InlineData(3, 45)]
    public async Task An_altered_record_is_named(int segment, int sequence)
    {
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("GetObject", "PutObject", StringComparison.Ordinal));
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("\"outcome\":\"Success\"", "\"outcome\":\"Failure\"", StringComparison.Ordinal));
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("payroll", "payrolls", StringComparison.Ordinal));
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("\"recorded\":\"20", "\"recorded\":\"19", StringComparison.Ordinal));
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("\"ip\":\"10.0.0.7\"", "\"ip\":\"10.0.0.7\",\"x\":1", StringComparison.Ordinal));
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = lines[at][..^5]); // truncated
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = ""); // emptied
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] += "{}"); // a second object
        await OnlyAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("\"seq\":", "\"seq\":9", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 17)]
    [InlineData(1, 20)]
    [InlineData(2, 21)]
    [InlineData(3, 45)]
    public async Task A_record_whose_link_was_altered_is_named(int segment, int sequence) =>
        await OnlyAsync(segment, sequence, (lines, at) =>
        {
            var prev = lines[at].IndexOf("\"prev\":\"", StringComparison.Ordinal) + 8;
            lines[at] = lines[at][..prev] + RecordLines.Hash + lines[at][(prev + 64)..];
        });

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 17)]
    [InlineData(1, 20)]
    [InlineData(2, 30)]
    [InlineData(3, 45)]
    public async Task A_removed_record_is_named(int segment, int sequence) =>
        await OnlyAsync(segment, sequence, (lines, at) => lines.RemoveAt(at));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 17)]
    [InlineData(1, 20)]
    [InlineData(3, 45)]
    public async Task A_record_twice_shows_where_the_second_stands(int segment, int sequence) =>
        await OnlyAsync(segment, sequence, (lines, at) => lines.Insert(at, lines[at]), expected: sequence + 1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 17)]
    [InlineData(3, 44)]
    public async Task Two_swapped_records_show_at_the_first(int segment, int sequence) =>
        await OnlyAsync(segment, sequence, (lines, at) => (lines[at], lines[at + 1]) = (lines[at + 1], lines[at]));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 17)]
    [InlineData(1, 20)]
    [InlineData(3, 43)]
    public async Task An_inserted_record_shows_at_its_place(int segment, int sequence)
    {
        // Written with the right link and number; everything behind keeps its own.
        await OnlyAsync(segment, sequence, (lines, at) =>
        {
            var inserted = lines[at].Replace("alice", "mallory", StringComparison.Ordinal);
            lines.Insert(at, inserted);
        }, expected: sequence + 1);
        // Numbered through behind it: the links tell.
        await OnlyAsync(segment, sequence, (lines, at) =>
        {
            lines.Insert(at, lines[at].Replace("alice", "mallory", StringComparison.Ordinal));
            for (var i = at + 1; i < lines.Count - 1; i++)
                lines[i] = Numbered(lines[i], First(segment) + i);
        }, expected: sequence + 1);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 17)]
    [InlineData(1, 20)]
    [InlineData(2, 25)]
    [InlineData(3, 43)]
    public async Task Records_linked_anew_behind_an_alteration_no_longer_fold_to_the_seals_root(int segment, int sequence)
    {
        await RelinkedAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("GetObject", "PutObject", StringComparison.Ordinal));
        await RelinkedAsync(segment, sequence, (lines, at) => lines[at] = lines[at].Replace("alice", "mallory", StringComparison.Ordinal));
        if (sequence is 17 or 25)
            await RelinkedAsync(segment, sequence, (lines, at) => (lines[at], lines[at + 1]) = (lines[at + 1], lines[at]));
    }

    [Fact]
    public async Task Removed_and_linked_anew_shows_by_the_count()
    {
        var lines = _log.Lines(1).ToList();
        lines.RemoveAt(16);
        _log.Write(1, Relinked(lines, 1));
        var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
        Assert.Equal((FindingKind.SegmentInvalid, 20, _log.Key(1)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
        Assert.Contains("counts 20 records, and there are 19", finding.Message, StringComparison.Ordinal);

        lines.Insert(0, lines[0]);
        lines.Insert(0, lines[0]);
        _log.Write(1, Relinked(lines, 1));
        finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
        Assert.Equal((FindingKind.SegmentInvalid, 21, _log.Key(1)), (finding.Kind, finding.Sequence!.Value, finding.ObjectKey));
    }

    [Fact]
    public async Task Several_holes_are_each_named()
    {
        // One does not hide the next, side by side or apart.
        Alter(1, 17);
        Alter(2, 30);
        var report = await _log.VerifyAsync();
        Assert.Equal(ChainResult.Failed, report.Result);
        Assert.Equal([(FindingKind.SegmentInvalid, 17L, _log.Key(1)), (FindingKind.SegmentInvalid, 30L, _log.Key(2))], report.Findings.Select(f => (f.Kind, f.Sequence!.Value, f.ObjectKey!)));

        _log.Restore();
        Alter(1, 17);
        Alter(3, 42);
        report = await _log.VerifyAsync();
        Assert.Equal([(FindingKind.SegmentInvalid, 17L, _log.Key(1)), (FindingKind.SegmentInvalid, 42L, _log.Key(3))], report.Findings.Select(f => (f.Kind, f.Sequence!.Value, f.ObjectKey!)));

        _log.Restore();
        Alter(2, 22);
        Alter(3, 42);
        report = await _log.VerifyAsync();
        Assert.Equal([22L, 42L], report.Findings.Select(f => f.Sequence!.Value));

        void Alter(int segment, int sequence)
        {
            var lines = _log.Lines(segment);
            lines[sequence - First(segment)] = lines[sequence - First(segment)].Replace("GetObject", "PutObject", StringComparison.Ordinal);
            _log.Write(segment, lines);
        }
    }

    [Fact]
    public async Task The_numbers_of_a_seal_altered_are_found()
    {
        for (var segment = 1; segment <= 3; segment++)
        {
            var lines = _log.Lines(segment);
            var seal = lines[^1];
            foreach (var altered in new[]
            {
                seal.Replace("\"first\":", "\"first\":1", StringComparison.Ordinal),
                seal.Replace("\"count\":", "\"count\":1", StringComparison.Ordinal),
                seal.Replace("\\n\u2014", "extension\\n\\n\u2014", StringComparison.Ordinal),
                seal.Replace("\\n\u2014 ", "\\n\u2014 x", StringComparison.Ordinal),
                seal.Replace("\"}", " \"}", StringComparison.Ordinal),
            })
            {
                Assert.NotEqual(seal, altered);
                _log.Write(segment, [.. lines[..^1], altered]);
                var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
                Assert.Equal((FindingKind.SegmentInvalid, _log.Key(segment)), (finding.Kind, finding.ObjectKey));
            }

            _log.Restore();
        }
    }

    private async Task OnlyAsync(int segment, int sequence, Action<List<string>, int> alter, int? expected = null)
    {
        var lines = _log.Lines(segment).ToList();
        alter(lines, sequence - First(segment));
        _log.Write(segment, lines);
        foreach (var report in new[] { await _log.VerifyAsync(), await _log.VerifyKnownAsync() })
        {
            // A known checkpoint beyond the newest segment says besides that the log is shorter.
            var findings = report.Findings.Where(finding => finding.Kind != FindingKind.Truncated || segment < 3).ToList();
            Assert.True(report.Result == ChainResult.Failed && findings.Count == 1, AlterableLog.Describe(report));
            Assert.Equal((FindingKind.SegmentInvalid, (long)(expected ?? sequence), _log.Key(segment)), (findings[0].Kind, findings[0].Sequence!.Value, findings[0].ObjectKey));
        }

        _log.Restore();
    }

    private async Task RelinkedAsync(int segment, int sequence, Action<List<string>, int> alter)
    {
        var lines = _log.Lines(segment).ToList();
        alter(lines, sequence - First(segment));
        _log.Write(segment, Relinked(lines, First(segment)));
        var finding = AlterableLog.OnlyFailure(await _log.VerifyAsync());
        // Which of the records it was can't be told from the seal: the segment is named.
        Assert.Equal((FindingKind.SegmentInvalid, _log.Key(segment)), (finding.Kind, finding.ObjectKey));
        Assert.Contains("don't fold to the root", finding.Message, StringComparison.Ordinal);
        _log.Restore();
    }

    private static int First(int segment) => segment == 0 ? 0 : 1 + (segment - 1) * 20;

    private static string Numbered(string line, int sequence) =>
        "{\"seq\":" + sequence + line[line.IndexOf(',', StringComparison.Ordinal)..];

    // Every line but the seal numbered and linked to the one before it.
    private static List<string> Relinked(List<string> lines, int first)
    {
        using var hasher = new MerkleHasher();
        var relinked = new List<string>();
        for (var i = 0; i < lines.Count - 1; i++)
        {
            var line = Numbered(lines[i], first + i);
            if (i > 0)
            {
                var prev = line.IndexOf("\"prev\":\"", StringComparison.Ordinal) + 8;
                line = line[..prev] + hasher.Leaf(Encoding.UTF8.GetBytes(relinked[^1])) + line[(prev + 64)..];
                line = System.Text.RegularExpressions.Regex.Replace(line, "\"segment\":\"[0-9a-f]{64}\",\"keys\":[0-9]+,", "");
            }

            relinked.Add(line);
        }

        relinked.Add(lines[^1]);
        return relinked;
    }
}
