using System.Text;
using System.Text.Json;
using ImmutableAudit.Events;

namespace ImmutableAudit.Core.Tests;

public class EventDataTests
{
    [Theory]
    [InlineData("{}", "{}")]
    [InlineData(" { \"a\" : [ 1 , 2 ] }\n", "{\"a\":[1,2]}")]
    [InlineData("{\"a\":1.0,\"b\":1e400,\"c\":-0,\"d\":12345678901234567890123}", "{\"a\":1.0,\"b\":1e400,\"c\":-0,\"d\":12345678901234567890123}")]
    [InlineData("{\"a\":\"\\u0041\\/é\"}", "{\"a\":\"A/é\"}")]
    [InlineData("{\"a\":\"\\ud83d\\ude00\"}", null)]
    public void Text_is_kept_as_it_says_without_blanks(string json, string? expected)
    {
        var data = EventData.Parse(json);
        if (expected is not null)
            Assert.Equal(expected, data.ToString());
        using var before = JsonDocument.Parse(json);
        using var after = JsonDocument.Parse(data.Utf8);
        Assert.True(JsonElement.DeepEquals(before.RootElement, after.RootElement));
        Assert.Equal(data.ToString(), EventData.Parse(data.Utf8).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("\"a\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":01}")]
    [InlineData("/**/{}")]
    [InlineData("\uFEFF{}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"a\":1,\"A\":2}")]
    [InlineData("{\"a\":1,\"\\u0041\":2}")]
    [InlineData("{\"x\":[{\"b\":1,\"B\":2}]}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":\"\\udc00\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    public void What_is_not_an_object_that_a_record_may_hold_is_refused(string json)
    {
        Invalid(() => EventData.Parse(json));
        Invalid(() => EventData.Parse(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_and_not_mended()
    {
        Invalid(() => EventData.Parse("{\"a\":\"\ud800\"}"));
        foreach (var bytes in new byte[][] { [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80] })
        {
            Invalid(() => EventData.Parse((byte[])[.. "{\"a\":\""u8, .. bytes, .. "\"}"u8]));
            Invalid(() => EventData.Parse((byte[])[.. "{\""u8, .. bytes, .. "\":1}"u8]));
        }

        // As one of several values, where the writer would put a replacement character.
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = "x\ud800y" }));
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = "x\udc00\"" }));
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a\ud800"] = 1 }));
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = new[] { "\ud800\ud800" } }));
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = new Dictionary<string, string> { ["\udfff"] = "" } }));
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = '\ud800' }));
    }

    [Fact]
    public void Nesting_ends_where_a_records_would()
    {
        static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
        Assert.Equal(Nested(63), EventData.Parse(Nested(63)).ToString());
        Invalid(() => EventData.Parse(Nested(64)));
        Invalid(() => EventData.Parse(Nested(100_000)));
        object value = 1;
        for (var i = 0; i < 62; i++)
            value = new Dictionary<string, object?> { ["a"] = value };
        Assert.Equal(Nested(63), EventData.From(new Dictionary<string, object?> { ["a"] = value }).ToString());
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = new[] { value } }));
        var round = new List<object?>();
        round.Add(round);
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = round }));
    }

    [Fact]
    public void Values_are_written_as_what_they_are()
    {
        var data = EventData.From(new Dictionary<string, object?>
        {
            ["null"] = null, ["text"] = "a\n\"é\u2028\0", ["yes"] = true, ["byte"] = (byte)1, ["long"] = long.MinValue, ["ulong"] = ulong.MaxValue,
            ["decimal"] = 1.10m, ["double"] = 0.1, ["nan"] = double.NaN, ["infinite"] = float.PositiveInfinity,
            ["utc"] = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), ["offset"] = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            ["guid"] = Guid.Empty, ["list"] = new object[] { 1, "a" }, ["map"] = new Dictionary<int, int> { [1] = 2 }, ["data"] = EventData.Parse("{\"x\":1}"),
        });
        using var json = JsonDocument.Parse(data.Utf8);
        var root = json.RootElement;
        Assert.Equal("a\n\"é\u2028\0", root.GetProperty("text").GetString());
        Assert.Equal("[1,\"a\"]", root.GetProperty("list").GetRawText());
        Assert.Equal("{\"1\":2}", root.GetProperty("map").GetRawText());
        Assert.Equal("{\"x\":1}", root.GetProperty("data").GetRawText());
        Assert.Equal("1.10", root.GetProperty("decimal").GetRawText());
        Assert.Equal("NaN", root.GetProperty("nan").GetString());
        Assert.Equal("Infinity", root.GetProperty("infinite").GetString());
        Assert.Equal("2026-01-02T03:04:05.0000000Z", root.GetProperty("utc").GetString());
        Assert.Equal("2026-01-02T01:04:05.0000000Z", root.GetProperty("offset").GetString());
        Assert.Equal(ulong.MaxValue, root.GetProperty("ulong").GetUInt64());
        Assert.Equal(long.MinValue, root.GetProperty("long").GetInt64());
        Assert.Equal(Guid.Empty, root.GetProperty("guid").GetGuid());
        Assert.Null(new Chain.RecordScanner().ScanData(data.Utf8.Span));
    }

    [Fact]
    public void Names_that_collide_are_refused_wherever_they_come_from()
    {
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["a"] = 1, ["A"] = 2 }));
        Invalid(() => EventData.From([new("a", 1), new("a", 1)]));
        Invalid(() => EventData.From(new Dictionary<string, object?> { ["x"] = new Dictionary<object, int> { [1] = 1, ["1"] = 2 } }));
        Invalid(() => EventData.From(default(JsonElement)));
    }

    private static void Invalid(Func<EventData> make) => Assert.Equal(AuditErrors.EventInvalid, Assert.Throws<AuditException>(make).ErrorId);
}
