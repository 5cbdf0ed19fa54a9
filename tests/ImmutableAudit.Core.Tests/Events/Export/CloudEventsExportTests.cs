using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Export;

namespace ImmutableAudit.Core.Tests.Events.Export;

public class CloudEventsExportTests
{
    [Fact]
    public async Task The_record_is_the_events_data_and_its_place_in_the_chain_stands_beside_it()
    {
        var (record, text) = await Exported.OneAsync(ExportFormat.CloudEvents, new AuditEvent
        {
            Action = "s3:GetObject", ResourceId = "s3://b/ä", Time = new DateTimeOffset(2026, 3, 13, 3, 12, 26, TimeSpan.Zero), Data = EventData.Parse("""{"x":1.50}"""),
        });
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        var members = root.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString());
        Assert.Equal("1.0", members["specversion"]);
        Assert.Equal(record.Id.ToString(), members["id"]);
        Assert.Equal("immutableaudit:" + record.Origin, members["source"]);
        Assert.True(Uri.IsWellFormedUriString(members["source"], UriKind.Absolute));
        Assert.Equal("s3:GetObject", members["type"]);
        Assert.Equal("s3://b/ä", members["subject"]);
        Assert.Equal("2026-03-13T03:12:26.0000000Z", members["time"]);
        Assert.Equal("application/json", members["datacontenttype"]);
        Assert.Equal("000000000000000001", members["sequence"]);
        Assert.Equal(record.LeafHash, members["chainleafhash"]);
        Assert.Equal(64, members["chainprevhash"].Length);
        Assert.Equal(record.Recorded, DateTimeOffset.Parse(members["chainrecorded"], System.Globalization.CultureInfo.InvariantCulture));
        // Byte for byte, so that a reader who takes it out as it stands can hash it.
        Assert.Equal(record.Json, root.GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Every_attribute_keeps_the_specifications_rules()
    {
        await using var log = new TestLog();
        var records = await Exported.RecordsAsync(log,
        [
            new AuditEvent { Action = "x" },
            new AuditEvent { Action = "line\nfeed", ResourceId = "\u0001\u0085" },
            new AuditEvent { Action = "😀", ResourceId = "" },
        ]);
        var exporter = new RecordExporter(ExportFormat.CloudEvents);
        foreach (var record in records)
        {
            var text = exporter.ToText(record);
            Assert.DoesNotContain('\n', text);
            var e = JsonNode.Parse(text)!.AsObject();
            foreach (var name in new[] { "id", "source", "specversion", "type" })
                Assert.NotEmpty(e[name]!.ToString());
            foreach (var (name, value) in e.Where(member => member.Key != "data"))
            {
                Assert.Matches(new Regex("^[a-z0-9]{1,20}$"), name);
                Assert.Equal(JsonValueKind.String, value!.GetValueKind());
                Assert.NotEmpty(value.ToString());
                Assert.DoesNotContain(value.ToString(), char.IsControl);
            }
        }

        Assert.Null(JsonNode.Parse(exporter.ToText(records[0]))!["chainprevhash"]);
    }
}
