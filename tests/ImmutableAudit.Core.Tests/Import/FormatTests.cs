using System.Text;
using System.Text.Json;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;

namespace ImmutableAudit.Core.Tests.Import;

/// <summary>What each format's entries become; and that the format is found out from the content.</summary>
public class FormatTests
{
    [Fact]
    public async Task W3c_fields_may_change_and_what_doesnt_fit_them_is_told_with_its_line()
    {
        var entries = await SourceTexts.ReadAsync(Samples.W3c);
        Assert.Equal([5, 6, 8, 9], entries.Select(entry => entry.Position));
        var e = entries[0].Event!;
        Assert.Equal(("http:GET", @"TANNHOLM\keller", "198.51.100.23", "/payroll/run.aspx?id=7"), (e.Action, e.ActorId, e.Ip, e.ResourceId));
        Assert.Equal(new DateTimeOffset(2026, 3, 13, 3, 12, 26, TimeSpan.Zero), e.Time);
        Assert.Equal((AuditOutcome.Success, null, "192.0.2.10", "Mozilla/5.0 (Windows NT 10.0)"), (e.Outcome, e.Reason, e.Host, e.App));
        Assert.Equal("15", Data(e).GetProperty("time-taken").GetString());
        Assert.Equal((AuditOutcome.Denied, "401.2", null), (entries[1].Event!.Outcome, entries[1].Event!.Reason, entries[1].Event!.ActorId));
        Assert.Equal((AuditOutcome.Failure, "404"), (entries[2].Event!.Outcome, entries[2].Event!.Reason));
        Assert.Contains("Line 9 of 'source'", entries[3].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S3_access_log_entries_keep_what_is_new()
    {
        var entries = await SourceTexts.ReadAsync(Samples.S3);
        var e = entries[0].Event!;
        Assert.Equal(("s3:REST.GET.OBJECT", "arn:aws:iam::111122223333:user/mia", "s3://tannholm-payroll/2026/run%2520one.csv"), (e.Action, e.ActorId, e.ResourceId));
        Assert.Equal(new DateTimeOffset(2026, 3, 13, 3, 12, 26, TimeSpan.Zero), e.Time);
        Assert.Equal((AuditOutcome.Success, "S3Console/0.4 (x=\"y\";z) agent"), (e.Outcome, e.App));
        Assert.Equal("new-field", Data(e).GetProperty("more")[0].GetString());
        Assert.Equal("Yes", Data(e).GetProperty("aclRequired").GetString());
        e = entries[1].Event!;
        Assert.Equal(("Anonymous", null, AuditOutcome.Denied, "Bucket"), (e.ActorType, e.ActorId, e.Outcome, e.ResourceType));
        Assert.Equal(2, e.Time!.Value.UtcDateTime.Hour);
    }

    [Fact]
    public async Task Linux_audit_records_of_one_event_are_joined_and_decoded()
    {
        var entries = await SourceTexts.ReadAsync(Samples.LinuxAudit);
        Assert.All(entries, entry => Assert.Null(entry.Error));
        // In the order in which they are whole.
        Assert.Equal([3, 1, 7], entries.Select(entry => entry.Position));
        var login = entries[0].Event!;
        Assert.Equal(("linux:USER_LOGIN", "root", "203.0.113.9", AuditOutcome.Failure), (login.Action, login.ActorId, login.Ip, login.Outcome));
        var open = entries[1].Event!;
        Assert.Equal(("linux:openat", "1000", "/srv/pay run.csv", AuditOutcome.Denied, "exit -13"), (open.Action, open.ActorId, open.ResourceId, open.Outcome, open.Reason));
        Assert.Equal("2026-03-13T03:12:26.3190000", open.Time!.Value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", System.Globalization.CultureInfo.InvariantCulture));
        var records = Data(open).GetProperty("records").EnumerateArray().ToList();
        Assert.Equal(["SYSCALL", "CWD", "PATH", "PROCTITLE"], records.Select(record => record.GetProperty("type").GetString()));
        Assert.Equal("cat /srv/pay run.csv", records[3].GetProperty("proctitle").GetString());
        Assert.Equal("ffffff9c", records[0].GetProperty("a0").GetString());
        var execute = entries[2].Event!;
        Assert.Equal(("linux:execve", "keller", "/usr/bin/id", "gate-3"), (execute.Action, execute.ActorId, execute.ResourceId, execute.Host));
        Assert.Equal("-u", Data(execute).GetProperty("records")[1].GetProperty("a1").GetString());
    }

    [Fact]
    public async Task Ocsf_classes_become_actions()
    {
        var entries = await SourceTexts.ReadAsync(Samples.Ocsf);
        var e = entries[0].Event!;
        Assert.Equal(("s3:GetObject", "arn:aws:iam::111122223333:user/mia", "ASIAEXAMPLE", "arn:aws:s3:::tannholm-payroll/run.csv"), (e.Action, e.ActorId, e.Session, e.ResourceId));
        Assert.Equal(AuditOutcome.Success, e.Outcome);
        e = entries[1].Event!;
        Assert.Equal(("Authentication:Logon", "S-1-5-21-7", AuditOutcome.Failure, "Bad password", "gate-3"), (e.Action, e.ActorId, e.Outcome, e.Reason, e.Host));
        e = entries[2].Event!;
        Assert.Equal(("Datastore Activity:Read", AuditOutcome.Denied, "Bucket", "payroll"), (e.Action, e.Outcome, e.ResourceType, e.ResourceId));
        Assert.Contains("Line 4", entries[3].Error!.Message, StringComparison.Ordinal);
        // The same events as a list, and written over lines.
        var lines = Samples.Ocsf.Split('\n')[..3];
        foreach (var text in new[] { "[" + string.Join(",\n", lines) + "]", string.Join('\n', lines.Select(line => line.Replace(",", ",\n", StringComparison.Ordinal))) })
            Assert.Equal(entries.Take(3).Select(entry => entry.Event!.Action), (await SourceTexts.ReadAsync(text)).Select(entry => entry.Event!.Action));
    }

    [Fact]
    public async Task Windows_security_events_have_names()
    {
        var text = Samples.WindowsLogon(4624, 1, "0x8020000000000000") + "\r\n" + Samples.WindowsLogon(4625, 2, "0x8010000000000000")
            + Samples.WindowsLogon(4663, 3, "0x8010000000000000", @"<Data Name='ObjectType'>File</Data><Data Name='ObjectName'>D:\payroll\run.csv</Data>")
            + Samples.WindowsLogon(5145, 4, "0x8020000000000000", @"<Data Name='ShareName'>\\*\pay</Data><Data Name='RelativeTargetName'>run.csv</Data>")
            + Samples.WindowsLogon(4999, 5, "0x8020000000000000");
        foreach (var source in new[] { text, "<?xml version='1.0' encoding='utf-16'?>\n<Events>" + text + "</Events>" })
        {
            var events = (await SourceTexts.ReadAsync(source)).Select(entry => entry.Event!).ToList();
            Assert.Equal(
                ["windows:Logon", "windows:LogonFailed", "windows:ObjectAccessed", "windows:ShareObjectChecked", "windows:Microsoft-Windows-Security-Auditing:4999"],
                events.Select(e => e.Action));
            Assert.Equal([@"TANNHOLM\keller", @"TANNHOLM\keller", @"TANNHOLM\DC1$", @"TANNHOLM\DC1$", @"TANNHOLM\DC1$"], events.Select(e => e.ActorId));
            Assert.Equal([AuditOutcome.Success, AuditOutcome.Failure, AuditOutcome.Denied, AuditOutcome.Success, AuditOutcome.Success], events.Select(e => e.Outcome!.Value));
            Assert.Equal([null, null, @"D:\payroll\run.csv", @"\\*\pay\run.csv", null], events.Select(e => e.ResourceId));
            Assert.Equal(("198.51.100.23", "DC1.tannholm.example", "Status 0xc000006d"), (events[1].Ip, events[1].Host, events[1].Reason));
            Assert.Equal("keller", Data(events[0]).GetProperty("data").GetProperty("TargetUserName").GetString());
            Assert.Equal(5, events.Select(e => e.ImportKey).Distinct().Count());
        }
    }

    [Fact]
    public async Task A_cleared_audit_log_is_told_by_the_event_log_itself()
    {
        var e = (await SourceTexts.ReadAsync("""
            <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Eventlog'/><EventID>1102</EventID><Keywords>0x4020000000000000</Keywords>
            <TimeCreated SystemTime='2026-03-13T03:12:26.3190000Z'/><EventRecordID>7</EventRecordID><Channel>Security</Channel><Computer>DC1</Computer></System>
            <UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'><SubjectUserName>keller</SubjectUserName><SubjectDomainName>TANNHOLM</SubjectDomainName></LogFileCleared></UserData></Event>
            """)).Single().Event!;
        Assert.Equal(("windows:AuditLogCleared", @"TANNHOLM\keller", AuditOutcome.Success), (e.Action, e.ActorId, e.Outcome));
    }

    [Fact]
    public async Task Json_lines_follow_a_map_of_names_paths_and_constants()
    {
        var map = FieldMap.Of(new Dictionary<string, string> { ["time"] = "ts", ["Action"] = "=app:Login", ["ActorId"] = "user.name", ["Ip"] = "net.peer.ip", ["Outcome"] = "result" });
        var entries = await SourceTexts.ReadAsync("""
            {"ts":1773371546.319,"user":{"name":"mia"},"net.peer":{"ip":"192.0.2.1"},"result":"success"}
            {"ts":"2026-03-13T04:12:26+01:00","user.name":"keller","result":"perhaps"}

            {"ts":"03/04/2026","user":{}}
            not json
            {"user":7}
            """, new SourceOptions { Map = map });
        Assert.Equal([1, 2, 4, 5, 6], entries.Select(entry => entry.Position));
        Assert.Equal([true, true, false, false, false], entries.Select(entry => entry.Event is not null));
        Assert.Equal(("app:Login", "mia", "192.0.2.1", AuditOutcome.Success), (entries[0].Event!.Action, entries[0].Event!.ActorId, entries[0].Event!.Ip, entries[0].Event!.Outcome));
        Assert.Equal(1773371546319, entries[0].Event!.Time!.Value.ToUnixTimeMilliseconds());
        Assert.Equal(("keller", AuditOutcome.Unknown, 3), (entries[1].Event!.ActorId, entries[1].Event!.Outcome, entries[1].Event!.Time!.Value.UtcDateTime.Hour));
    }

    [Fact]
    public async Task Csv_quotes_reach_over_lines_and_one_that_isnt_closed_costs_its_line()
    {
        var entries = await SourceTexts.ReadAsync(
            "when;who;Action;note\r\n2026-03-13T03:12:26Z;mia;read;\"two\r\nlines; and \"\"quotes\"\"\"\r\n2026-03-13T03:12:27Z;mia;\"write;never closed\r\n"
            + "2026-03-13T03:12:28Z;mia;list;\r\n2026-03-13;mia\r\n13.03.2026;mia;x;y",
            new SourceOptions { Delimiter = ';', Map = FieldMap.Of(new Dictionary<string, string> { ["Time"] = "when", ["Action"] = "action", ["ActorId"] = "WHO" }) });
        Assert.Equal([2, 4, 5, 6, 7], entries.Select(entry => entry.Position));
        Assert.Equal([true, false, true, false, false], entries.Select(entry => entry.Event is not null));
        Assert.Equal("two\r\nlines; and \"quotes\"", Data(entries[0].Event!).GetProperty("note").GetString());
        Assert.Equal(("mia", "list"), (entries[2].Event!.ActorId, entries[2].Event!.Action));
        var dates = FieldMap.Parse("""{"Time":"when","Action":"=x","TimeFormat":"dd.MM.yyyy"}""");
        Assert.Equal(3, (await SourceTexts.ReadAsync("when,a\n13.03.2026,b\n", new SourceOptions { Map = dates })).Single().Event!.Time!.Value.Month);
    }

    [Theory]
    [InlineData("""{"Action":"a"}""")]
    [InlineData("""{"Time":"a"}""")]
    [InlineData("""{"Time":"a","Action":"b","Colour":"c"}""")]
    [InlineData("""{"Time":1,"Action":"b"}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_field_map_that_cant_be_one_is_refused(string json) =>
        Assert.Equal(AuditErrors.FormatInvalid, Assert.Throws<AuditException>(() => FieldMap.Parse(json)).ErrorId);

    [Theory]
    [InlineData("hello\n")]
    [InlineData("<html></html>")]
    [InlineData("a,b\n1,2\n")]
    public async Task What_isnt_known_is_told(string text)
    {
        var entry = Assert.Single(await SourceTexts.ReadAsync(text));
        Assert.Equal((-1, AuditErrors.FormatInvalid), (entry.Position, entry.Error!.ErrorId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("""{"awsAccountId":"111122223333","digestStartTime":"2026-03-13T03:00:00Z","logFiles":[]}""")]
    public async Task What_holds_no_events_is_empty(string text) => Assert.Empty(await SourceTexts.ReadAsync(text));

    [Theory]
    [InlineData(Samples.W3c, 3)]
    [InlineData(Samples.S3, 2)]
    [InlineData(Samples.LinuxAudit, 3)]
    [InlineData(Samples.Ocsf, 3)]
    public async Task Encoding_compression_and_line_ends_change_no_key_and_portions_change_nothing(string text, int events)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var plain = Keys(await SourceTexts.ReadAsync(bytes));
        Assert.Equal(events, plain.Distinct().Count());
        var unix = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        byte[][] others =
        [
            SourceTexts.Gzip(bytes),
            [.. SourceTexts.Gzip(bytes[..100]), .. SourceTexts.Gzip(bytes[100..]), 0, 0, 0],
            [.. Encoding.UTF8.Preamble, .. bytes],
            [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)],
            [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(text)],
            Encoding.Unicode.GetBytes(text),
            Encoding.UTF8.GetBytes(unix),
            Encoding.UTF8.GetBytes(unix.Replace("\n", "\r\n", StringComparison.Ordinal)),
        ];
        foreach (var other in others)
        {
            Assert.Equal(plain, Keys(await SourceTexts.ReadAsync(other)));
            Assert.Equal(plain, Keys(await SourceTexts.ReadAsync(other, portion: 7)));
        }
    }

    [Fact]
    public async Task Equal_lines_are_two_events_and_a_file_that_grew_adds_only_what_is_new()
    {
        var line = "2026-03-13 03:12:26 GET /same 200\n";
        var head = "#Fields: date time cs-method cs-uri-stem sc-status\n";
        var before = Keys(await SourceTexts.ReadAsync(head + line + line));
        var after = Keys(await SourceTexts.ReadAsync(head + line + line + line));
        Assert.Equal(2, before.Distinct().Count());
        Assert.Equal(before, after[..2]);
        Assert.DoesNotContain(after[2], before);
        // Another file with the same line is another event, since it begins otherwise.
        Assert.DoesNotContain(Keys(await SourceTexts.ReadAsync(head + line.Replace("same", "other", StringComparison.Ordinal) + line))[1], before);
    }

    private static List<UInt128> Keys(List<SourceEntry> entries) => [.. entries.Where(entry => entry.Event is not null).Select(entry => entry.Event!.ImportKey!.Value)];

    private static JsonElement Data(AuditEvent e) => JsonDocument.Parse(e.Data!.Utf8).RootElement;
}
