using System.Text.Json.Nodes;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Export;

namespace ImmutableAudit.Core.Tests.Events.Export;

/// <summary>A validator that finds nothing says nothing: each kind of mistake has to be found.</summary>
public class OcsfValidatorTests
{
    [SharedDataFact("ocsf")]
    public async Task Every_kind_of_mistake_is_found()
    {
        var (_, text) = await Exported.OneAsync(ExportFormat.Ocsf, new AuditEvent
        {
            Action = "s3:GetObject", ActorId = "alice", ResourceId = "s3://b/k", Ip = "192.0.2.7", Outcome = AuditOutcome.Success,
        });
        var validator = new OcsfValidator(new OcsfSchema(SharedData.Folder("ocsf")!));
        Assert.Empty(validator.Validate(text));
        foreach (var (path, value, expected) in Mistakes)
        {
            var e = JsonNode.Parse(text)!;
            Put(e, path, value);
            var findings = validator.Validate(e.ToJsonString());
            Assert.True(findings.Any(finding => finding.StartsWith(expected, StringComparison.Ordinal)), $"{path} = {value ?? "nothing"}: {string.Join("; ", findings)}");
        }
    }

    private static readonly (string Path, string? Value, string Expected)[] Mistakes =
    [
        ("time", null, "time: required"),
        ("actor", null, "actor: required"),
        ("src_endpoint", null, "src_endpoint: required"),
        ("metadata/version", null, "metadata.version: required"),
        ("metadata/version", "\"1.0.0\"", "metadata.version: not the schema's"),
        ("metadata/product", null, "metadata.product: required"),
        ("metadata/product", "{}", "metadata.product.: at least one of name, uid"),
        ("databucket", null, ": at least one of database, databucket, table"),
        ("databucket/type_id", null, "databucket.type_id: required"),
        ("databucket/file/name", null, "databucket.file.name: required"),
        ("actor", "{}", "actor.: at least one of"),
        ("actor/user", "{}", "actor.user.: at least one of account, name, uid"),
        ("actor/user/type_id", "7", "actor.user.type_id: 7 isn't one of its values"),
        ("actor/user/type_id", "99", "actor.user.type_id: 99 without type"),
        ("actor/user/credential_uid", "\"x\"", "actor.user.credential_uid: deprecated"),
        ("src_endpoint", "{}", "src_endpoint.: at least one of ip"),
        ("src_endpoint/ip", "\"health.amazonaws.com\"", "src_endpoint.ip: doesn't fit"),
        ("src_endpoint/ip", "\"" + "2001:0db8:85a3:0000:0000:8a2e:0370:7334%averylongzone" + "\"", "src_endpoint.ip: too long"),
        ("src_endpoint/port", "70000", "src_endpoint.port: out of the range"),
        ("time", "\"2026-03-13\"", "time: no timestamp_t"),
        ("time", "1.5", "time: no timestamp_t"),
        ("message", "7", "message: no string_t"),
        ("activity_id", "11", "activity_id: 11 isn't one of its values"),
        ("activity_id", "2", "type_uid: not class_uid"),
        ("category_uid", "1", "category_uid: 1 isn't one of its values"),
        ("class_uid", "6999", "class_uid: there is no such class"),
        ("severity_id", "9", "severity_id: 9 isn't"),
        ("databuckets", "{}", "databuckets: no such attribute"),
        ("api", "{}", "api: its profile isn't applied"),
        ("metadata/profiles", "[\"record_integrity\",\"cloud\"]", "cloud: required"),
        ("metadata/profiles", "[]", "attestation_list: its profile isn't applied"),
        ("metadata/profiles", "\"record_integrity\"", "metadata.profiles: no list"),
        ("metadata", "[]", "metadata: a list"),
        ("metadata", "7", "metadata: no object"),
        ("attestation_list/0/fingerprint", null, "attestation_list[0].: at least one of fingerprint, signatures"),
        ("attestation_list/0/fingerprint/algorithm_id", null, "attestation_list[0].fingerprint.algorithm_id: required"),
        ("attestation_list/0/prev_event/uid", null, "attestation_list[0].prev_event.uid: required"),
    ];

    private static void Put(JsonNode node, string path, string? value)
    {
        var parts = path.Split('/');
        foreach (var part in parts[..^1])
            node = int.TryParse(part, out var index) ? node[index]! : node[part]!;
        if (value is null)
            Assert.True(node.AsObject().Remove(parts[^1]), path);
        else
            node[parts[^1]] = JsonNode.Parse(value);
    }
}
