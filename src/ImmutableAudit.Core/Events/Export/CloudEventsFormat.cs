using System.Buffers;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// CloudEvents 1.0.2 in the JSON event format: the record stands as it is in <c>data</c>. Extension attributes are
/// named by the specification's rule: lower-case letters and digits, at most 20. <c>sequence</c> is its documented
/// extension; it is text with leading zeros because that one is compared as text, and its integers have 32 bits only.
/// </summary>
internal sealed class CloudEventsFormat : RecordFormat
{
    public const string SourceScheme = "immutableaudit:";

    public override void Write(AuditRecord record, IBufferWriter<byte> output)
    {
        using var json = JsonOutput.To(output);
        json.WriteStartObject();
        json.WriteString("specversion", "1.0");
        json.WriteString("id", record.Id);
        json.WriteString("source", SourceScheme + record.Origin);
        json.WriteString("type", Attribute(record.Action));
        json.WriteOptional("subject", Attribute(record.ResourceId));
        json.WriteString("time", LogTime.ToText(record.Time.UtcTicks));
        json.WriteString("datacontenttype", "application/json");
        json.WriteString("sequence", record.Sequence.ToString("D18", System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("chainleafhash", record.LeafHash);
        json.WriteOptional("chainprevhash", ChainLink.PreviousOf(record));
        json.WriteString("chainrecorded", LogTime.ToText(record.Recorded.UtcTicks));
        json.WriteVerified("data", record.Json);
        json.WriteEndObject();
    }

    // The specification's strings hold no control characters. What they were is in data.
    private static string? Attribute(string? text) => text is null || !text.Any(char.IsControl)
        ? text
        : string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
