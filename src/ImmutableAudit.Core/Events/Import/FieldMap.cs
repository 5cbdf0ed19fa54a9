using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Which field of an entry becomes which part of an event, for formats that anybody's programs write. A field is named as
/// it stands in the source, or by a path with dots into nested objects; <c>=text</c> is that text for every event.
/// <c>Time</c> and <c>Action</c> must be among the parts. <c>Id</c> names a field that tells an event from all others,
/// and <c>TimeFormat</c> holds .NET's custom format of the times, where they are written in none of the usual ways.
/// The whole entry is kept in the event's data besides.
/// </summary>
public sealed class FieldMap
{
    private const string IdPart = "Id";
    private const string TimeFormatPart = "TimeFormat";

    private static readonly string[] Parts =
    [
        "Time", "Action", "ActorType", "ActorId", "ActorName", "Ip", "Session", "ResourceType", "ResourceId", "ResourceName", "Outcome",
        "Reason", "Host", "App",
    ];

    private readonly Dictionary<string, string> _fields;
    private readonly string? _timeFormat;

    private FieldMap(Dictionary<string, string> fields)
    {
        _timeFormat = fields.Remove(TimeFormatPart, out var format) ? format : null;
        _fields = fields;
    }

    /// <summary>Every part from the field of its own name.</summary>
    public static FieldMap ByName { get; } = new(Parts.ToDictionary(part => part));

    /// <summary>The fields that times and actions come from, where they aren't the same for every event.</summary>
    internal IEnumerable<string> RequiredFields =>
        new[] { _fields["Time"], _fields["Action"] }.Where(name => !name.StartsWith('='));

    /// <summary>Makes a map of parts and fields.</summary>
    /// <param name="fields">The parts' names, in any case, with the fields.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>: a part that isn't one, or no Time or Action.</exception>
    public static FieldMap Of(IEnumerable<KeyValuePair<string, string>> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var known = new Dictionary<string, string>();
        foreach (var (name, field) in fields)
        {
            var part = Parts.Append(IdPart).Append(TimeFormatPart).FirstOrDefault(part => part.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Invalid($"'{name}' is no part of an event. There are {string.Join(", ", Parts)}, {IdPart} and {TimeFormatPart}", name);
            if (string.IsNullOrEmpty(field))
                throw Invalid($"{part} has no field", name);
            known[part] = field;
        }

        foreach (var part in Parts[..2])
        {
            if (!known.ContainsKey(part))
                throw Invalid($"it has no {part}. Name the field, or give a constant: {part} = '=text'", part);
        }

        return new FieldMap(known);
    }

    /// <summary>Reads a map from a JSON object whose members are texts.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c>.</exception>
    public static FieldMap Parse(string json)
    {
        try
        {
            return Of(JsonSerializer.Deserialize(json, FieldMapJson.Default.DictionaryStringString) ?? throw new JsonException("It is null."));
        }
        catch (JsonException e)
        {
            throw Invalid($"it isn't a JSON object whose members are texts: {e.Message.TrimEnd('.')}", null, e);
        }
    }

    /// <summary>Makes an event of an entry.</summary>
    /// <param name="field">What a field holds; null where there is none.</param>
    /// <param name="data">The whole entry.</param>
    /// <exception cref="FormatException">Time or action are missing, or the time isn't one.</exception>
    internal MappedEvent Map(Func<string, string?> field, EventData data)
    {
        var time = Required("Time");
        var action = Required("Action");
        var made = new AuditEvent
        {
            Time = SourceTime.Parse(time, _timeFormat, _fields["Time"]),
            Action = action,
            ActorType = Value("ActorType"),
            ActorId = Value("ActorId"),
            ActorName = Value("ActorName"),
            Ip = Value("Ip"),
            Session = Value("Session"),
            ResourceType = Value("ResourceType"),
            ResourceId = Value("ResourceId"),
            ResourceName = Value("ResourceName"),
            Outcome = OutcomeOf(Value("Outcome")),
            Reason = Value("Reason"),
            Host = Value("Host"),
            App = Value("App"),
            Data = data,
        };
        // With time and action, so that numbers that two programs give don't meet.
        return new MappedEvent(made, Value(IdPart) is { } id ? [id, time, action] : null);

        string? Value(string part) => _fields.GetValueOrDefault(part) is not { } name ? null
            : name.StartsWith('=') ? name[1..]
            : field(name) is { Length: > 0 } value ? value : null;

        string Required(string part) => Value(part) ?? throw new FormatException($"it has no {_fields[part]}, which is the event's {part}.");
    }

    /// <summary>What a JSON entry's field holds, as text.</summary>
    internal static string? FieldOf(JsonElement entry, string path)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            return null;
        if (entry.TryGetProperty(path, out var value))
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Null => null,
                _ => value.GetRawText(),
            };
        }

        // The longest name first: names may hold dots themselves.
        for (var dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
        {
            if (entry.TryGetProperty(path[..dot], out var inner) && FieldOf(inner, path[(dot + 1)..]) is { } found)
                return found;
        }

        return null;
    }

    // What says something else is kept in the data, and isn't guessed at.
    private static AuditOutcome? OutcomeOf(string? text) =>
        text is null ? null
        : Enum.TryParse<AuditOutcome>(text, ignoreCase: true, out var outcome) && !char.IsAsciiDigit(text[0]) && text[0] is not ('-' or '+') ? outcome
        : AuditOutcome.Unknown;

    private static AuditException Invalid(string why, object? target, Exception? inner = null) =>
        new(AuditErrors.FormatInvalid, $"The field map can't be used: {why}.", target, inner);
}
