using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImmutableAudit.Core.Tests.Events.Export;

/// <summary>
/// Checks events against the schema: attributes that exist and whose profile is applied, those that are required, types
/// with their patterns, lengths and ranges, enumerations, what at least or exactly one is wanted of, and deprecated ones.
/// </summary>
internal sealed class OcsfValidator(OcsfSchema schema)
{
    private const int Other = 99;

    /// <summary>What is wrong with an event, each beginning with its path; nothing where it is valid.</summary>
    public IReadOnlyList<string> Validate(string text)
    {
        var findings = new List<string>();
        var root = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 256 })!.AsObject();
        if (root["class_uid"] is not JsonValue uid || !uid.TryGetValue<int>(out var number) || schema.Class(number) is not { } type)
            return ["class_uid: there is no such class"];
        if (root["type_uid"]?.ToString() != $"{number * 100L + Number(root["activity_id"])}")
            findings.Add("type_uid: not class_uid * 100 + activity_id");
        if (root["metadata"] is JsonObject metadata && metadata["version"]?.ToString() != schema.Version)
            findings.Add("metadata.version: not the schema's");
        HashSet<string> profiles = [.. ((root["metadata"] as JsonObject)?["profiles"] as JsonArray)?.Select(profile => profile!.ToString()) ?? []];
        CheckObject("", type, root, profiles, findings);
        return findings;
    }

    private void CheckObject(string path, JsonObject type, JsonObject value, HashSet<string> profiles, List<string> findings)
    {
        var attributes = type["attributes"]!.AsObject();
        foreach (var (name, said) in attributes)
        {
            if (said!["requirement"]?.ToString() == "required" && Applies(said, profiles) && value[name] is null)
                findings.Add($"{path}{name}: required");
        }

        foreach (var (name, member) in value)
        {
            if (!attributes.ContainsKey(name))
                findings.Add($"{path}{name}: no such attribute");
            else if (!Applies(attributes[name]!, profiles))
                findings.Add($"{path}{name}: its profile isn't applied");
            else
                CheckAttribute(path + name, schema.Attribute(type, name), value, member, profiles, findings);
        }

        CheckConstraints(path, type, value, findings);
    }

    private static bool Applies(JsonNode said, HashSet<string> profiles) => said["profile"] is not { } profile || profiles.Contains(profile.ToString());

    private static void CheckConstraints(string path, JsonObject type, JsonObject value, List<string> findings)
    {
        if (type["constraints"]?["at_least_one"] is JsonArray some && !some.Any(name => value[name!.ToString()] is not null))
            findings.Add($"{path}: at least one of {string.Join(", ", some)}");
        if (type["constraints"]?["just_one"] is JsonArray one && one.Count(name => value[name!.ToString()] is not null) != 1)
            findings.Add($"{path}: just one of {string.Join(", ", one)}");
    }

    private void CheckAttribute(string path, JsonObject attribute, JsonObject parent, JsonNode? value, HashSet<string> profiles, List<string> findings)
    {
        if (attribute["@deprecated"] is not null)
            findings.Add($"{path}: deprecated");
        if (value is JsonArray != (attribute["is_array"]?.GetValue<bool>() ?? false))
        {
            findings.Add($"{path}: {(value is JsonArray ? "a list" : "no list")}");
            return;
        }

        var items = value is JsonArray list ? list.ToArray() : [value];
        for (var i = 0; i < items.Length; i++)
            CheckValue(value is JsonArray ? $"{path}[{i}]" : path, attribute, items[i], profiles, findings);

        if (attribute["sibling"] is { } sibling && Number(value) == Other && string.IsNullOrEmpty(parent[sibling.ToString()]?.ToString()))
            findings.Add($"{path}: 99 without {sibling}");
    }

    private void CheckValue(string path, JsonObject attribute, JsonNode? value, HashSet<string> profiles, List<string> findings)
    {
        var name = attribute["type"]!.ToString();
        if (attribute["enum"] is JsonObject known && !known.ContainsKey(value?.ToString() ?? ""))
            findings.Add($"{path}: {value} isn't one of its values");
        if (schema.PlainType(name) is { } plain)
        {
            CheckPlain(path, name, plain, value, findings);
            return;
        }

        if (value is not JsonObject inner)
            findings.Add($"{path}: no object");
        // An object of no kind, such as unmapped, holds whatever it likes.
        else if (name != "object")
            CheckObject(path + ".", schema.Object(name), inner, profiles, findings);
    }

    private static void CheckPlain(string path, string name, JsonObject type, JsonNode? value, List<string> findings)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        var fits = (type["type"]?.ToString() ?? name) switch
        {
            "json_t" => true,
            "string_t" => kind == JsonValueKind.String,
            "boolean_t" => kind is JsonValueKind.True or JsonValueKind.False,
            "integer_t" or "long_t" => kind == JsonValueKind.Number && value!.AsValue().TryGetValue<long>(out _),
            "float_t" => kind == JsonValueKind.Number,
            var other => throw new InvalidDataException($"The schema has no plain type '{other}'."),
        };
        if (!fits)
        {
            findings.Add($"{path}: no {name}");
            return;
        }

        if (type["regex"] is { } pattern && !Regex.IsMatch(value!.ToString(), pattern.ToString(), RegexOptions.None, TimeSpan.FromSeconds(10)))
            findings.Add($"{path}: doesn't fit the pattern of {name}");
        if (type["max_len"] is { } longest && value!.ToString().Length > (int)longest)
            findings.Add($"{path}: too long for {name}");
        if (type["range"] is JsonArray range && (Number(value) < (long)range[0]! || Number(value) > (long)range[1]!))
            findings.Add($"{path}: out of the range of {name}");
    }

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : -1;
}
