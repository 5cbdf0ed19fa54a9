using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// The whole of an imported entry, for an event's data, so that nothing is lost by what a mapping chooses. What can't
/// stand in a record as it is, since names differ in case alone, is kept as text in <c>original</c>.
/// </summary>
internal static class KeptData
{
    // Some real events can't stand in a record as they are: S3's PutBucketTagging has "Tagging" beside "tagging", and
    // readers differ on what names that are equal but for case mean.
    public static EventData Of(JsonElement entry)
    {
        try
        {
            return EventData.From(entry);
        }
        catch (AuditException)
        {
            return EventData.From([new("original", Compact(entry))]);
        }
    }

    /// <summary>Of named values.</summary>
    /// <param name="members">The values.</param>
    /// <param name="text">The entry as it stands in the source.</param>
    public static EventData Of(List<KeyValuePair<string, object?>> members, SourceText text)
    {
        if (text.Raw is not null)
            members.Add(new("raw", text.Raw));
        try
        {
            return EventData.From(members);
        }
        catch (AuditException)
        {
            return EventData.From([new("original", text.Text), .. text.Raw is null ? Array.Empty<KeyValuePair<string, object?>>() : [new("raw", text.Raw)]]);
        }
    }

    private static string Compact(JsonElement entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            entry.WriteTo(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
