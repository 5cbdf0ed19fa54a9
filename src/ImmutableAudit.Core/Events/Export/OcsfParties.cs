using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// Who did it and from where. OCSF requires both, and one identifier at least in each; a log doesn't always know. What
/// isn't known is said to be <c>Unknown</c> and not made up of something else.
/// </summary>
internal static class OcsfParties
{
    private const string Unknown = "Unknown";

    // ip_t is no longer than that.
    private const int LongestAddress = 40;

    public static void WriteActor(Utf8JsonWriter json, AuditRecord record, bool isCall)
    {
        json.WriteStartObject("actor");
        if (record.Action.StartsWith(Chain.LogFormat.ReservedPrefix, StringComparison.OrdinalIgnoreCase))
        {
            json.WriteString("app_name", OcsfFormat.Product);
        }
        else
        {
            json.WriteStartObject("user");
            json.WriteOptional("uid", record.ActorId);
            json.WriteOptional("name", record.ActorName);
            if (string.IsNullOrEmpty(record.ActorId) && string.IsNullOrEmpty(record.ActorName))
                json.WriteString("name", Unknown);
            json.WriteNumber("type_id", UserType(record.ActorType));
            json.WriteOptional("type", record.ActorType);
            json.WriteEndObject();
        }

        if (!string.IsNullOrEmpty(record.Session))
        {
            json.WriteStartObject("session");
            // CloudTrail's is the access key, which is no session's number.
            json.WriteString(isCall ? "credential_uid" : "uid", record.Session);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public static void WriteSource(Utf8JsonWriter json, AuditRecord record, bool isCall)
    {
        json.WriteStartObject("src_endpoint");
        if (string.IsNullOrEmpty(record.Ip))
            json.WriteString("name", Unknown);
        else if (IsAddress(record.Ip))
            json.WriteString("ip", record.Ip);
        else if (isCall)
            json.WriteString("svc_name", record.Ip);
        else
            json.WriteString("name", record.Ip);
        json.WriteEndObject();
    }

    private static int UserType(string? type) => type?.ToUpperInvariant() switch
    {
        null or "" or "UNKNOWN" => 0,
        "USER" or "IAMUSER" => 1,
        "ADMIN" or "ROOT" => 2,
        "SYSTEM" => 3,
        "SERVICE" or "AWSSERVICE" => 4,
        _ => 99,
    };

    // Stricter than the base library, which takes "1", "0x7f.1" and "[::1]:80" for addresses too.
    private static bool IsAddress(string text) =>
        text.Length <= LongestAddress && IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.Contains('[', StringComparison.Ordinal) : address.ToString() == text);
}
