using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Core.Tests;

/// <summary>The scanner against the base library's JSON reader and against the rules written plainly, on random lines.</summary>
public class RecordScannerPropertyTests
{
    private const int Lines = 12_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_scanner_agrees_with_the_plain_rules_and_with_the_base_librarys_values(int seed)
    {
        var random = new RandomJson(seed);
        var scanner = new RecordScanner();
        int accepted = 0, refused = 0;
        for (var i = 0; i < Lines; i++)
        {
            var line = Encoding.UTF8.GetBytes(random.Line());
            if (i % 4 != 0)
                line = random.Mutated(line);
            var rule = Scan(scanner, line, out var fields);
            var plain = SlowChecker.Check(line);
            if (rule is null)
            {
                accepted++;
                Assert.True(plain is null, $"{plain}: {Encoding.UTF8.GetString(line)}");
                SameValues(line, fields);
            }
            else
            {
                refused++;
                // The scanner is stricter in one thing only: the members of its own aren't spelt with escapes.
                Assert.True(plain is not null || SlowChecker.HasEscapedOwnMember(line), $"{rule}: {Encoding.UTF8.GetString(line)}");
            }
        }

        // Else this would test nothing.
        Assert.InRange(accepted, Lines / 10, Lines);
        Assert.InRange(refused, Lines / 10, Lines);
    }

    [Fact]
    public void Data_agrees_too()
    {
        var random = new RandomJson(3);
        var scanner = new RecordScanner();
        var accepted = 0;
        for (var i = 0; i < Lines; i++)
        {
            var data = Encoding.UTF8.GetBytes(random.Object(1, 4));
            if (i % 4 != 0)
                data = random.Mutated(data);
            var plain = data.Any(b => b < 0x20) ? "control byte" : SlowChecker.Json(data);
            var isObject = plain is null && data.Length > 0 && data[0] == '{';
            Assert.True(scanner.ScanData(data) is null == isObject, $"{plain}: {Encoding.UTF8.GetString(data)}");
            accepted += isObject ? 1 : 0;
        }

        Assert.InRange(accepted, Lines / 10, Lines);
    }

    // What the segment's reader does before it asks the scanner.
    private static string? Scan(RecordScanner scanner, byte[] line, out RecordFields fields)
    {
        fields = default;
        return Utf8.IsValid(line) ? scanner.Scan(line, out fields) : "not UTF-8";
    }

    private static void SameValues(byte[] line, RecordFields fields)
    {
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 64 });
        var root = document.RootElement;
        Assert.Equal(root.GetProperty("seq").GetInt64(), fields.Sequence);
        Assert.Equal(root.GetProperty("prev").GetString(), fields.Previous.ToString());
        Assert.Equal(root.GetProperty("id").GetGuid(), RecordId.ToGuid(fields.Id));
        Assert.Equal(root.GetProperty("time").GetDateTime().Ticks, fields.TimeTicks);
        Assert.Equal(root.GetProperty("recorded").GetDateTime().Ticks, fields.RecordedTicks);
        Assert.Equal(root.GetProperty("action").GetString(), JsonText.Unescape(line.AsSpan()[fields.Action]));
        Assert.Equal(root.TryGetProperty("segment", out var segment), fields.HasSegment);
        if (fields.HasSegment)
            Assert.Equal(segment.GetString(), fields.Segment.ToString());
        Assert.Equal(root.TryGetProperty("keys", out var keys) ? keys.GetInt64() : -1, fields.Keys);
        Assert.Equal(root.TryGetProperty("data", out var data) ? data.GetRawText() : "", Encoding.UTF8.GetString(line.AsSpan()[fields.Data]));
    }
}
