using System.Buffers;
using System.Text;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// Writes records in a format of other tools, one by one: nothing is kept between two records. Not for use by several
/// threads at once.
/// </summary>
public sealed class RecordExporter
{
    private readonly RecordFormat _format;
    private readonly ArrayBufferWriter<byte> _line = new(4096);

    /// <summary>Creates an exporter.</summary>
    /// <param name="format">What to write.</param>
    /// <param name="allowFormulas">In CSV, write cells that a spreadsheet may take for formulas as they are, instead of with an apostrophe before them.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public RecordExporter(ExportFormat format, bool allowFormulas = false) => _format = format switch
    {
        ExportFormat.Ocsf => new OcsfFormat(),
        ExportFormat.CloudEvents => new CloudEventsFormat(),
        ExportFormat.Csv => new CsvFormat(allowFormulas),
        ExportFormat.JsonLines => new JsonLinesFormat(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
    };

    /// <summary>The line that comes before the first record, without its end; null where the format has none.</summary>
    public string? Header => _format.Header;

    /// <summary>What ends a line: CR LF in CSV, else LF.</summary>
    public string LineEnd => _format.LineEnd;

    internal bool HasByteOrderMark => _format.HasByteOrderMark;

    /// <summary>One record, without the line's end. In CSV it can have line feeds inside of quoted cells.</summary>
    /// <param name="record">The record.</param>
    public string ToText(AuditRecord record) => Encoding.UTF8.GetString(ToBytes(record));

    /// <summary>One record as UTF-8, without the line's end: until the next call.</summary>
    internal ReadOnlySpan<byte> ToBytes(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        _line.ResetWrittenCount();
        _format.Write(record, _line);
        return _line.WrittenSpan;
    }
}
