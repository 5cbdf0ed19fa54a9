using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;

namespace ImmutableAudit.Fuzz;

/// <summary>Lines of records, and what stands in them.</summary>
internal sealed class RecordTargets
{
    // What the plain rules allocate: they write nested values again at each depth. The scanner's own bound is checked by itself.
    private const int PlainPerByte = 2000;
    // Its list of names, which grows by doubling and is kept: 16 bytes a name, of which a line holds some 16,000 at most.
    private const long MostScanned = 1024 * 1024;
    private readonly RecordScanner _scanner = new();

    public IEnumerable<Target> Targets
    {
        get
        {
            var random = new RandomJson(5);
            byte[][] lines = [.. Enumerable.Range(0, 40).Select(_ => Encoding.UTF8.GetBytes(random.Line())), Bytes(RecordLines.Least), Bytes(RecordLines.Full)];
            yield return new Target("record", [.. lines.Where(line => SlowChecker.Check(line) is null)], Scan) { Weight = 4, PerByte = PlainPerByte };
            yield return new Target("event-data", [.. Enumerable.Range(0, 60).Select(_ => Bytes(random.Object(1, 5))).Where(data => SlowChecker.Json(data) is null)], Data);
            yield return new Target("genesis-data", Reserved("LogCreated"), data => Target.Told(Genesis.TryParse(data) is not null));
            yield return new Target("admin-data", Reserved(""), Admin);
            yield return new Target("names", [Bytes(SegmentName.Format(41)), Bytes(SegmentName.Format(0)), Bytes(RecordLines.Time), Bytes(RecordLines.Id), Bytes(RecordLines.Hash)], Names);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static List<byte[]> Reserved(string action)
    {
        using var key = TestKey.OfPem(FixedNote.Pem);
        using var parser = new SegmentParser();
        return [.. SegmentTargets.Forge(key).SelectMany(segment => parser.Parse(segment.Stored, segment.First, SegmentParts.None, out _)!.Reserved)
            .Where(record => record.Action.Contains(action, StringComparison.Ordinal)).Select(record => record.Data.ToArray())];
    }

    private string Scan(byte[] line)
    {
        RecordFields fields = default;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var rule = line.Length > LogFormat.MaxRecordBytes ? "too long" : Utf8.IsValid(line) ? _scanner.Scan(line, out fields) : "not UTF-8";
        var scanned = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(scanned <= MostScanned + (4 * line.Length), $"The scanner allocated {scanned} bytes.");
        var plain = SlowChecker.Check(line);
        if (rule is not null)
        {
            // The scanner is stricter in one thing only: the members of its own aren't spelt with escapes.
            Assert.True(plain is not null || SlowChecker.HasEscapedOwnMember(line), "The plain rules take what the scanner refuses: " + rule);
            return rule;
        }

        Assert.True(plain is null, "The scanner takes what the plain rules refuse: " + plain);
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = LogFormat.MaxDepth });
        var root = document.RootElement;
        Assert.Equal(root.GetProperty("seq").GetInt64(), fields.Sequence);
        Assert.Equal(root.GetProperty("prev").GetString(), fields.Previous.ToString());
        Assert.Equal(root.GetProperty("id").GetGuid(), RecordId.ToGuid(fields.Id));
        Assert.Equal(root.GetProperty("recorded").GetDateTime().Ticks, fields.RecordedTicks);
        Assert.Equal(root.GetProperty("action").GetString(), JsonText.Unescape(line.AsSpan()[fields.Action]));
        return Target.Accepted;
    }

    private string Data(byte[] bytes) => Target.Documented(
        () =>
        {
            var data = EventData.Parse(bytes);
            Assert.Null(_scanner.ScanData(data.Utf8.Span));
            using var before = JsonDocument.Parse(bytes);
            using var after = JsonDocument.Parse(data.Utf8);
            try
            {
                Assert.True(JsonElement.DeepEquals(before.RootElement, after.RootElement));
            }
            catch (ArgumentOutOfRangeException e) when (e.ParamName == "exponent")
            {
                // More than the base library compares.
            }
        },
        AuditErrors.EventInvalid, AuditErrors.EventTooLarge);

    private string Admin(byte[] bytes)
    {
        // Only data that a scanned line held comes this far.
        if (_scanner.ScanData(bytes) is { } rule)
            return rule;
        using var key = TestKey.OfPem(FixedNote.Pem);
        var taken = 0;
        foreach (var action in new[] { AdminRecord.KeyAdded, AdminRecord.KeyRetired, AdminRecord.KeyCompromised, AdminRecord.Pruned, AdminRecord.LogMoved, AdminRecord.LogClosed })
        {
            if (AdminRecord.TryParse(7, action, bytes) is not { } record)
                continue;
            record.IsSignedBy([key.Named(FixedNote.Name)], FixedNote.Name, 0);
            taken++;
        }

        return Target.Told(taken > 0 || Genesis.TryParse(bytes) is not null);
    }

    private static string Names(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (SegmentName.TryParse(text, out var first))
            Assert.Equal(text, SegmentName.Format(first));
        else if (LogTime.TryParse(bytes, out var ticks))
            Assert.Equal(text, LogTime.ToText(ticks));
        else if (RecordId.TryParse(bytes, out var id))
            Assert.Equal(text, RecordId.ToGuid(id).ToString());
        else if (Merkle.Digest.TryParse(bytes, out var digest))
            Assert.Equal(text, digest.ToString());
        else
            return Target.Told(false);
        return Target.Accepted;
    }
}
