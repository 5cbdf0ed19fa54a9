using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>Reads members of JSON objects that may not be there or be of another kind.</summary>
internal static class JsonMembers
{
    public static JsonElement? Member(this JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) ? value : null;

    public static JsonElement? Member(this JsonElement parent, string name) => Member((JsonElement?)parent, name);

    public static string? Text(this JsonElement? parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static string? Text(this JsonElement parent, string name) => Text((JsonElement?)parent, name);

    public static string Required(this JsonElement root, string name) =>
        Text(root, name) is { Length: > 0 } text ? text : throw new FormatException($"it has no {name}.");

    /// <summary>A whole number, or text that is one.</summary>
    public static long? Number(this JsonElement? parent, string name) => Member(parent, name) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) => number,
        { ValueKind: JsonValueKind.String } value when long.TryParse(value.GetString(), out var number) => number,
        _ => null,
    };

    public static long? Number(this JsonElement parent, string name) => Number((JsonElement?)parent, name);
}
