using System.Text;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Core.Tests;

/// <summary>What of JSON a line may use.</summary>
public class RecordScannerJsonTests
{
    private readonly RecordScanner _scanner = new();

    [Theory]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":1,\"A\":2}")]
    [InlineData("{\"A\":1,\"b\":0,\"a\":2}")]
    [InlineData("{\"Name\":1,\"nAME\":2}")]
    [InlineData("{\"a\":1,\"\\u0061\":2}")]
    [InlineData("{\"a\":1,\"\\u0041\":2}")]
    [InlineData("{\"\\u0061\":1,\"a\":2}")]
    [InlineData("{\"\\u0061\":1,\"\\u0061\":2}")]
    [InlineData("{\"\":1,\"\":2}")]
    [InlineData("{\"\\\"\":1,\"\\u0022\":2}")]
    [InlineData("{\"/\":1,\"\\/\":2}")]
    [InlineData("{\"é\":1,\"\\u00e9\":2}")]
    [InlineData("{\"é\":1,\"\\u00E9\":2}")]
    [InlineData("{\"éA\":1,\"éa\":2}")]
    [InlineData("{\"😀\":1,\"\\ud83d\\ude00\":2}")]
    [InlineData("{\"a long name of more than eight\":1,\"A LONG NAME OF MORE THAN EIGHT\":2}")]
    [InlineData("{\"x\":{\"y\":[{\"z\":1,\"Z\":2}]}}")]
    [InlineData("{\"x\":[{\"a\":1},{\"a\":1,\"b\":{},\"A\":1}]}")]
    [InlineData("{\"a\":{\"b\":1},\"c\":1,\"A\":{}}")]
    public void Two_members_with_one_name_are_refused(string data)
    {
        Refused(RecordLines.With(",\"data\":" + data));
        Refused(RecordLines.With(",\"x_a\":" + data));
        Refused(RecordLines.With(",\"actor\":" + data));
        Assert.NotNull(_scanner.ScanData(Encoding.UTF8.GetBytes(data)));
    }

    [Theory]
    [InlineData("{\"a\":1,\"b\":2}")]
    [InlineData("{\"a\":{\"a\":{\"a\":1}}}")]
    [InlineData("{\"x\":[{\"a\":1},{\"a\":1},{\"A\":1}]}")]
    [InlineData("{\"é\":1,\"É\":2}")] // equal only beyond ASCII
    [InlineData("{\"ß\":1,\"ss\":2,\"ſs\":3}")]
    [InlineData("{\"k\":1,\"\u212A\":2}")] // the Kelvin sign
    [InlineData("{\"@\":1,\"`\":2,\"[\":3,\"{\":4}")] // apart by 0x20, and no letters
    [InlineData("{\"a\":1,\"\\u0001\":2,\"\\u0021\":3,\"\":4}")]
    [InlineData("{\"e\u0301\":1,\"\u00e9\":2}")] // one letter to the eye, two texts
    [InlineData("{\"abcdefgh1\":1,\"abcdefgh2\":2,\"abcdefgh\":3}")]
    public void Names_that_differ_are_read(string data) => Read(RecordLines.With(",\"data\":" + data));

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(100)]
    [InlineData(300)]
    public void One_name_twice_is_found_among_any_number_of_members(int count)
    {
        var names = Enumerable.Range(0, count).Select(i => "n" + i).ToList();
        Read(RecordLines.With(",\"data\":" + Object(names)));
        foreach (var at in new[] { 0, 1, count / 2, count - 1 })
        {
            foreach (var to in new[] { 0, at, at + 1, count })
                Refused(RecordLines.With(",\"data\":" + Object([.. names[..to], names[at].ToUpperInvariant(), .. names[to..]])));
        }

        Refused(RecordLines.With("," + Object(Enumerable.Range(0, count).Select(i => "x_" + i).Append("X_1"))[1..^1]));
        Refused(RecordLines.With("," + Object(Enumerable.Range(0, count).Select(i => "x_a" + i).Append("x_A1"))[1..^1]));
    }

    [Fact]
    public void Depth_64_is_read_and_65_is_not()
    {
        // The record is level 1, its data level 2.
        Read(RecordLines.With(",\"data\":" + Nested("{\"a\":", 63, "}")));
        Refused(RecordLines.With(",\"data\":" + Nested("{\"a\":", 64, "}")));
        Read(RecordLines.With(",\"x_a\":" + Nested("[", 63, "]")));
        Refused(RecordLines.With(",\"x_a\":" + Nested("[", 64, "]")));
        Refused(RecordLines.With(",\"x_a\":" + Nested("[", 30_000, "]")));
        Refused(RecordLines.With(",\"x_a\":" + new string('[', 60_000)));
        Assert.Null(_scanner.ScanData(Encoding.UTF8.GetBytes(Nested("{\"a\":", 63, "}"))));
        Assert.NotNull(_scanner.ScanData(Encoding.UTF8.GetBytes(Nested("{\"a\":", 64, "}"))));
        // Going down and up again doesn't add up.
        Read(RecordLines.With(",\"x_a\":[" + string.Join(',', Enumerable.Repeat(Nested("[", 62, "]"), 100)) + "]"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("1e5")]
    [InlineData("1E+5")]
    [InlineData("1.50e-007")]
    [InlineData("-1.5")]
    [InlineData("123456789012345678901234567890.123456789")]
    [InlineData("1e999")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uABCD\"")]
    [InlineData("\"\\ud83d\\ude00\\uD83D\\uDE00\"")]
    [InlineData("\"\u007f\"")] // DEL is no byte below 0x20
    [InlineData("\"\u2028\uFEFF\uFFFF\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[1,[2,{}],{\"a\":[]},\"]\"]")]
    public void Json_values_are_read(string value)
    {
        Read(RecordLines.With(",\"x_a\":" + value));
        Read(RecordLines.With(",\"data\":{\"a\":" + value + "}"));
        Read(RecordLines.With(",\"data\":{\"a\":[" + value + "," + value + "]}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData("1.")]
    [InlineData("1.e5")]
    [InlineData(".5")]
    [InlineData("-.5")]
    [InlineData("+1")]
    [InlineData("-")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("0x1")]
    [InlineData("1_000")]
    [InlineData("1,")]
    [InlineData("1 ")]
    [InlineData(" 1")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("True")]
    [InlineData("TRUE")]
    [InlineData("tru")]
    [InlineData("truee")]
    [InlineData("fals")]
    [InlineData("nul")]
    [InlineData("nulll")]
    [InlineData("undefined")]
    [InlineData("'a'")]
    [InlineData("a")]
    [InlineData("\"")]
    [InlineData("\"a")]
    [InlineData("\"\\\"")]
    [InlineData("\"\\")]
    [InlineData("\"\\x41\"")]
    [InlineData("\"\\'\"")]
    [InlineData("\"\\a\"")]
    [InlineData("\"\\0\"")]
    [InlineData("\"\\U0041\"")]
    [InlineData("\"\\u004\"")]
    [InlineData("\"\\u004g\"")]
    [InlineData("\"\\u+041\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\ud800x\"")]
    [InlineData("\"\\ud800\\n\"")]
    [InlineData("\"\\ud800\\u0041\"")]
    [InlineData("\"\\ud800\\ud800\"")]
    [InlineData("\"\\udc00\"")]
    [InlineData("\"\\udc00\\ud800\"")]
    [InlineData("\"\\ud83d\\\\ude00\"")]
    [InlineData("[")]
    [InlineData("]")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 ,2]")]
    [InlineData("[1, 2]")]
    [InlineData("[ ]")]
    [InlineData("[1}")]
    [InlineData("[1]]")]
    [InlineData("{\"a\":1]")]
    [InlineData("{ }")]
    [InlineData("{,}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\" :1}")]
    [InlineData("{\"a\": 1}")]
    [InlineData("{\"a\":1 }")]
    [InlineData("{ \"a\":1}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":1,\"b\"}")]
    [InlineData("{a:1}")]
    [InlineData("{1:1}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"a\":1}}")]
    [InlineData("/**/1")]
    [InlineData("1//")]
    public void What_is_not_json_without_blanks_is_refused(string value)
    {
        Refused(RecordLines.With(",\"x_a\":" + value));
        Refused(RecordLines.With(",\"data\":{\"a\":" + value + "}"));
        Refused(RecordLines.With(",\"data\":{\"a\":[" + value + ",1]}"));
        Refused(RecordLines.Head + ",\"x_a\":" + value);
    }

    [Fact]
    public void A_control_byte_is_refused_wherever_it_stands()
    {
        var line = Encoding.UTF8.GetBytes(RecordLines.Full);
        for (var at = 0; at <= line.Length; at++)
        {
            foreach (byte c in new byte[] { 0, 1, 9, 10, 13, 0x1F, (byte)' ' })
            {
                byte[] altered = [.. line[..at], c, .. line[at..]];
                // A blank may stand inside a text; nothing else may stand anywhere.
                if (c != ' ' || !InsideText(line, at))
                    Assert.NotNull(_scanner.Scan(altered, out _));
            }
        }
    }

    [Fact]
    public void Something_before_or_behind_the_object_is_refused()
    {
        foreach (var more in new[] { "{}", RecordLines.Least, ",", "}", "]", "1", "null", "\"\"", "\u007f", "\uFEFF", "//" })
        {
            Refused(RecordLines.Least + more);
            Refused(more + RecordLines.Least);
        }

        Refused("[" + RecordLines.Least + "]");
    }

    [Fact]
    public void Every_shortened_line_is_refused()
    {
        for (var length = 0; length < RecordLines.Full.Length; length++)
            Refused(RecordLines.Full[..length]);
        for (var length = 1; length < RecordLines.Full.Length; length++)
            Refused(RecordLines.Full[length..]);
    }

    [Fact]
    public void A_line_of_65535_bytes_is_read_and_one_more_is_not()
    {
        var room = LogFormat.MaxRecordBytes - RecordLines.With(",\"x_a\":\"\"").Length;
        Read(RecordLines.With($",\"x_a\":\"{new string('a', room)}\""));
        Refused(RecordLines.With($",\"x_a\":\"{new string('a', room + 1)}\""));
        // Bytes count, not characters.
        Assert.Equal(0, room % 2);
        Read(RecordLines.With($",\"x_a\":\"{new string('é', room / 2)}\""));
        Refused(RecordLines.With($",\"x_a\":\"a{new string('é', room / 2)}\""));
    }

    [Fact]
    public void A_scanner_forgets_what_it_saw_in_a_bad_line()
    {
        Refused(RecordLines.With(",\"data\":{\"a\":{\"b\":{\"c\":"));
        Refused(RecordLines.With(",\"x_a\":{\"\\u0061\":1,\"a\":"));
        Read(RecordLines.With(",\"data\":{\"a\":{\"b\":{\"c\":1}}},\"x_a\":1"));
    }

    [Fact]
    public void Lines_made_to_be_slow_are_not()
    {
        // Nothing is timed: were the work not bounded, these would take minutes.
        var many = Object(Enumerable.Range(0, 7000).Select(i => i.ToString("x")));
        var colliding = Object(Enumerable.Range(0, 2400).Select(i => $"aaaaaaaa{i:x4}bbbbbbbb"));
        var escaped = "[" + string.Join(',', Enumerable.Repeat("{\"\\u0061\":{\"\\u0061\":1}}", 2000)) + "]";
        var upper = Object(Enumerable.Range(0, 13_000 / 4).SelectMany(i => new[] { "", "a", "b", "c" }.Select(c => c + i)).Take(6000));
        var deep = "[" + string.Join(',', Enumerable.Repeat(Nested("[", 62, "]"), 500)) + "]";
        var objects = "[" + string.Join(',', Enumerable.Repeat(Object(Enumerable.Range(0, 32).Select(i => ((char)('A' + i)).ToString()).Where(n => n != "\\")), 250)) + "]";
        foreach (var value in new[] { many, colliding, escaped, upper, deep, objects })
        {
            for (var i = 0; i < 40; i++)
                Read(RecordLines.With(",\"x_a\":" + value));
        }

        // 13,000 members of the least size, in bytes because no text could hold so many different names.
        var small = Enumerable.Range(0, 13_000).Select(i => $"\"{(char)('0' + i % 10)}\":0");
        for (var i = 0; i < 40; i++)
            Refused(RecordLines.With(",\"x_a\":{" + string.Join(',', small) + "}"));
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{\"a\":[1,2,{\"b\":null}]}", true)]
    [InlineData("", false)]
    [InlineData("[]", false)]
    [InlineData("null", false)]
    [InlineData("\"a\"", false)]
    [InlineData("{}{}", false)]
    [InlineData("{} ", false)]
    [InlineData(" {}", false)]
    [InlineData("{", false)]
    [InlineData("{\"a\":\"\n\"}", false)]
    public void Data_alone_follows_the_same_rules(string data, bool good) =>
        Assert.Equal(good, _scanner.ScanData(Encoding.UTF8.GetBytes(data)) is null);

    [Fact]
    public void Data_that_is_not_utf8_is_refused()
    {
        Assert.NotNull(_scanner.ScanData([.. "{\"a\":\""u8, 0xC0, 0x80, .. "\"}"u8]));
        Assert.NotNull(_scanner.ScanData([.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8]));
    }

    private static bool InsideText(byte[] line, int at)
    {
        var quotes = line.AsSpan(0, at).Count((byte)'"');
        return quotes % 2 == 1;
    }

    private static string Nested(string open, int levels, string close) =>
        string.Concat(Enumerable.Repeat(open, levels)) + (open == "[" ? "" : "1") + string.Concat(Enumerable.Repeat(close, levels));

    private static string Object(IEnumerable<string> names) => "{" + string.Join(',', names.Select(name => $"\"{name}\":0")) + "}";

    private void Read(string line) => Assert.Null(_scanner.Scan(Encoding.UTF8.GetBytes(line), out _));

    private void Refused(string line) => Assert.NotNull(_scanner.Scan(Encoding.UTF8.GetBytes(line), out _));
}
