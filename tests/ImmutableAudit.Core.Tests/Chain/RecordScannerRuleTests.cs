using System.Text;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Core.Tests;

/// <summary>The rules of a record's own members, one by one.</summary>
public class RecordScannerRuleTests
{
    private readonly RecordScanner _scanner = new();

    [Fact]
    public void The_least_and_the_full_record_are_read()
    {
        Assert.Null(_scanner.Scan(Encoding.UTF8.GetBytes(RecordLines.Least), out var fields));
        Assert.Equal(41, fields.Sequence);
        Assert.Equal(RecordLines.Hash, fields.Previous.ToString());
        Assert.False(fields.HasSegment);
        Assert.Equal(-1, fields.Keys);
        Assert.Equal(Guid.Parse(RecordLines.Id), RecordId.ToGuid(fields.Id));
        Assert.Equal(new DateTime(2026, 11, 21, 20, 38, 0).AddTicks(1_234_567).Ticks, fields.TimeTicks);
        Assert.Equal(new DateTime(2026, 11, 21, 20, 38, 2).Ticks, fields.RecordedTicks);
        Assert.Equal("s3:GetObject", RecordLines.Least[fields.Action]);
        Assert.Equal("", RecordLines.Least[fields.Data]);
        Assert.False(fields.IsReserved);

        Assert.Null(_scanner.Scan(Encoding.UTF8.GetBytes(RecordLines.Full), out fields));
        Assert.True(fields.HasSegment);
        Assert.Equal(RecordLines.Zeros, fields.Segment.ToString());
        Assert.Equal(0, fields.Keys);
        Assert.Equal("{\"a\":1}", RecordLines.Full[fields.Data]);
    }

    [Theory]
    [InlineData("{\"prev\":\"" + RecordLines.Hash + "\",\"seq\":41" + RecordLines.Rest + "}")]
    [InlineData("{\"seq\":41" + RecordLines.Rest + ",\"prev\":\"" + RecordLines.Hash + "\"}")]
    [InlineData("{\"seq\":41,\"x_a\":1,\"prev\":\"" + RecordLines.Hash + "\"" + RecordLines.Rest + "}")]
    [InlineData("{\"x_a\":1,\"seq\":41,\"prev\":\"" + RecordLines.Hash + "\"" + RecordLines.Rest + "}")]
    [InlineData("{\"\\u0073eq\":41,\"prev\":\"" + RecordLines.Hash + "\"" + RecordLines.Rest + "}")]
    [InlineData("{\"Seq\":41,\"prev\":\"" + RecordLines.Hash + "\"" + RecordLines.Rest + "}")]
    [InlineData("{\"seq\":41,\"Prev\":\"" + RecordLines.Hash + "\"" + RecordLines.Rest + "}")]
    [InlineData("{\"seq\":41}")]
    [InlineData("{\"seq\":41,\"seq\":41,\"prev\":\"" + RecordLines.Hash + "\"" + RecordLines.Rest + "}")]
    [InlineData("{\"seq\":")]
    [InlineData("{\"seq\":41")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{")]
    public void Seq_and_prev_come_first(string line) => Refused(line);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("999999999999999999", 999999999999999999)]
    public void Sequence_numbers_up_to_18_digits_are_read(string text, long value)
    {
        Assert.Null(_scanner.Scan(Encoding.UTF8.GetBytes(RecordLines.Replacing("41", text)), out var fields));
        Assert.Equal(value, fields.Sequence);
        Assert.Null(_scanner.Scan(Encoding.UTF8.GetBytes(RecordLines.With(",\"keys\":" + text)), out fields));
        Assert.Equal(value, fields.Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("041")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("+1")]
    [InlineData("1000000000000000000")] // 19 digits
    [InlineData("9223372036854775808")]
    [InlineData("41.0")]
    [InlineData("41e0")]
    [InlineData("4E1")]
    [InlineData("\"41\"")]
    [InlineData("null")]
    [InlineData("0x29")]
    [InlineData("4 1")]
    [InlineData("\u0664")]
    public void Other_spellings_of_a_sequence_number_are_refused(string text)
    {
        Refused(RecordLines.Replacing("41", text));
        Refused(RecordLines.With(",\"keys\":" + text));
    }

    [Theory]
    [InlineData("\"9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"")]
    [InlineData("\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0\"")]
    [InlineData("\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a080\"")]
    [InlineData("\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0g\"")]
    [InlineData("\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0\\u0066\"")]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("0")]
    public void Digests_have_one_spelling(string text)
    {
        Refused(RecordLines.Replacing('"' + RecordLines.Hash + '"', text));
        Refused(RecordLines.With(",\"segment\":" + text));
    }

    [Theory]
    [InlineData("\"01932F0E-8f3a-7c31-9a4b-0c1d2e3f4a5b\"")]
    [InlineData("\"01932f0e8f3a7c319a4b0c1d2e3f4a5b\"")]
    [InlineData("\"{01932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5b}\"")]
    [InlineData("\"01932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5\"")]
    [InlineData("\"01932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5b0\"")]
    [InlineData("\"01932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5g\"")]
    [InlineData("\"01932f0e-8f3a7-c31-9a4b-0c1d2e3f4a5b\"")]
    [InlineData("\"01932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5B\"")]
    [InlineData("\" 1932f0e-8f3a-7c31-9a4b-0c1d2e3f4a5b\"")]
    [InlineData("null")]
    [InlineData("1")]
    public void Ids_have_one_spelling(string text) => Refused(RecordLines.Replacing('"' + RecordLines.Id + '"', text));

    [Theory]
    [InlineData("0001-01-01T00:00:00.0000000Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    [InlineData("2024-02-29T00:00:00.0000000Z")]
    [InlineData("2000-02-29T00:00:00.0000000Z")]
    [InlineData("2026-12-31T23:59:59.0000001Z")]
    public void Times_that_exist_are_read(string text)
    {
        Assert.Null(_scanner.Scan(Encoding.UTF8.GetBytes(RecordLines.Replacing(RecordLines.Time, text)), out var fields));
        Assert.Equal(text, new DateTime(fields.TimeTicks, DateTimeKind.Utc).ToString("O"));
        Assert.Equal(text, LogTime.ToText(fields.TimeTicks));
    }

    [Theory]
    [InlineData("2026-11-21T20:38:60.0000000Z")] // a leap second
    [InlineData("2016-12-31T23:59:60.0000000Z")]
    [InlineData("2026-11-21T24:00:00.0000000Z")]
    [InlineData("2026-11-21T20:60:00.0000000Z")]
    [InlineData("2026-02-30T00:00:00.0000000Z")]
    [InlineData("2026-02-29T00:00:00.0000000Z")]
    [InlineData("1900-02-29T00:00:00.0000000Z")]
    [InlineData("2026-04-31T00:00:00.0000000Z")]
    [InlineData("2026-13-01T00:00:00.0000000Z")]
    [InlineData("2026-00-01T00:00:00.0000000Z")]
    [InlineData("2026-11-00T00:00:00.0000000Z")]
    [InlineData("0000-01-01T00:00:00.0000000Z")]
    [InlineData("2026-11-21T20:38:00.000000Z")]
    [InlineData("2026-11-21T20:38:00.00000000Z")]
    [InlineData("2026-11-21T20:38:00Z")]
    [InlineData("2026-11-21T20:38:00.0000000z")]
    [InlineData("2026-11-21t20:38:00.0000000Z")]
    [InlineData("2026-11-21 20:38:00.0000000Z")]
    [InlineData("2026-11-21T20:38:00,0000000Z")]
    [InlineData("2026-11-21T20:38:00.0000000+")]
    [InlineData("2026-11-21T20:38:00.0000+00")]
    [InlineData("2026-11-21T20:38:00.00000000")]
    [InlineData("+026-11-21T20:38:00.0000000Z")]
    [InlineData("-026-11-21T20:38:00.0000000Z")]
    [InlineData("2026-11-21T20:38:00.000000-Z")]
    [InlineData("2026-11-21T20:38:00.00 0000Z")]
    [InlineData("2026-11-21T-1:38:00.0000000Z")]
    [InlineData("2026-11-21T2/:38:00.0000000Z")]
    [InlineData("2026-11-21T2::38:00.0000000Z")]
    [InlineData("20261121T203800.000000000000Z")]
    [InlineData("")]
    public void Times_that_do_not_exist_or_are_spelt_otherwise_are_refused(string text)
    {
        Refused(RecordLines.Replacing(RecordLines.Time, text));
        Refused(RecordLines.Replacing(RecordLines.Recorded, text));
    }

    [Theory]
    [InlineData(",\"recorded\":\"" + RecordLines.Recorded + "\"")]
    [InlineData(",\"id\":\"" + RecordLines.Id + "\"")]
    [InlineData(",\"time\":\"" + RecordLines.Time + "\"")]
    [InlineData(",\"action\":\"s3:GetObject\"")]
    [InlineData(",\"prev\":\"" + RecordLines.Hash + "\"")]
    [InlineData("\"seq\":41,")]
    public void Every_required_member_must_be_there(string member) => Refused(RecordLines.Replacing(member, ""));

    [Theory]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("[\"a\"]")]
    public void An_action_is_a_text_that_is_not_empty(string text) => Refused(RecordLines.Replacing("\"s3:GetObject\"", text));

    [Theory]
    [InlineData("immutableaudit:KeyAdded", true)]
    [InlineData("immutableaudit:", true)]
    [InlineData("IMMUTABLEaudit:x", true)]
    [InlineData("immutableaudit\\u003ax", true)]
    [InlineData("\\u0069mmutableaudit:x", true)]
    [InlineData("\\u0049mmutableaudit:\\n", true)]
    [InlineData("immutableaudit", false)]
    [InlineData("immutableaudit.x", false)]
    [InlineData(" immutableaudit:x", false)]
    [InlineData("x\\nimmutableaudit:x", false)]
    [InlineData("\u0131mmutableaudit:x", false)] // a dotless i
    [InlineData("\\u0131mmutableaudit:x", false)]
    [InlineData("\u0130mmutableaudit:\\n", false)]
    public void The_logs_own_actions_are_known_in_every_spelling(string action, bool reserved)
    {
        Assert.Null(_scanner.Scan(Encoding.UTF8.GetBytes(RecordLines.Replacing("s3:GetObject", action)), out var fields));
        Assert.Equal(reserved, fields.IsReserved);
    }

    [Theory]
    [InlineData(",\"outcome\":\"Success\"")]
    [InlineData(",\"outcome\":\"Failure\"")]
    [InlineData(",\"outcome\":\"Denied\"")]
    [InlineData(",\"outcome\":\"Unknown\"")]
    [InlineData(",\"outcome\":null")]
    [InlineData(",\"reason\":\"\"")]
    [InlineData(",\"reason\":null")]
    [InlineData(",\"actor\":null,\"resource\":null,\"source\":null,\"data\":null")]
    [InlineData(",\"actor\":{},\"resource\":{},\"source\":{},\"data\":{}")]
    [InlineData(",\"actor\":{\"id\":null,\"x\":{\"ip\":5}},\"source\":{\"id\":5}")]
    [InlineData(",\"x_\":1")]
    [InlineData(",\"x_a\":1,\"x_b\":\"2\",\"x_c\":null,\"x_d\":[],\"x_e\":{\"seq\":1}")]
    [InlineData(",\"x_\\u00e9\":1,\"x_é\":2,\"x_É\":3")] // equal after unescaping: see below; É isn't é in ASCII case
    public void What_the_format_allows_is_read(string members)
    {
        var expected = members.Contains("\\u00e9", StringComparison.Ordinal);
        Assert.Equal(expected, _scanner.Scan(Encoding.UTF8.GetBytes(RecordLines.With(members)), out _) is not null);
    }

    [Theory]
    [InlineData(",\"outcome\":\"success\"")]
    [InlineData(",\"outcome\":\"\"")]
    [InlineData(",\"outcome\":\"Succes\\u0073\"")]
    [InlineData(",\"outcome\":1")]
    [InlineData(",\"outcome\":true")]
    [InlineData(",\"reason\":1")]
    [InlineData(",\"reason\":{}")]
    [InlineData(",\"actor\":\"alice\"")]
    [InlineData(",\"actor\":[]")]
    [InlineData(",\"actor\":nul")]
    [InlineData(",\"actor\":{\"id\":5}")]
    [InlineData(",\"actor\":{\"type\":true}")]
    [InlineData(",\"actor\":{\"name\":[]}")]
    [InlineData(",\"actor\":{\"ip\":{}}")]
    [InlineData(",\"actor\":{\"session\":1}")]
    [InlineData(",\"actor\":{\"\\u0069p\":5}")] // ip, spelt so that it isn't seen at first sight
    [InlineData(",\"actor\":{\"id\":nil}")]
    [InlineData(",\"resource\":{\"type\":1}")]
    [InlineData(",\"resource\":{\"x\":1,\"id\":1}")]
    [InlineData(",\"source\":{\"host\":1}")]
    [InlineData(",\"source\":{\"app\":1}")]
    [InlineData(",\"data\":[]")]
    [InlineData(",\"data\":\"x\"")]
    [InlineData(",\"data\":1")]
    [InlineData(",\"unknown\":1")]
    [InlineData(",\"X_a\":1")]
    [InlineData(",\"xa\":1")]
    [InlineData(",\"\":1")]
    [InlineData(",\"Action\":\"x\"")]
    [InlineData(",\"DATA\":{}")]
    [InlineData(",\"\\u0078_a\":1")] // x_, spelt otherwise
    [InlineData(",\"dat\\u0061\":{}")]
    public void What_the_format_does_not_know_is_refused(string members) => Refused(RecordLines.With(members));

    private void Refused(string line) => Assert.NotNull(_scanner.Scan(Encoding.UTF8.GetBytes(line), out _));
}
