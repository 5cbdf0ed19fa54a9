using System.IO.Compression;
using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Fuzz;

/// <summary>Segments, in all depths to which damage can reach.</summary>
internal sealed class SegmentTargets : IDisposable
{
    // A segment's text twice, with what is made of it.
    private const long MostAllocated = 5L * LogFormat.MaxSegmentBytes;
    private readonly TestKey _key = TestKey.OfPem(FixedNote.Pem);
    private readonly SegmentParser _parser = new();
    private readonly List<ForgedSegment> _segments;

    public SegmentTargets() => _segments = Forge(_key);

    public IEnumerable<Target> Targets
    {
        get
        {
            var texts = _segments.ConvertAll(segment => SegmentForge.Gunzip(segment.Stored));
            yield return new Target("segment", _segments.ConvertAll(segment => segment.Stored), Parse) { Fixed = MostAllocated, Weight = 3 };
            yield return new Target("segment-text", texts, text => text.Length == 0 ? "empty" : Parse(SegmentForge.Gzip(text))) { Fixed = MostAllocated, Weight = 4 };
            yield return new Target("segment-lines", [.. _segments.SelectMany(segment => segment.Lines).Select(Encoding.UTF8.GetBytes)], Seal) { Fixed = MostAllocated, Weight = 3 };
            yield return new Target("gzip", [.. _segments.Select(segment => segment.Stored), .. Levels(texts)], Decompress) { Fixed = 2L * LogFormat.MaxSegmentBytes };
            yield return new Target("seal", texts.ConvertAll(text => text[(text.AsSpan()[..^1].LastIndexOf((byte)'\n') + 1)..^1]), ReadSeal);
        }
    }

    /// <summary>A genesis and segments behind it with records of every kind.</summary>
    public static List<ForgedSegment> Forge(TestKey key)
    {
        using var forge = new SegmentForge(FixedNote.Name);
        var vkey = VerifierKey.Create(FixedNote.Name, TestKey.OfScalar(7).PublicKey.Span).ToString();
        return
        [
            forge.Create(key),
            forge.Segment(key, new(), new(Data: "{\"a\":[1,{\"b\":\"\\u00e9\"}],\"c\":null}"), new("é😀")),
            forge.Segment(key, [.. Enumerable.Range(0, 40).Select(i => new ForgedRecord(Data: $"{{\"i\":{i}}}"))]),
            forge.Segment(key, forge.Admin(key, AdminRecord.KeyAdded, [("role", "seal"), ("vkey", vkey)])),
            forge.Segment(key, forge.Admin(key, AdminRecord.KeyRetired, [("vkey", vkey)])),
            forge.Segment(key, forge.Admin(key, AdminRecord.KeyCompromised, [("vkey", vkey), ("since", RecordLines.Time)])),
            forge.Segment(key, forge.Admin(key, AdminRecord.Pruned, [("before", "3")])),
            forge.Segment(key, forge.Admin(key, AdminRecord.LogMoved, [("from", "s3://x"), ("size", "5"), ("root", RecordLines.Hash)])),
            forge.Segment(key, forge.Admin(key, AdminRecord.LogClosed, [])),
        ];
    }

    public void Dispose()
    {
        _key.Dispose();
        _parser.Dispose();
    }

    private string Parse(byte[] stored)
    {
        var outcome = "nothing read";
        foreach (var first in _segments.Select(segment => segment.First))
        {
            if (_parser.Parse(stored, first, SegmentParts.Text | SegmentParts.Leaves, out var defect) is not { } segment)
            {
                Assert.NotEmpty(defect!.Message);
                outcome = defect.Message;
                continue;
            }

            // It must be what anybody reads there: zlib, and lines of JSON.
            var text = SegmentForge.Gunzip(stored);
            var lines = Encoding.UTF8.GetString(text).Split('\n')[..^1];
            Assert.Equal(segment.Count + 1, lines.Length);
            for (var i = 0; i < segment.Count; i++)
            {
                Assert.Equal(lines[i], Encoding.UTF8.GetString(segment.Line(i).Span));
                Assert.Null(SlowChecker.Check(Encoding.UTF8.GetBytes(lines[i])));
            }

            if (first == 0)
                ChainState.Empty.Accept(segment, out _);
            return Target.Accepted;
        }

        return outcome;
    }

    // Damage that the links and the seal agree with gets further in.
    private string Seal(byte[] line)
    {
        if (line.Length == 0 || line.Contains((byte)'\n') || !System.Text.Unicode.Utf8.IsValid(line))
            return "no line";
        using var forge = new SegmentForge(FixedNote.Name);
        var text = Encoding.UTF8.GetString(line);
        var first = text.StartsWith("{\"seq\":0,", StringComparison.Ordinal) ? 0 : 1;
        var stored = forge.Sealed(_key, first, [text], forge.Frontier).Stored;
        if (_parser.Parse(stored, first, SegmentParts.Text, out var defect) is not { } segment)
            // Lines from the middle of a log can't be first of a segment.
            return line.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text)) && _segments.Any(known => known.Lines.Contains(text)) ? Target.Accepted : defect!.Message;
        Assert.Null(SlowChecker.Check(line));
        ChainState.Empty.Accept(segment, out var refusal);
        AuditRecord.FromVerified(segment.Line(0), segment.LastLeaf, "origin", "key", null);
        return refusal is null ? Target.Accepted : refusal.Message;
    }

    private static string Decompress(byte[] stored)
    {
        var length = GzipMember.ClaimedLength(stored);
        if (length < 0)
            return "framing";
        var text = new byte[length];
        if (GzipMember.Decompress(stored, text) is { } why)
        {
            Assert.False(GzipMember.Holds(stored, text));
            return why;
        }

        // zlib reads the same, and what it reads can be framed again.
        Assert.Equal(text, SegmentForge.Gunzip(stored));
        Assert.True(GzipMember.Holds(stored, text));
        if (text.Length == 0)
            return Target.Accepted;
        var again = SegmentForge.Gzip(text, CompressionLevel.NoCompression);
        Assert.Null(GzipMember.Decompress(again, text));
        return Target.Accepted;
    }

    private static string ReadSeal(byte[] line)
    {
        if (ImmutableAudit.Chain.Seal.TryParse(line) is not { } seal)
            return Target.Told(false);
        // There is one way only to write it.
        Assert.Equal(line, ImmutableAudit.Chain.Seal.Write(seal.First, seal.Count, seal.Frontier.ToArray(), seal.Note)[..^1]);
        seal.IsVerifiedBy(VerifierKey.Parse(FixedNote.Vkey));
        return Target.Accepted;
    }

    private static IEnumerable<byte[]> Levels(IEnumerable<byte[]> texts) => texts.SelectMany(text => new[]
    {
        SegmentForge.Gzip(text, CompressionLevel.NoCompression), SegmentForge.Gzip(text, CompressionLevel.SmallestSize),
    });
}
