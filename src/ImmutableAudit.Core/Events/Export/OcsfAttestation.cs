using System.Text.Json;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// The profile <c>record_integrity</c>: the record's leaf hash, and that of the one before. Both are computed over the
/// record's line, which <c>raw_data</c> holds, and not over the OCSF event; <c>serialization</c> says so. There are no
/// <c>signatures</c>: the profile's sign one event's fingerprint, and a log signs the root of its tree.
/// </summary>
internal static class OcsfAttestation
{
    private const int Sha256 = 3;
    private const int Hex = 1;
    private const int OtherSerialization = 99;
    private const string Serialization = "RFC 6962 leaf: SHA-256(0x00 || raw_data)";

    public static void Write(Utf8JsonWriter json, AuditRecord record)
    {
        json.WriteStartArray("attestation_list");
        json.WriteStartObject();
        json.WriteString("chain_uid", record.Origin);
        WriteFingerprint(json, record.LeafHash);
        if (ChainLink.PreviousOf(record) is { } previous)
        {
            json.WriteStartObject("prev_event");
            json.WriteString("uid", previous);
            WriteFingerprint(json, previous);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteFingerprint(Utf8JsonWriter json, string hash)
    {
        json.WriteStartObject("fingerprint");
        json.WriteNumber("algorithm_id", Sha256);
        json.WriteString("algorithm", "SHA-256");
        json.WriteNumber("encoding_id", Hex);
        json.WriteString("encoding", "Hex");
        json.WriteNumber("serialization_id", OtherSerialization);
        json.WriteString("serialization", Serialization);
        json.WriteString("value", hash);
        json.WriteEndObject();
    }
}
