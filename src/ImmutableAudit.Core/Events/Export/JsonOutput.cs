using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImmutableAudit.Events.Export;

/// <summary>What the JSON formats share.</summary>
internal static class JsonOutput
{
    // The result goes into files and pipes, never into HTML: what is no control character stands as it is.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Utf8JsonWriter To(IBufferWriter<byte> output) => new(output, Options);

    /// <summary>Writes a text, and nothing where there is none.</summary>
    public static void WriteOptional(this Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            json.WriteString(name, value);
    }

    /// <summary>Writes a member whose value is JSON text that was verified before.</summary>
    public static void WriteVerified(this Utf8JsonWriter json, string name, string text)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(text, skipInputValidation: true);
    }
}
