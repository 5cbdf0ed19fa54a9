using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImmutableAudit.Aws.Identity;

/// <summary>Policy documents on their way to and from the service.</summary>
internal static class PolicyText
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The same document without blanks between its parts: policies have a size limit, and Ceph 16.2 doesn't read a '+'
    /// in a form as a blank.
    /// </summary>
    /// <exception cref="AuditException"><c>PolicyInvalid</c> where it isn't JSON.</exception>
    public static string Minify(string document)
    {
        try
        {
            using var parsed = JsonDocument.Parse(document);
            using var bytes = new MemoryStream();
            using (var writer = new Utf8JsonWriter(bytes, Compact))
                parsed.WriteTo(writer);
            return Encoding.UTF8.GetString(bytes.ToArray());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new AuditException(AuditErrors.PolicyInvalid, $"The policy document isn't JSON: {e.Message} Nothing was sent.", null, e);
        }
    }

    /// <summary>The document as JSON. AWS sends it percent-encoded, some servers as it is.</summary>
    public static string Decode(string document) =>
        document.AsSpan().TrimStart().StartsWith('{') ? document : Uri.UnescapeDataString(document);

    /// <summary>Whether two documents say the same, however they are laid out.</summary>
    public static bool Same(string one, string other)
    {
        try
        {
            using var left = JsonDocument.Parse(one);
            using var right = JsonDocument.Parse(other);
            return JsonElement.DeepEquals(left.RootElement, right.RootElement);
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException)
        {
            // Not JSON; or a number that the base library can't compare.
            return false;
        }
    }
}
