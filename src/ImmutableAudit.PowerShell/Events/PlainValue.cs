using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>Turns PowerShell's values into those that an event's data can hold, without what PowerShell wraps around them.</summary>
internal static class PlainValue
{
    private const int MaxDepth = 62;

    /// <summary>A value for an event's data: text, number, flag, time, list, or named members.</summary>
    public static object? Of(object? value, int depth = 0)
    {
        if (depth > MaxDepth)
            throw new AuditException(AuditErrors.EventInvalid, "The event's data is nested too deeply, or contains itself. Select the properties that the event needs.");
        return Unwrap(value) switch
        {
            null => null,
            string or bool or int or long or double or decimal or DateTime or DateTimeOffset or JsonElement or EventData => Unwrap(value),
            char character => character.ToString(),
            Enum name => name.ToString(),
            BigInteger number => number.ToString(CultureInfo.InvariantCulture),
            JsonDocument document => document.RootElement,
            JsonNode node => JsonSerializer.SerializeToElement(node),
            PSObject or IDictionary => Members(value)!.Select(member => new KeyValuePair<string, object?>(member.Key, Of(member.Value, depth + 1))).ToList(),
            IEnumerable list => list.Cast<object?>().Select(item => Of(item, depth + 1)).ToList(),
            var other => other,
        };
    }

    /// <summary>The members of something that has named members: a dictionary, a custom object, a JSON object. Null for anything else.</summary>
    public static IEnumerable<KeyValuePair<string, object?>>? Members(object? value) => Unwrap(value) switch
    {
        IDictionary map => Entries(map),
        PSObject custom => custom.Properties.Select(property => new KeyValuePair<string, object?>(property.Name, property.Value)).ToList(),
        JsonDocument document => Members(document.RootElement),
        JsonElement { ValueKind: JsonValueKind.Object } json => json.EnumerateObject().Select(member => new KeyValuePair<string, object?>(member.Name, member.Value)),
        JsonObject json => Members(JsonSerializer.SerializeToElement(json)),
        _ => null,
    };

    /// <summary>What a PSObject wraps; a custom object stays, since it has nothing inside. What a command without output gives is null.</summary>
    public static object? Unwrap(object? value)
    {
        if (value is not PSObject wrapped)
            return value;
        if (wrapped.BaseObject is not PSCustomObject)
            return wrapped.BaseObject;
        return ReferenceEquals(wrapped, AutomationNull.Value) ? null : wrapped;
    }

    private static List<KeyValuePair<string, object?>> Entries(IDictionary map)
    {
        var entries = new List<KeyValuePair<string, object?>>(map.Count);
        foreach (DictionaryEntry entry in map)
            entries.Add(new(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", entry.Value));
        return entries;
    }
}
