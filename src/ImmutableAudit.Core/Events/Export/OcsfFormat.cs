using System.Buffers;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// Events of OCSF 1.9.0-dev. What was done to a bucket, database or table is Datastore Activity (6005); calls that
/// CloudTrail told of, and all else, are API Activity (6003).
/// </summary>
internal sealed class OcsfFormat : RecordFormat
{
    public const string Product = "ImmutableAudit";
    private const string SchemaVersion = "1.9.0-dev";
    private const int Category = 6;
    private const int ApiActivity = 6003;
    private const int DatastoreActivity = 6005;
    private const int Informational = 1;

    private static readonly string ProductVersion = typeof(OcsfFormat).Assembly.GetName().Version!.ToString(3);

    public override void Write(AuditRecord record, IBufferWriter<byte> output)
    {
        var call = CloudTrailCall.TryRead(record);
        var store = call is null ? OcsfStore.Of(record) : null;
        var (service, operation) = Split(record.Action);
        var classUid = store is null ? ApiActivity : DatastoreActivity;
        var activity = OcsfActivity.Of(operation, store is not null);
        using var json = JsonOutput.To(output);
        json.WriteStartObject();
        json.WriteNumber("class_uid", classUid);
        json.WriteString("class_name", store is null ? "API Activity" : "Datastore Activity");
        json.WriteNumber("category_uid", Category);
        json.WriteString("category_name", "Application Activity");
        json.WriteNumber("activity_id", activity.Id);
        json.WriteString("activity_name", activity.Name);
        json.WriteNumber("type_uid", classUid * 100L + activity.Id);
        json.WriteNumber("severity_id", Informational);
        json.WriteString("severity", "Informational");
        json.WriteNumber("time", record.Time.ToUnixTimeMilliseconds());
        WriteStatus(json, record, call);
        json.WriteString("message", Message(record));
        OcsfParties.WriteActor(json, record, call is not null);
        OcsfParties.WriteSource(json, record, call is not null);
        if (store is null)
            WriteCall(json, record, call, service, operation);
        else
            WriteStore(json, store);
        WriteMetadata(json, record);
        OcsfAttestation.Write(json, record);
        json.WriteString("raw_data", record.Json);
        json.WriteNumber("raw_data_size", Encoding.UTF8.GetByteCount(record.Json));
        WriteUnmapped(json, record, call is not null, store is not null);
        json.WriteEndObject();
    }

    private static (string? Service, string Operation) Split(string action)
    {
        var colon = action.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (null, action) : (action[..colon], action[(colon + 1)..]);
    }

    private static void WriteStatus(Utf8JsonWriter json, AuditRecord record, CloudTrailCall? call)
    {
        var (id, caption) = record.Outcome switch
        {
            AuditOutcome.Success => (1, "Success"),
            AuditOutcome.Failure or AuditOutcome.Denied => (2, "Failure"),
            _ => (0, "Unknown"),
        };
        json.WriteNumber("status_id", id);
        json.WriteString("status", caption);
        json.WriteOptional("status_code", call?.ErrorCode ?? (record.Outcome == AuditOutcome.Denied ? "Denied" : null));
        json.WriteOptional("status_detail", record.Reason);
    }

    private static string Message(AuditRecord record) => string.Join(' ', new[]
    {
        record.ActorName ?? record.ActorId, record.Action, record.ResourceName ?? record.ResourceId,
    }.Where(part => !string.IsNullOrEmpty(part)));

    private static void WriteCall(Utf8JsonWriter json, AuditRecord record, CloudTrailCall? call, string? service, string operation)
    {
        json.WriteStartObject("api");
        json.WriteString("operation", operation.Length > 0 ? operation : record.Action);
        if ((call?.Service ?? service) is { Length: > 0 } name)
        {
            json.WriteStartObject("service");
            json.WriteString("name", name);
            json.WriteEndObject();
        }

        if (call?.RequestId is { } request)
        {
            json.WriteStartObject("request");
            json.WriteString("uid", request);
            json.WriteEndObject();
        }

        if (call?.ErrorCode is { } error)
        {
            json.WriteStartObject("response");
            json.WriteString("error", error);
            json.WriteOptional("error_message", call.ErrorMessage);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (call is not null && !string.IsNullOrEmpty(record.App))
        {
            json.WriteStartObject("http_request");
            json.WriteString("user_agent", record.App);
            json.WriteEndObject();
        }

        if (string.IsNullOrEmpty(record.ResourceId) && string.IsNullOrEmpty(record.ResourceName))
            return;
        json.WriteStartArray("resources");
        json.WriteStartObject();
        json.WriteOptional("uid", record.ResourceId);
        json.WriteOptional("name", record.ResourceName);
        json.WriteOptional("type", record.ResourceType);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteStore(Utf8JsonWriter json, OcsfStore store)
    {
        json.WriteNumber("type_id", store.TypeId);
        json.WriteString("type", store.Caption);
        store.Write(json);
    }

    private static void WriteMetadata(Utf8JsonWriter json, AuditRecord record)
    {
        json.WriteStartObject("metadata");
        json.WriteString("version", SchemaVersion);
        json.WriteStartArray("profiles");
        json.WriteStringValue("record_integrity");
        json.WriteEndArray();
        json.WriteStartObject("product");
        json.WriteString("name", Product);
        json.WriteString("vendor_name", Product);
        json.WriteString("version", ProductVersion);
        json.WriteEndObject();
        // The next record names this one by it, so an event can name the one before without having seen it.
        json.WriteString("uid", record.LeafHash);
        json.WriteString("original_event_uid", record.Id);
        json.WriteString("event_code", record.Action);
        json.WriteString("log_name", record.Origin);
        json.WriteNumber("sequence", record.Sequence);
        json.WriteString("original_time", LogTime.ToText(record.Time.UtcTicks));
        json.WriteNumber("logged_time", record.Recorded.ToUnixTimeMilliseconds());
        if (!string.IsNullOrEmpty(record.Host))
        {
            json.WriteStartObject("reporter");
            json.WriteString("hostname", record.Host);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteUnmapped(Utf8JsonWriter json, AuditRecord record, bool isCall, bool isStored)
    {
        json.WriteStartObject("unmapped");
        if (isStored)
        {
            json.WriteOptional("resource_type", record.ResourceType);
            json.WriteOptional("resource_id", record.ResourceId);
            json.WriteOptional("resource_name", record.ResourceName);
        }
        else if (string.IsNullOrEmpty(record.ResourceId) && string.IsNullOrEmpty(record.ResourceName))
        {
            json.WriteOptional("resource_type", record.ResourceType);
        }

        if (!isCall)
            json.WriteOptional("app", record.App);
        json.WriteOptional("outcome", record.Outcome?.ToString());
        json.WriteOptional("segment", record.Segment);
        json.WriteOptional("version_id", record.VersionId);
        if (record.Data is not null)
            json.WriteVerified("data", record.Data);
        json.WriteEndObject();
    }
}
