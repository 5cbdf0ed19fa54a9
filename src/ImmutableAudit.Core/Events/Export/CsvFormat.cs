using System.Buffers;
using System.Globalization;
using System.Text;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// CSV after RFC 4180. A spreadsheet takes a cell that begins with one of <c>= + - @</c>, a tab or a line's end for a
/// formula, quoted or not, and an audit log is full of what strangers chose. So such a cell gets an apostrophe, as does one
/// that begins with an apostrophe: taking one apostrophe off the beginning gives the text back, always.
/// </summary>
internal sealed class CsvFormat(bool allowFormulas) : RecordFormat
{
    // The full-width forms count as operators in spreadsheets of some languages.
    private const string Formula = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20'";

    private static readonly SearchValues<char> Quoted = SearchValues.Create("\",\r\n");

    // The order is a promise: what is new comes at the end.
    private static readonly (string Name, Func<AuditRecord, string?> Value)[] Columns =
    [
        ("Sequence", r => r.Sequence.ToString(CultureInfo.InvariantCulture)),
        ("Time", r => LogTime.ToText(r.Time.UtcTicks)),
        ("ActorType", r => r.ActorType),
        ("ActorId", r => r.ActorId),
        ("ActorName", r => r.ActorName),
        ("Action", r => r.Action),
        ("ResourceType", r => r.ResourceType),
        ("ResourceId", r => r.ResourceId),
        ("ResourceName", r => r.ResourceName),
        ("Outcome", r => r.Outcome?.ToString()),
        ("Reason", r => r.Reason),
        ("Ip", r => r.Ip),
        ("Session", r => r.Session),
        ("Host", r => r.Host),
        ("App", r => r.App),
        ("Recorded", r => LogTime.ToText(r.Recorded.UtcTicks)),
        ("Id", r => r.Id.ToString("D")),
        ("Data", r => r.Data),
        ("Origin", r => r.Origin),
        ("PreviousHash", ChainLink.PreviousOf),
        ("LeafHash", r => r.LeafHash),
    ];

    public override string Header { get; } = string.Join(',', Columns.Select(column => column.Name));

    public override string LineEnd => "\r\n";

    // Without it Excel reads UTF-8 as the machine's old code page.
    public override bool HasByteOrderMark => true;

    public override void Write(AuditRecord record, IBufferWriter<byte> output)
    {
        for (var i = 0; i < Columns.Length; i++)
        {
            if (i > 0)
                output.Write(","u8);
            if (Columns[i].Value(record) is { Length: > 0 } value)
                Encoding.UTF8.GetBytes(Cell(value), output);
        }
    }

    private string Cell(string value)
    {
        if (!allowFormulas && Formula.Contains(value[0], StringComparison.Ordinal))
            value = "'" + value;
        return value.AsSpan().ContainsAny(Quoted)
            ? "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\""
            : value;
    }
}
