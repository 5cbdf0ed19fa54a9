using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Events;

/// <summary>
/// What an event carries beyond the members that the format names: a JSON object, kept as the UTF-8 bytes that will
/// be hashed. Checked when made, so that a bad one is told of where it comes from.
/// </summary>
public sealed class EventData
{
    private const int MaxDepth = LogFormat.MaxDepth - 1;

    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth + 1,
        SkipValidation = false,
    };

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    [ThreadStatic] private static RecordScanner? _scanner;

    private EventData(byte[] utf8) => Utf8 = utf8;

    /// <summary>The JSON object in UTF-8, without blanks between tokens.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>Reads a JSON object as text; blanks between tokens are dropped.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="AuditException"><c>EventInvalid</c>: not an object, members equal but for case, too deep, a lone surrogate.</exception>
    public static EventData Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return Parse(StrictUtf8.GetBytes(json));
        }
        catch (EncoderFallbackException e)
        {
            throw Invalid("it holds half of a surrogate pair", e);
        }
    }

    /// <summary>Reads a JSON object as UTF-8; blanks between tokens are dropped.</summary>
    /// <param name="json">The bytes.</param>
    /// <exception cref="AuditException"><c>EventInvalid</c>.</exception>
    public static EventData Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return From(document.RootElement);
        }
        catch (JsonException e)
        {
            throw Invalid(e.Message, e);
        }
    }

    /// <summary>Takes a parsed JSON object.</summary>
    /// <param name="element">The object.</param>
    /// <exception cref="AuditException"><c>EventInvalid</c>.</exception>
    public static EventData From(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Invalid("it must be a JSON object");
        return Make(json => Write(json, element));
    }

    /// <summary>
    /// Makes an object of named values: text, numbers, booleans, dates, ids, nested dictionaries and lists. Anything
    /// else is written as its text.
    /// </summary>
    /// <param name="members">Names and values.</param>
    /// <exception cref="AuditException"><c>EventInvalid</c>.</exception>
    public static EventData From(IEnumerable<KeyValuePair<string, object?>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        return Make(json =>
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
            {
                json.WritePropertyName(WellFormed(name)!);
                WriteValue(json, value);
            }

            json.WriteEndObject();
        });
    }

    /// <summary>The JSON text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);

    private static EventData Make(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using var json = new Utf8JsonWriter(buffer, Compact);
            write(json);
            json.Flush();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or EncoderFallbackException)
        {
            throw Invalid(e.Message, e);
        }

        var utf8 = buffer.WrittenSpan.ToArray();
        if ((_scanner ??= new RecordScanner()).ScanData(utf8) is { } rule)
            throw Invalid(rule);
        return new EventData(utf8);
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(WellFormed(text));
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case decimal number:
                json.WriteNumberValue(number);
                break;
            case float or double:
                var real = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                if (double.IsFinite(real))
                    json.WriteNumberValue(real);
                else
                    json.WriteStringValue(real.ToString(CultureInfo.InvariantCulture));
                break;
            case DateTime time:
                json.WriteStringValue(LogTime.ToText(time.ToUniversalTime().Ticks));
                break;
            case DateTimeOffset time:
                json.WriteStringValue(LogTime.ToText(time.UtcTicks));
                break;
            case JsonElement element:
                Write(json, element);
                break;
            case EventData data:
                json.WriteRawValue(data.Utf8.Span, skipInputValidation: true);
                break;
            case IDictionary map:
                json.WriteStartObject();
                foreach (DictionaryEntry entry in map)
                {
                    json.WritePropertyName(WellFormed(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "")!);
                    WriteValue(json, entry.Value);
                }

                json.WriteEndObject();
                break;
            case IEnumerable<KeyValuePair<string, object?>> members:
                json.WriteStartObject();
                foreach (var (name, member) in members)
                {
                    json.WritePropertyName(WellFormed(name)!);
                    WriteValue(json, member);
                }

                json.WriteEndObject();
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (var item in list)
                    WriteValue(json, item);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(WellFormed(Convert.ToString(value, CultureInfo.InvariantCulture)));
                break;
        }
    }

    // The JSON writer would put a replacement character for half of a surrogate pair: another text than was given.
    private static string? WellFormed(string? text)
    {
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            StrictUtf8.GetByteCount(text!);
        return text;
    }

    // The same for bytes that aren't UTF-8, which the JSON reader lets pass.
    private static void Write(Utf8JsonWriter json, JsonElement element)
    {
        if (!System.Text.Unicode.Utf8.IsValid(JsonMarshal.GetRawUtf8Value(element)))
            throw new ArgumentException("it isn't valid UTF-8");
        element.WriteTo(json);
    }

    private static AuditException Invalid(string why, Exception? inner = null) =>
        new(AuditErrors.EventInvalid, $"The event's data can't be recorded: {why}.", null, inner);
}
