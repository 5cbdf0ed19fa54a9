using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImmutableAudit.Access;

/// <summary>One condition of a statement that we write.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Key">The key.</param>
/// <param name="Values">The values, one of which must match.</param>
internal sealed record Condition(string Operator, string Key, params string[] Values);

/// <summary>One statement that we write. The same statement always gives the same bytes.</summary>
internal sealed record Statement
{
    public required string Sid { get; init; }

    /// <summary>Whether it denies, and whom: everybody. Otherwise it allows, and belongs to an identity.</summary>
    public bool Denies { get; init; }

    public required IReadOnlyList<string> Actions { get; init; }

    public required IReadOnlyList<string> Resources { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString(nameof(Sid), Sid);
        json.WriteString("Effect", Denies ? "Deny" : "Allow");
        if (Denies)
            json.WriteString("Principal", "*");
        PolicyOutput.Texts(json, "Action", Actions);
        PolicyOutput.Texts(json, "Resource", Resources);
        PolicyOutput.Conditions(json, Conditions);
        json.WriteEndObject();
    }
}

/// <summary>Writes policy documents.</summary>
internal static class PolicyOutput
{
    // The text goes into requests and never into a page, so nothing but JSON's own characters needs an escape.
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Document(Action<Utf8JsonWriter> content)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, _options))
            content(json);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public static string Document(IReadOnlyList<Statement> statements) => Document(json =>
    {
        json.WriteStartObject();
        json.WriteString("Version", Policies.PolicyDocument.VersionWithVariables);
        json.WriteStartArray("Statement");
        foreach (var statement in statements)
            statement.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 1)
        {
            json.WriteString(name, texts[0]);
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    public static void Conditions(Utf8JsonWriter json, IReadOnlyList<Condition> conditions)
    {
        if (conditions.Count == 0)
            return;
        json.WriteStartObject("Condition");
        foreach (var group in conditions.GroupBy(one => one.Operator))
        {
            json.WriteStartObject(group.Key);
            foreach (var condition in group)
                Texts(json, condition.Key, condition.Values);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
