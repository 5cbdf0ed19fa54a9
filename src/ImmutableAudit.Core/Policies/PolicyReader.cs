using System.Text.Json;

namespace ImmutableAudit.Policies;

/// <summary>Reads policy documents, strictly.</summary>
internal sealed class PolicyReader(PolicyUse use, string name)
{
    private readonly PolicyErrors _errors = new(name);

    public PolicyDocument Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > PolicyDocument.MaxBytes)
            throw _errors.At(null, $"it has {json.Length:N0} bytes; at most {PolicyDocument.MaxBytes:N0} are read");
        try
        {
            // A name given twice is read differently by different programs, so it is an error and not the last one's.
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw _errors.At(null, $"it isn't JSON that can be read: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // A string with half of a surrogate pair, or bytes that aren't UTF-8.
            throw _errors.At(null, $"it holds text that can't be read: {e.Message}", e);
        }
    }

    private PolicyDocument Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw _errors.At(null, "it isn't a JSON object");
        var version = PolicyDocument.FirstVersion;
        string? id = null;
        JsonElement? statements = null;
        foreach (var member in root.EnumerateObject())
        {
            switch (member.Name)
            {
                case "Version":
                    version = Text(member, null);
                    if (version is not (PolicyDocument.FirstVersion or PolicyDocument.VersionWithVariables))
                        throw _errors.At(null, $"Version '{version}' isn't one of the policy language's");
                    break;
                case "Id":
                    id = Text(member, null);
                    break;
                case "Statement":
                    statements = member.Value;
                    break;
                default:
                    throw _errors.At(null, $"'{member.Name}' isn't an element of a policy (names are case-sensitive)");
            }
        }

        var list = statements switch
        {
            { ValueKind: JsonValueKind.Array } several => several.EnumerateArray().ToList(),
            { ValueKind: JsonValueKind.Object } one => [one],
            null => throw _errors.At(null, "it has no Statement"),
            _ => throw _errors.At(null, "Statement is neither an object nor a list of objects"),
        };
        if (list.Count == 0)
            throw _errors.At(null, "Statement is empty");
        var reader = new StatementReader(use, version == PolicyDocument.VersionWithVariables, _errors);
        return new PolicyDocument(name, use, version, id, [.. list.Select(reader.Read)]);
    }

    private string Text(JsonProperty member, string? where) => member.Value.ValueKind == JsonValueKind.String
        ? member.Value.GetString()!
        : throw _errors.At(where, $"{member.Name} isn't a string");
}

/// <summary>Says what is wrong with which document, and where.</summary>
internal sealed class PolicyErrors(string document)
{
    public AuditException At(string? where, string what, Exception? inner = null) => new(
        AuditErrors.FormatInvalid,
        $"The policy document '{document}' can't be judged: {(where is null ? "" : where + ": ")}{what}.",
        document,
        inner);
}
