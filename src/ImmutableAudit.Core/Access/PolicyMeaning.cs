using System.Text;
using System.Text.Json;

namespace ImmutableAudit.Access;

/// <summary>
/// Compares policies by what they say. Services give documents back with other white space and order, and with a text
/// in the place of a list of one; in this language none of it matters.
/// </summary>
internal static class PolicyMeaning
{
    /// <summary>Whether two documents say the same. One that can't be read says the same as none.</summary>
    public static bool Same(string? one, string? other) => one is not null && other is not null
        && Canonical(one) is { } first && first == Canonical(other);

    private static string? Canonical(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Canonical(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Canonical(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var members = value.EnumerateObject().Select(member => Quoted(member.Name) + ":" + Canonical(member.Value));
                return "{" + string.Join(',', members.Order(StringComparer.Ordinal)) + "}";
            case JsonValueKind.Array:
                var items = value.EnumerateArray().Select(Canonical).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
                return items.Count == 1 ? items[0] : "[" + string.Join(',', items) + "]";
            case JsonValueKind.String:
                return Quoted(value.GetString()!);
            default:
                // true and "true" are one value to a policy, and so are 1 and "1".
                return Quoted(value.GetRawText());
        }
    }

    // Lengths instead of escapes, so that no text can look like two.
    private static string Quoted(string text) => new StringBuilder().Append(text.Length).Append('\'').Append(text).Append('\'').ToString();
}
