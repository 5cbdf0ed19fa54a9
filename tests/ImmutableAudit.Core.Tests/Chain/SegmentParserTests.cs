using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests;

/// <summary>What makes stored bytes a segment, looked at without a log around it.</summary>
public sealed class SegmentParserTests : IDisposable
{
    private readonly TestKey _key = new();
    private readonly SegmentForge _forge = new(SegmentForge.NewOrigin());
    private readonly SegmentParser _parser = new();

    public SegmentParserTests() => _forge.Create(_key);

    [Fact]
    public void A_forged_segment_is_read_like_one_of_ours()
    {
        var before = _forge.Copy();
        var forged = _forge.Segment(_key, new(), new(Data: "{\"a\":1}"), new(LogFormat.ReservedPrefix + "X", "{}"));
        var segment = _parser.Parse(forged.Stored, 1, SegmentParts.Leaves | SegmentParts.Text, out var defect);
        Assert.Null(defect);
        Assert.NotNull(segment);
        Assert.Equal((1, 3, 4), (segment.First, segment.Count, segment.End));
        Assert.Equal(before.LastLeaf, segment.Previous);
        Assert.Equal(before.LastSegment, segment.PreviousSegment);
        Assert.Equal(0, segment.Keys);
        Assert.Equal(_forge.LastLeaf, segment.LastLeaf);
        Assert.Equal(_forge.LastLeaf, segment.Leaves![2]);
        Assert.True(segment.EndFrontier.SameAs(_forge.Frontier));
        Assert.Equal(forged.Lines, Enumerable.Range(0, 3).Select(i => Encoding.UTF8.GetString(segment.Line(i).Span)));
        var reserved = Assert.Single(segment.Reserved);
        Assert.Equal((3, "immutableaudit:X", "{}"), (reserved.Sequence, reserved.Action, Encoding.UTF8.GetString(reserved.Data)));
        Assert.Equal(3, segment.Ids.Distinct().Count());
    }

    [Fact]
    public void The_parser_gives_the_same_again_and_after_bad_segments()
    {
        var one = _forge.Segment(_key, [.. Enumerable.Range(0, 50).Select(_ => new ForgedRecord())]);
        var two = _forge.Segment(_key, new ForgedRecord());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(50, _parser.Parse(one.Stored, 1, SegmentParts.None, out _)!.Count);
            Assert.Null(_parser.Parse(one.Stored.AsMemory(0, 200), 1, SegmentParts.None, out _));
            Assert.Null(_parser.Parse(two.Stored, 52, SegmentParts.None, out _));
            Assert.Equal(1, _parser.Parse(two.Stored, 51, SegmentParts.None, out _)!.Count);
        }
    }

    [Fact]
    public void Wrong_places_and_links_are_refused_with_the_record_that_shows_them()
    {
        var before = _forge.Copy();
        var good = _forge.Segment(_key, new(), new(), new(), new());
        var l = good.Lines;
        string Other(string line) => line.Replace("s3:GetObject", "s3:PutObject", StringComparison.Ordinal);

        Expect(DefectKind.Record, 3, l[0], l[1], l[3], l[2]);
        Expect(DefectKind.Record, 2, l[0], l[0], l[2], l[3]);
        Expect(DefectKind.Record, 2, l[0], l[2], l[3]);
        Expect(DefectKind.Record, 1, l[1], l[2], l[3]);
        Expect(DefectKind.Link, 2, l[0], Other(l[1]), l[2], l[3]);
        Expect(DefectKind.Link, 1, Other(l[0]), l[1], l[2], l[3]);
        Expect(DefectKind.Link, 3, l[0], l[1], l[2].Replace(l[2].Substring(17, 64), RecordLines.Hash, StringComparison.Ordinal), l[3]);
        Expect(DefectKind.Record, 3, l[0], l[1], l[2] + " ", l[3]);
        Expect(DefectKind.Record, 2, l[0], "", l[2], l[3]);
        Expect(DefectKind.Record, 2, l[0], "{}", l[2], l[3]);
        Expect(DefectKind.Record, 2, l[0], l[1] + l[2], l[3]);
        Expect(DefectKind.Record, 2, l[0], l[1] + "\r", l[2], l[3]);
        Expect(DefectKind.Record, 1, "\uFEFF" + l[0], l[1], l[2], l[3]);
        Expect(DefectKind.Record, 3, l[0], l[1], l[2].Insert(40, "\0"), l[3]);
        Expect(DefectKind.Record, 5, l[0], l[1], l[2], l[3] + "\n");

        void Expect(DefectKind kind, long sequence, params string[] lines)
        {
            var sealing = before.Copy();
            var forged = sealing.Sealed(_key, 1, lines.SelectMany(line => line.Split('\n')).ToList(), before.Frontier);
            Assert.Null(_parser.Parse(forged.Stored, 1, SegmentParts.None, out var defect));
            Assert.Equal((kind, sequence), (defect!.Kind, defect.Sequence));
        }
    }

    [Fact]
    public void A_record_too_few_or_too_many_is_named()
    {
        var good = _forge.Segment(_key, new(), new(), new(), new());
        var l = good.Lines;
        var seal = SealOf(good);
        Assert.Equal(1, Named(l[1], l[2], l[3]));
        Assert.Equal(2, Named(l[0], l[2], l[3]));
        Assert.Equal(3, Named(l[0], l[1], l[3]));
        Assert.Equal(4, Named(l[0], l[1], l[2]));
        Assert.Equal(2, Named(l[0], l[0], l[1], l[2], l[3]));
        Assert.Equal(4, Named(l[0], l[1], l[2], l[2], l[3]));
        Assert.Equal(5, Named(l[0], l[1], l[2], l[3], l[3]));
        Assert.Equal(5, Named(l[0], l[1], l[2], l[3], l[3].Replace("\"seq\":4", "\"seq\":5", StringComparison.Ordinal)));
        Assert.Equal(3, Named(l[0], l[1], "{}", l[2], l[3]));
        // Renumbered behind the removed one: its link tells.
        Assert.Equal(2, Named(l[0], l[2].Replace("\"seq\":3", "\"seq\":2", StringComparison.Ordinal), l[3].Replace("\"seq\":4", "\"seq\":3", StringComparison.Ordinal)));

        long? Named(params string[] lines)
        {
            Assert.Null(_parser.Parse(SegmentForge.WithSeal(1, lines, seal).Stored, 1, SegmentParts.None, out var defect));
            Assert.Equal(DefectKind.Seal, defect!.Kind);
            return defect.Sequence;
        }
    }

    [Fact]
    public void Segment_and_keys_stand_on_the_first_record_and_nowhere_else()
    {
        var before = _forge.Copy();
        var good = _forge.Segment(_key, new(), new());
        var digest = good.Lines[0].Substring(good.Lines[0].IndexOf("\"segment\"", StringComparison.Ordinal), 76);
        Refused(good.Lines[0].Replace(digest + ",", "", StringComparison.Ordinal), good.Lines[1]);
        Refused(good.Lines[0].Replace("\"keys\":0,", "", StringComparison.Ordinal), good.Lines[1]);
        var second = before.Copy();
        second.Segment(_key, new ForgedRecord());
        Refused(good.Lines[0], second.MakeLine(new(), first: false, 0).Replace("\"recorded\"", "\"keys\":0,\"recorded\"", StringComparison.Ordinal));
        Refused(good.Lines[0], second.MakeLine(new(), first: false, 0).Replace("\"recorded\"", digest + ",\"recorded\"", StringComparison.Ordinal));

        // Record 0 has no keys record before it.
        using var empty = new SegmentForge(_forge.Origin);
        var genesis = empty.Create(_key);
        using var again = new SegmentForge(_forge.Origin);
        Assert.NotNull(_parser.Parse(genesis.Stored, 0, SegmentParts.None, out _));
        var line = genesis.Lines[0].Replace("\"recorded\"", "\"keys\":0,\"recorded\"", StringComparison.Ordinal);
        Assert.Null(_parser.Parse(again.Sealed(_key, 0, [line], new CompactRange()).Stored, 0, SegmentParts.None, out _));

        void Refused(params string[] lines)
        {
            Assert.Null(_parser.Parse(before.Copy().Sealed(_key, 1, lines, before.Frontier).Stored, 1, SegmentParts.None, out var defect));
            Assert.Equal(DefectKind.Record, defect!.Kind);
        }
    }

    [Fact]
    public void What_the_seal_says_must_be_what_the_records_say()
    {
        var before = _forge.Copy();
        var good = _forge.Segment(_key, new(), new());
        var seal = SealOf(good);
        Assert.Equal(DefectKind.Seal, Defect(SegmentForge.WithSeal(1, good.Lines, seal.Replace("\"count\":2", "\"count\":3", StringComparison.Ordinal)), 1));
        Assert.Equal(DefectKind.Seal, Defect(SegmentForge.WithSeal(1, good.Lines, seal.Replace("\"count\":2", "\"count\":1", StringComparison.Ordinal)), 1));
        Assert.Equal(DefectKind.Seal, Defect(SegmentForge.WithSeal(1, good.Lines, seal.Replace("\"first\":1", "\"first\":2", StringComparison.Ordinal)), 1));
        Assert.Equal(DefectKind.Record, Defect(SegmentForge.WithSeal(1, good.Lines, seal.Replace("\"first\":1", "\"first\":2", StringComparison.Ordinal)), 2));
        Assert.Equal(DefectKind.Seal, Defect(good, 2));
        Assert.Equal(DefectKind.Seal, Defect(good, 0));
        Assert.Equal(DefectKind.Seal, Defect(SegmentForge.WithSeal(1, [.. good.Lines, seal.TrimEnd('\n')], seal), 1));
        Assert.Equal(DefectKind.Seal, Defect(SegmentForge.WithSeal(1, good.Lines, seal + seal.TrimEnd('\n') + "x\n"), 1));
        Assert.Equal(DefectKind.Seal, Defect(SegmentForge.WithSeal(1, good.Lines, seal + "\n"), 1));
        Assert.Equal(DefectKind.Seal, Defect(SegmentForge.WithSeal(1, good.Lines, ""), 1));
        Assert.Equal(DefectKind.Framing, Defect(SegmentForge.WithSeal(1, good.Lines, seal.TrimEnd('\n')), 1));
        Assert.Equal(DefectKind.Framing, Defect(SegmentForge.WithSeal(1, [], seal), 1));
        Assert.Equal(DefectKind.Framing, Defect(SegmentForge.WithSeal(1, [], "\n"), 1));

        // Another seal by the same key, of another tree: its root is of other records, or its frontier is.
        var other = before.Copy().Segment(_key, new(), new("other"));
        Assert.Equal(DefectKind.Root, Defect(SegmentForge.WithSeal(1, good.Lines, SealOf(other)), 1));
        var frontier = new CompactRange();
        using (var hasher = new MerkleHasher())
            frontier.Append(new Digest(Enumerable.Repeat((byte)7, 32).ToArray()), hasher);
        Assert.NotEqual(DefectKind.Root, Defect(before.Copy().Sealed(_key, 1, good.Lines, frontier), 1)); // it folds, and so needs the log before it
        Assert.Equal(DefectKind.Root, Defect(SegmentForge.WithSeal(1, good.Lines, seal.Replace(before.Frontier.ToArray()[0].ToBase64(), frontier.ToArray()[0].ToBase64(), StringComparison.Ordinal)), 1));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_wherever_they_stand()
    {
        var good = _forge.Segment(_key, new(Data: "{\"a\":\"???????\"}"), new());
        var text = SegmentForge.Gunzip(good.Stored);
        var at = text.AsSpan().IndexOf("???????"u8);
        byte[][] bad =
        [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], // overlong
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], // surrogates
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], // beyond
            [0x80], [0xBF], [0xC3], [0xE2, 0x80], [0xF0, 0x9F, 0x98], // torn
        ];
        foreach (var bytes in bad)
        {
            Assert.Null(_parser.Parse(SegmentForge.Gzip([.. text[..at], .. bytes, .. text[at..]]), 1, SegmentParts.None, out var defect));
            Assert.Equal((DefectKind.Record, 1), (defect!.Kind, defect.Sequence));
            Assert.Null(_parser.Parse(SegmentForge.Gzip([.. text[..^3], .. bytes, .. text[^3..]]), 1, SegmentParts.None, out _));
        }

        // What is valid and only altered shows as a broken link instead.
        Assert.Null(_parser.Parse(SegmentForge.Gzip([.. text[..at], .. "\u00e9\u20ac😀"u8, .. text[at..]]), 1, SegmentParts.None, out var link));
        Assert.Equal((DefectKind.Link, 1), (link!.Kind, link.Sequence));
    }

    [Fact]
    public void A_line_may_have_65535_bytes_and_a_segment_16_mebibytes()
    {
        var room = LogFormat.MaxRecordBytes - Encoding.UTF8.GetByteCount(_forge.MakeLine(new(Data: "{\"a\":\"\"}"), true, 0));
        ForgedRecord Filled(int more) => new(Data: $"{{\"a\":\"{new string('a', room + more)}\"}}");
        Assert.Null(Defect(_forge.Copy().Segment(_key, Filled(0)), 1));
        Assert.Equal(DefectKind.Record, Defect(_forge.Copy().Segment(_key, Filled(1)), 1));

        // 257 nearly full records and one that fills the rest but for the seal; then one byte more.
        var filled = Enumerable.Repeat(Filled(-250), 257).ToList();
        var probe = _forge.Copy().Segment(_key, [.. filled, Filled(-60_000)]);
        var left = LogFormat.MaxSegmentBytes - SegmentForge.Gunzip(probe.Stored).Length;
        for (var over = -2; over <= 3; over++)
        {
            // A signature's length varies by a byte or two from one seal to the next.
            var forged = _forge.Copy().Segment(_key, [.. filled, Filled(left - 60_000 + over)]);
            var length = SegmentForge.Gunzip(forged.Stored).Length;
            Assert.Equal(length > LogFormat.MaxSegmentBytes ? DefectKind.Framing : null, Defect(forged, 1));
        }
    }

    [Fact]
    public void A_segment_holds_at_most_16384_records_and_does_not_cross_a_multiple_of_that()
    {
        Assert.Equal(DefectKind.Seal, Defect(_forge.Copy().Segment(_key, [.. Enumerable.Repeat(new ForgedRecord(), 16_384)]), 1));
        var last = _forge.Segment(_key, [.. Enumerable.Repeat(new ForgedRecord(), 16_383)]);
        Assert.Null(Defect(last, 1));
        Assert.Equal(16_384, _forge.Size);
        Assert.Null(Defect(_forge.Copy().Segment(_key, [.. Enumerable.Repeat(new ForgedRecord(), 16_384)]), 16_384));
        Assert.Equal(DefectKind.Seal, Defect(_forge.Copy().Segment(_key, [.. Enumerable.Repeat(new ForgedRecord(), 16_385)]), 16_384));
    }

    [Fact]
    public void The_last_number_that_has_a_name_is_the_last_that_a_segment_holds()
    {
        foreach (var (first, count) in new[] { (LogFormat.MaxSequence, 1), (LogFormat.MaxSequence - 1, 2) })
        {
            _forge.Size = first;
            _forge.Frontier = CompactRange.TryCreate(first, new Digest[System.Numerics.BitOperations.PopCount((ulong)first)])!;
            var forged = _forge.Segment(_key, [.. Enumerable.Repeat(new ForgedRecord(), count)]);
            // Behind it no position could be named, so no log can go on or be looked for there.
            Assert.NotNull(Defect(forged, first));
        }

        _forge.Size = LogFormat.MaxSequence - 1;
        _forge.Frontier = CompactRange.TryCreate(_forge.Size, new Digest[System.Numerics.BitOperations.PopCount((ulong)_forge.Size)])!;
        Assert.Null(Defect(_forge.Segment(_key, new ForgedRecord()), LogFormat.MaxSequence - 1));
    }

    [Fact]
    public void An_object_too_large_is_refused_unread()
    {
        Assert.Null(_parser.Parse(new byte[LogFormat.MaxStoredBytes + 1], 0, SegmentParts.None, out var defect));
        Assert.Equal(DefectKind.Framing, defect!.Kind);
    }

    public void Dispose()
    {
        _key.Dispose();
        _forge.Dispose();
        _parser.Dispose();
    }

    private static string SealOf(ForgedSegment segment) => Encoding.UTF8.GetString(SegmentForge.Gunzip(segment.Stored)).Split('\n')[^2] + "\n";

    private DefectKind? Defect(ForgedSegment segment, long first) =>
        _parser.Parse(segment.Stored, first, SegmentParts.None, out var defect) is null ? defect!.Kind : null;
}
