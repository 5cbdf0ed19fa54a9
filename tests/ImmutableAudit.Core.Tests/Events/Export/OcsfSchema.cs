using System.Text.Json.Nodes;

namespace ImmutableAudit.Core.Tests.Events.Export;

/// <summary>
/// The published schema of OCSF as files: events, objects, profiles and a dictionary. Classes and objects extend each
/// other, include profiles, and take what they don't say of an attribute from the dictionary.
/// </summary>
internal sealed class OcsfSchema(string folder)
{
    private readonly JsonObject _dictionary = Read(Path.Combine(folder, "dictionary.json"));
    private readonly JsonObject _categories = Read(Path.Combine(folder, "categories.json"));

    // An event and an object can have one name.
    private readonly Types _events = new(folder, "events");
    private readonly Types _objects = new(folder, "objects");

    public string Version => (string)Read(Path.Combine(folder, "version.json"))["version"]!;

    /// <summary>A class by its number within a category: <c>class_uid</c> is category × 1000 and that.</summary>
    public JsonObject? Class(int uid)
    {
        foreach (var name in _events.Names)
        {
            var type = _events.Resolve(name);
            if (type["uid"] is not { } number || type["category"] is not { } category || CategoryUid((string)category!) * 1000 + (int)number != uid)
                continue;
            // The schema's compiler gives each class its own numbers as the only values.
            type["attributes"]!["class_uid"]!["enum"] = new JsonObject { [$"{uid}"] = new JsonObject() };
            type["attributes"]!["category_uid"]!["enum"] = new JsonObject { [$"{uid / 1000}"] = new JsonObject() };
            return type;
        }

        return null;
    }

    private int CategoryUid(string name) => (int)_categories["attributes"]![name]!["uid"]!;

    /// <summary>An object with everything that it inherits.</summary>
    public JsonObject Object(string name) => _objects.Resolve(name);

    /// <summary>A plain type, for example <c>ip_t</c>; null where the name is an object's.</summary>
    public JsonObject? PlainType(string name) => (JsonObject?)_dictionary["types"]!["attributes"]![name];

    /// <summary>All that is known of an attribute: the dictionary's word, and over it the type's own.</summary>
    public JsonObject Attribute(JsonObject type, string name) =>
        Merge((JsonObject)(_dictionary["attributes"]![name]?.DeepClone() ?? new JsonObject()), (JsonObject)type["attributes"]![name]!);

    // Objects member by member; anything else is replaced. So a type's own list of constraints replaces the inherited one.
    private static JsonObject Merge(JsonObject under, JsonObject over)
    {
        foreach (var (name, value) in over)
            under[name] = under[name] is JsonObject below && value is JsonObject above ? Merge(below, above) : value?.DeepClone();
        return under;
    }

    private static JsonObject Read(string file) => (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;

    private sealed class Types(string folder, string part)
    {
        private readonly Dictionary<string, JsonObject> _resolved = [];
        private readonly Dictionary<string, string> _files = Directory
            .EnumerateFiles(Path.Combine(folder, part), "*.json", SearchOption.AllDirectories)
            .ToDictionary(file => (string)Read(file)["name"]!);

        public IEnumerable<string> Names => _files.Keys;

        public JsonObject Resolve(string name)
        {
            if (_resolved.TryGetValue(name, out var known))
                return known;
            var own = Read(_files[name]);
            var attributes = new JsonObject();
            foreach (var include in (JsonArray?)own["attributes"]!["$include"] ?? [])
            {
                var profile = Read(Path.Combine(folder, (string)include!));
                foreach (var (attribute, said) in (JsonObject)profile["attributes"]!)
                {
                    var gated = (JsonObject)said!.DeepClone();
                    gated["profile"] = profile["name"]!.DeepClone();
                    attributes[attribute] = gated;
                }
            }

            ((JsonObject)own["attributes"]!).Remove("$include");
            own["attributes"] = Merge(attributes, (JsonObject)own["attributes"]!);
            var resolved = own["extends"] is { } parent ? Merge((JsonObject)Resolve((string)parent!).DeepClone(), own) : own;
            return _resolved[name] = resolved;
        }
    }
}
