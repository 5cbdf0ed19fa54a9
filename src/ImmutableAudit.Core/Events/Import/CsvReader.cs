using System.Runtime.CompilerServices;

namespace ImmutableAudit.Events.Import;

/// <summary>Reads comma-separated values with a header (RFC 4180): quotes may reach over lines. Each row becomes an event by a field map.</summary>
/// <param name="map">Which column becomes which part.</param>
/// <param name="delimiter">What parts the fields.</param>
internal sealed class CsvReader(FieldMap map, char delimiter) : EventReader
{
    private string[] _names = [];

    protected override SourceFormat Format => SourceFormat.Csv;

    protected override string What => "a row";

    protected override async IAsyncEnumerable<RawEntry> CutAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = new CsvRowReader(content.Text, (byte)delimiter);
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (rows.Problem is null && rows.Row.Span.IsEmpty)
                continue;
            if (_names.Length > 0)
            {
                yield return new RawEntry(rows.Line, rows.Row, rows.Problem);
                continue;
            }

            if (rows.Problem is not null)
                throw new InvalidDataException($"its header can't be read: {rows.Problem}");
            _names = Header(SourceText.Of(rows.Row.Span).Text);
            var missing = map.RequiredFields.Where(field => !_names.Contains(field, StringComparer.OrdinalIgnoreCase)).ToArray();
            if (missing.Length > 0)
                throw new InvalidDataException($"its header has no column {string.Join(" and no ", missing)}. Say which columns hold the time and the action by a field map.");
        }
    }

    private string[] Header(string row)
    {
        try
        {
            return [.. CsvRow.Split(row, delimiter).Select(name => name.Trim())];
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"its header can't be read: {e.Message}", e);
        }
    }

    protected override MappedEvent Map(RawEntry raw)
    {
        var text = SourceText.Of(raw.Bytes.Span);
        var fields = CsvRow.Split(text.Text, delimiter);
        if (fields.Count != _names.Length)
            throw new FormatException($"it has {fields.Count} fields, and the header {_names.Length}.");
        var data = _names.Zip(fields, (name, field) => new KeyValuePair<string, object?>(name, field)).ToList();
        return map.Map(
            name => Array.FindIndex(_names, column => column.Equals(name, StringComparison.OrdinalIgnoreCase)) is var at and >= 0 ? fields[at] : null,
            KeptData.Of(data, text));
    }
}
