using System.Text;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Export;

namespace ImmutableAudit.Core.Tests.Events.Export;

public class CsvExportTests
{
    private const string Header = "Sequence,Time,ActorType,ActorId,ActorName,Action,ResourceType,ResourceId,ResourceName,Outcome,Reason,Ip,Session,Host,App,Recorded,Id,Data,Origin,PreviousHash,LeafHash";

    [Fact]
    public void The_columns_are_a_promise() => Assert.Equal(Header, new RecordExporter(ExportFormat.Csv).Header);

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"no\"", "\"say \"\"no\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("\n=1", "\"'\n=1\"")]
    [InlineData("＝1", "'＝1")]
    [InlineData("'=1", "''=1")]
    [InlineData("a=1", "a=1")]
    public async Task A_cell_is_written_so_that_it_is_no_formula(string text, string expected)
    {
        var (_, line) = await Exported.OneAsync(ExportFormat.Csv, new AuditEvent { Action = "x", Reason = text });
        Assert.Contains($",x,,,,,{expected},,,,,", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_text_comes_back_and_with_formulas_allowed_as_it_was()
    {
        string[] texts = ["=1", "'", "''=1", "-", "a", " =1", "\"", "\r\n", "@", "'a", "ä 😀", ",", "=\"a,b\"\n"];
        await using var log = new TestLog();
        var records = await Exported.RecordsAsync(log, texts.Select(text => new AuditEvent { Action = "x", Reason = text, Data = EventData.From([new("text", text)]) }));
        foreach (var allowed in new[] { false, true })
        {
            var exporter = new RecordExporter(ExportFormat.Csv, allowed);
            var rows = Parse(string.Concat(records.Select(record => exporter.ToText(record) + exporter.LineEnd)));
            Assert.All(rows, row => Assert.Equal(Header.Split(',').Length, row.Length));
            var reasons = rows.Skip(1).Select(row => allowed ? row[10] : row[10].StartsWith('\'') ? row[10][1..] : row[10]);
            Assert.Equal(texts, reasons);
            Assert.Equal(records.Skip(1).Select(record => record.Data), rows.Skip(1).Select(row => row[17]));
            if (!allowed)
                Assert.All(rows.SelectMany(row => row), cell => Assert.DoesNotMatch(@"^[=+\-@\t\r\n]", cell));
        }
    }

    // RFC 4180, written down again.
    private static List<string[]> Parse(string text)
    {
        var rows = new List<string[]>();
        var row = new List<string>();
        var cell = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                Assert.Equal(0, cell.Length);
                for (i++; text[i] != '"' || (i + 1 < text.Length && text[i + 1] == '"'); i++)
                {
                    cell.Append(text[i]);
                    if (text[i] == '"')
                        i++;
                }
            }
            else if (text[i] == ',')
            {
                row.Add(cell.ToString());
                cell.Clear();
            }
            else if (text[i] == '\r')
            {
                Assert.Equal('\n', text[++i]);
                row.Add(cell.ToString());
                cell.Clear();
                rows.Add([.. row]);
                row.Clear();
            }
            else
            {
                Assert.NotEqual('\n', text[i]);
                cell.Append(text[i]);
            }
        }

        Assert.Empty(row);
        return rows;
    }
}
