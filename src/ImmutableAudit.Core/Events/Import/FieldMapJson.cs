using System.Text.Json.Serialization;

namespace ImmutableAudit.Events.Import;

/// <summary>Reads field maps without reflection, so that the assembly can be trimmed.</summary>
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class FieldMapJson : JsonSerializerContext;
