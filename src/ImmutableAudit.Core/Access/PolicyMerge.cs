using System.Text;
using System.Text.Json;

namespace ImmutableAudit.Access;

/// <summary>
/// Puts our statements into a policy that others write in, and takes them out. What isn't ours is copied as it was read,
/// without asking what it means: a policy is never made better by somebody who doesn't know it.
/// </summary>
internal static class PolicyMerge
{
    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false };

    public static string Put(string? existing, string sidPrefix, IReadOnlyList<Statement> statements, int maxBytes, string what)
    {
        var merged = string.IsNullOrWhiteSpace(existing)
            ? PolicyOutput.Document(statements)
            : With(existing, what, root =>
            {
                // In the older language "${*}" isn't an asterisk, and our statements would silently mean another log.
                if (Version(root) != Policies.PolicyDocument.VersionWithVariables && statements.Any(one => one.Resources.Any(resource => resource.Contains("${", StringComparison.Ordinal))))
                    throw Wrong(what, $"is written in the older language, and the log's prefix holds characters that only {Policies.PolicyDocument.VersionWithVariables} can name. Set its Version to that, once you know what it changes");
                return Copy(root, Others(root, sidPrefix, what), statements);
            });
        var length = Encoding.UTF8.GetByteCount(merged);
        return length <= maxBytes
            ? merged
            : throw Wrong(what, $"would have {length:N0} bytes, and at most {maxBytes:N0} are taken. Nothing was changed; shorten what others wrote there, or give the log a bucket of its own");
    }

    public static string? Remove(string? existing, string sidPrefix, string what) => string.IsNullOrWhiteSpace(existing)
        ? null
        : With(existing, what, root => Others(root, sidPrefix, what) is { Count: > 0 } others ? Copy(root, others, []) : null);

    private static T With<T>(string json, string what, Func<JsonElement, T> use)
    {
        try
        {
            using var document = JsonDocument.Parse(json, _strict);
            return use(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second: text with half of a surrogate pair.
            throw Wrong(what, $"can't be read ({e.Message}). Repair it first; nothing was changed", e);
        }
    }

    private static List<JsonElement> Others(JsonElement root, string sidPrefix, string what)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("Statement", out var statement))
            throw Wrong(what, "has no Statement. Repair it first; nothing was changed");
        var all = statement.ValueKind switch
        {
            JsonValueKind.Array => statement.EnumerateArray().ToList(),
            JsonValueKind.Object => [statement],
            _ => throw Wrong(what, "has a Statement that is neither an object nor a list. Repair it first; nothing was changed"),
        };
        return [.. all.Where(one => !IsOurs(one, sidPrefix))];
    }

    private static bool IsOurs(JsonElement statement, string sidPrefix) => statement.ValueKind == JsonValueKind.Object
        && statement.TryGetProperty("Sid", out var sid) && sid.ValueKind == JsonValueKind.String
        && sid.GetString()!.StartsWith(sidPrefix, StringComparison.Ordinal);

    private static string? Version(JsonElement root) =>
        root.TryGetProperty("Version", out var version) && version.ValueKind == JsonValueKind.String ? version.GetString() : null;

    private static string Copy(JsonElement root, List<JsonElement> others, IReadOnlyList<Statement> ours) => PolicyOutput.Document(json =>
    {
        json.WriteStartObject();
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name != "Statement")
            {
                member.WriteTo(json);
                continue;
            }

            json.WriteStartArray("Statement");
            foreach (var other in others)
                other.WriteTo(json);
            foreach (var statement in ours)
                statement.Write(json);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    private static AuditException Wrong(string what, string why, Exception? inner = null) =>
        new(AuditErrors.PolicyInvalid, $"The {what} {why}.", what, inner);
}
