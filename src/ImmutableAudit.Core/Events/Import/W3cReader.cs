using System.Globalization;
using System.Runtime.CompilerServices;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Reads W3C extended log files as IIS writes them: <c>#Fields</c> names what follows and may change anywhere; a hyphen
/// is nothing; times are UTC. It needs the fields date, time and cs-method.
/// </summary>
internal sealed class W3cReader : EventReader
{
    private static readonly string[] Needed = ["date", "time", "cs-method"];
    private string[] _fields = [];

    protected override SourceFormat Format => SourceFormat.W3c;

    protected override string What => "a W3C entry";

    protected override async IAsyncEnumerable<RawEntry> CutAsync(SourceContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new LineReader(content.Text);
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.IsTooLong)
                yield return new RawEntry(lines.Number, default, LineReader.TooLongProblem);
            else if (lines.Line.Span.StartsWith("#"u8))
                Direct(SourceText.Of(lines.Line.Span).Text);
            else if (!lines.IsBlank)
                yield return new RawEntry(lines.Number, lines.Line);
        }
    }

    protected override MappedEvent Map(RawEntry raw)
    {
        var text = SourceText.Of(raw.Bytes.Span);
        var values = text.Text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (_fields.Length == 0)
            throw new FormatException("no #Fields directive stands before it.");
        if (Needed.FirstOrDefault(name => !_fields.Contains(name)) is { } missing)
            throw new FormatException($"the field {missing} isn't logged.");
        if (values.Length != _fields.Length)
            throw new FormatException($"it has {values.Length} values, and #Fields names {_fields.Length}.");
        var fields = new Dictionary<string, string>();
        var data = new List<KeyValuePair<string, object?>>();
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] == "-")
                continue;
            fields[_fields[i]] = values[i];
            data.Add(new(_fields[i], values[i]));
        }

        var status = int.TryParse(Field("sc-status"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : (int?)null;
        var stem = Field("cs-uri-stem");
        var made = new AuditEvent
        {
            Time = Time(Field("date"), Field("time")),
            Action = "http:" + (Field("cs-method") ?? throw new FormatException("it has no cs-method.")),
            ActorType = Field("cs-username") is null ? null : "User",
            ActorId = Field("cs-username"),
            Ip = Field("c-ip"),
            ResourceType = stem is null ? null : "Uri",
            ResourceId = Field("cs-uri-query") is { } query && stem is not null ? $"{stem}?{query}" : stem,
            Outcome = HttpStatus.OutcomeOf(status),
            Reason = status is >= 400 ? string.Join('.', new[] { Field("sc-status"), Field("sc-substatus") }.Where(part => part is not null)) : null,
            Host = Field("s-computername") ?? Field("s-ip"),
            // IIS writes a plus for each blank.
            App = Field("cs(User-Agent)")?.Replace('+', ' '),
            Data = KeptData.Of(data, text),
        };
        return new MappedEvent(made, null);

        string? Field(string name) => fields.GetValueOrDefault(name);
    }

    private void Direct(string line)
    {
        const string directive = "#Fields:";
        if (line.StartsWith(directive, StringComparison.OrdinalIgnoreCase))
            _fields = line[directive.Length..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static DateTimeOffset Time(string? date, string? time) =>
        DateTimeOffset.TryParseExact(
            $"{date} {time}", ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFFF"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)
            ? parsed
            : throw new FormatException($"its date and time '{date} {time}' aren't a time.");
}
