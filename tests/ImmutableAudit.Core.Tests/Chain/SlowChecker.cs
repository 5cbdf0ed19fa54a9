using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ImmutableAudit.Core.Tests;

/// <summary>
/// The rules of a record's line once more, written plainly over the base library's JSON reader, without a look at the
/// scanner: what it says no to, the scanner may not accept.
/// </summary>
internal static partial class SlowChecker
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    /// <summary>Which rule a line breaks; null if none.</summary>
    public static string? Check(byte[] line)
    {
        if (line.Length > 65_535)
            return "long";
        if (line.Any(b => b < 0x20))
            return "control byte";
        if (Json(line) is { } why)
            return why;
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 64 });
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            return "no object";
        var members = root.EnumerateObject().ToList();
        if (members.Count < 2 || members[0].Name != "seq" || members[1].Name != "prev")
            return "order";
        foreach (var required in new[] { "seq", "prev", "recorded", "id", "time", "action" })
        {
            if (members.Count(member => member.Name == required) != 1)
                return "missing " + required;
        }

        return members.Select(Member).FirstOrDefault(rule => rule is not null);
    }

    /// <summary>Which rule of JSON as the format has it a text breaks; null if none.</summary>
    public static string? Json(byte[] text)
    {
        string json;
        try
        {
            json = StrictUtf8.GetString(text);
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
            // Blanks between tokens: written again without them, the lengths of all but the strings' inside must agree.
            if (HasBlankOutsideStrings(json))
                return "blank";
            return Walk(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            return e.Message;
        }
    }

    /// <summary>Whether a top-level name is written with escapes, which the format refuses for its own members.</summary>
    public static bool HasEscapedOwnMember(byte[] line)
    {
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 64 });
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 64 });
        while (reader.Read())
        {
            // Also the beginning of x_.
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueIsEscaped
                && !reader.ValueSpan.StartsWith("x_"u8))
                return true;
        }

        // Times, digests, numbers, ids and outcomes have no escapes either; those the plain rules refuse themselves.
        return false;
    }

    private static string? Walk(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in element.EnumerateObject())
                {
                    string name;
                    try
                    {
                        name = member.Name;
                    }
                    catch (InvalidOperationException)
                    {
                        return "surrogate in a name";
                    }

                    if (!names.Add(AsciiLower().Replace(name, match => match.Value.ToLowerInvariant())))
                        return "duplicate";
                    if (Walk(member.Value) is { } why)
                        return why;
                }

                return null;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Walk).FirstOrDefault(rule => rule is not null);
            case JsonValueKind.String:
                try
                {
                    element.GetString();
                    return null;
                }
                catch (InvalidOperationException)
                {
                    return "surrogate";
                }

            default:
                return null;
        }
    }

    private static string? Member(JsonProperty member)
    {
        var value = member.Value;
        var raw = value.GetRawText();
        var good = member.Name switch
        {
            "seq" or "keys" => value.ValueKind == JsonValueKind.Number && Sequence().IsMatch(raw),
            "prev" or "segment" => Hash().IsMatch(raw),
            "recorded" or "time" => IsTime(raw),
            "id" => Uuid().IsMatch(raw),
            "action" => value.ValueKind == JsonValueKind.String && value.GetString() != "",
            "outcome" => raw is "\"Success\"" or "\"Failure\"" or "\"Denied\"" or "\"Unknown\"" or "null",
            "reason" => value.ValueKind is JsonValueKind.String or JsonValueKind.Null,
            "data" => value.ValueKind is JsonValueKind.Object or JsonValueKind.Null,
            "actor" => Texts(value, "type", "id", "name", "ip", "session"),
            "resource" => Texts(value, "type", "id", "name"),
            "source" => Texts(value, "host", "app"),
            _ => member.Name.StartsWith("x_", StringComparison.Ordinal),
        };
        return good ? null : member.Name;
    }

    private static bool Texts(JsonElement value, params string[] names) =>
        value.ValueKind == JsonValueKind.Null
        || (value.ValueKind == JsonValueKind.Object
            && value.EnumerateObject().All(member => !names.Contains(member.Name) || member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null));

    private static bool IsTime(string raw) =>
        DateTime.TryParseExact(raw, "'\"'yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffff'Z\"'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
        && raw.All(c => c < 0x80);

    private static bool HasBlankOutsideStrings(string json)
    {
        var inside = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (inside && json[i] == '\\')
                i++;
            else if (json[i] == '"')
                inside = !inside;
            else if (!inside && json[i] is ' ' or '\t' or '\r' or '\n' && !inside)
                return true;
        }

        return false;
    }

    [GeneratedRegex("^(0|[1-9][0-9]{0,17})\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sequence();

    [GeneratedRegex("^\"[0-9a-f]{64}\"\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hash();

    [GeneratedRegex("^\"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\"\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Uuid();

    [GeneratedRegex("[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex AsciiLower();
}
