using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Export;
using ImmutableAudit.Events.Import;

namespace ImmutableAudit.Core.Tests.Events.Export;

public class OcsfExportTests
{
    [SharedDataFact("ocsf", "cloudtrail")]
    public async Task Every_real_event_keeps_the_schema()
    {
        var events = new List<AuditEvent>();
        await foreach (var entry in CloudTrailReader.ReadPathAsync(SharedData.Folder("cloudtrail")!))
            events.Add(entry.Event!);
        await using var log = new TestLog();
        var records = await Exported.RecordsAsync(log, events);
        Assert.True(records.Count > 2900);
        Check(records);
        var exporter = new RecordExporter(ExportFormat.Ocsf);
        var classes = records.Skip(1).Select(record => (int)JsonNode.Parse(exporter.ToText(record))!["class_uid"]!).Distinct();
        Assert.Equal([6003], classes);
    }

    [SharedDataFact("ocsf")]
    public async Task Made_events_keep_the_schema_whatever_they_lack()
    {
        await using var log = new TestLog();
        Check(await Exported.RecordsAsync(log, Made()));
    }

    private static void Check(List<AuditRecord> records)
    {
        var exporter = new RecordExporter(ExportFormat.Ocsf);
        var validator = new OcsfValidator(new OcsfSchema(SharedData.Folder("ocsf")!));
        foreach (var record in records)
        {
            var text = exporter.ToText(record);
            var findings = validator.Validate(text);
            Assert.True(findings.Count == 0, $"record {record.Sequence} ({record.Action}): {string.Join("; ", findings)}\n{text}");
        }
    }

    private static IEnumerable<AuditEvent> Made()
    {
        string?[] ids = [null, "", "alice", "s3://payroll/2026/03.csv", "s3://payroll", "s3://", "s3://b//", "gs://b/k", "arn:aws:s3:::b/k", "arn:aws:kms:eu:1:key/x", "=1+1"];
        string?[] types = [null, "", "Object", "Bucket", "Table", "Database", "Payslip", "Unknown", "Service"];
        string?[] ips = [null, "", "192.0.2.7", "2001:db8::1", "fe80::1%eth0", "[::1]:80", "1", "AWS Internal", "health.amazonaws.com", "::ffff:192.0.2.7"];
        foreach (var id in ids)
        {
            foreach (var type in types)
                yield return new AuditEvent { Action = "a:Get", ResourceId = id, ResourceType = type, ActorId = id, ActorType = type };
            yield return new AuditEvent { Action = "a:Get", ResourceName = id, ResourceType = "Table", ActorName = id };
        }

        foreach (var ip in ips)
            yield return new AuditEvent { Action = "a:Get", Ip = ip, Session = ip, Host = ip, App = ip, Reason = ip };
        foreach (var outcome in Enum.GetValues<AuditOutcome>())
            yield return new AuditEvent { Action = "a:Get", Outcome = outcome };
        foreach (var action in new[] { "x", ":", "a:", ":b", "支付:承認", "login", "GET", "s3:BatchGetItem", "REST.GET.OBJECT", "a:Connect", "a:Decrypt", "a:Encrypt" })
        {
            yield return new AuditEvent { Action = action };
            yield return new AuditEvent { Action = action, ResourceId = "s3://b/k", Time = DateTimeOffset.MinValue };
        }

        foreach (var data in new[]
        {
            """{"eventSource":1,"eventName":"x"}""", """{"eventSource":"s3.amazonaws.com","eventName":""}""", """{"original":"eventSource"}""",
            """{"original":"{\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetObject\",\"errorCode\":\"AccessDenied\"}"}""",
            """{"eventSource":"s3.amazonaws.com","eventName":"GetObject","requestID":null,"errorCode":"NoSuchKey","errorMessage":"none"}""",
        })
            yield return new AuditEvent { Action = "s3:GetObject", Data = EventData.Parse(data), ResourceId = "s3://b/k", Session = "AKIAEXAMPLE" };
    }

    [Fact]
    public async Task What_was_done_to_a_bucket_is_datastore_activity()
    {
        var (record, e) = await OneAsync(new AuditEvent
        {
            Action = "s3:GetObject", ActorType = "User", ActorId = "adm.keller", ActorName = "Dieter Keller", Ip = "198.51.100.23", Session = "S1",
            ResourceType = "Object", ResourceId = "s3://payroll/2026-03/run.csv", Outcome = AuditOutcome.Denied, Reason = "no", Host = "gw1", App = "gateway",
            Time = new DateTimeOffset(2026, 3, 13, 3, 12, 26, 319, TimeSpan.Zero), Data = EventData.Parse("""{"bytes":12345678901234567890,"x":1.50}"""),
        });
        Assert.Equal((6005, 1, 600501, 6), ((int)e["class_uid"]!, (int)e["activity_id"]!, (int)e["type_uid"]!, (int)e["category_uid"]!));
        Assert.Equal(1773371546319, (long)e["time"]!);
        Assert.Equal((2, "Denied", "no"), ((int)e["status_id"]!, e["status_code"]!.ToString(), e["status_detail"]!.ToString()));
        Assert.Equal("""{"user":{"uid":"adm.keller","name":"Dieter Keller","type_id":1,"type":"User"},"session":{"uid":"S1"}}""", e["actor"]!.ToJsonString());
        Assert.Equal("""{"ip":"198.51.100.23"}""", e["src_endpoint"]!.ToJsonString());
        Assert.Equal("""{"name":"payroll","uid":"s3://payroll","type_id":1,"type":"S3","file":{"name":"run.csv","path":"2026-03/run.csv","type_id":0}}""", e["databucket"]!.ToJsonString());
        Assert.Equal("""{"bytes":12345678901234567890,"x":1.50}""", e["unmapped"]!["data"]!.ToJsonString());
        Assert.Equal(record.Id.ToString(), e["metadata"]!["original_event_uid"]!.ToString());
        Assert.Equal(record.Origin, e["metadata"]!["log_name"]!.ToString());
        Assert.Equal("gw1", e["metadata"]!["reporter"]!["hostname"]!.ToString());
        Assert.Equal("gateway", e["unmapped"]!["app"]!.ToString());
    }

    [Fact]
    public async Task A_call_of_CloudTrail_is_API_activity()
    {
        var (_, e) = await OneAsync(new AuditEvent
        {
            Action = "s3:GetObject", ResourceId = "s3://payroll/a", ResourceType = "Object", Ip = "health.amazonaws.com", Session = "AKIAEXAMPLE", App = "aws-cli",
            Data = EventData.Parse("""{"eventSource":"s3.amazonaws.com","eventName":"GetObject","requestID":"R1","errorCode":"NoSuchKey","errorMessage":"none"}"""),
        });
        Assert.Equal((6003, 2, 600302), ((int)e["class_uid"]!, (int)e["activity_id"]!, (int)e["type_uid"]!));
        Assert.Equal("""{"operation":"GetObject","service":{"name":"s3.amazonaws.com"},"request":{"uid":"R1"},"response":{"error":"NoSuchKey","error_message":"none"}}""", e["api"]!.ToJsonString());
        Assert.Equal("""[{"uid":"s3://payroll/a","type":"Object"}]""", e["resources"]!.ToJsonString());
        Assert.Equal("""{"svc_name":"health.amazonaws.com"}""", e["src_endpoint"]!.ToJsonString());
        Assert.Equal("AKIAEXAMPLE", e["actor"]!["session"]!["credential_uid"]!.ToString());
        Assert.Equal("aws-cli", e["http_request"]!["user_agent"]!.ToString());
        Assert.Equal("NoSuchKey", e["status_code"]!.ToString());
    }

    [Theory]
    [InlineData("payroll:Approve", 99, "Approve")]
    [InlineData("payroll:ListRuns", 2, "Read")]
    [InlineData("db:drop_table", 4, "Delete")]
    [InlineData("db:getRow", 2, "Read")]
    [InlineData("db:Getaway", 99, "Getaway")]
    [InlineData("s3:PutObject", 3, "Update")]
    [InlineData("BatchGetItem", 2, "Read")]
    [InlineData("REST.DELETE.OBJECT", 4, "Delete")]
    [InlineData("kms:Decrypt", 99, "Decrypt")]
    [InlineData("iam:CreateUser", 1, "Create")]
    [InlineData("login", 99, "login")]
    [InlineData("支付:承認", 99, "承認")]
    [InlineData("x:", 0, "Unknown")]
    public async Task An_activity_comes_of_the_operations_first_word(string action, int id, string name)
    {
        var (_, e) = await OneAsync(new AuditEvent { Action = action });
        Assert.Equal((id, name, 600300 + id), ((int)e["activity_id"]!, e["activity_name"]!.ToString(), (int)e["type_uid"]!));
    }

    [Theory]
    [InlineData("s3:PutObject", 5)]
    [InlineData("s3:ListBucket", 8)]
    [InlineData("s3:SelectObjectContent", 4)]
    [InlineData("x:Decrypt", 10)]
    [InlineData("x:UpdateRow", 2)]
    [InlineData("x:CreateBucket", 6)]
    [InlineData("x:DeleteObject", 7)]
    [InlineData("x:Approve", 99)]
    public async Task A_datastores_activities_have_numbers_of_their_own(string action, int id)
    {
        var (_, e) = await OneAsync(new AuditEvent { Action = action, ResourceId = "s3://b/k" });
        Assert.Equal((id, 600500 + id), ((int)e["activity_id"]!, (int)e["type_uid"]!));
    }

    [Fact]
    public async Task The_attestation_can_be_checked_from_the_events_alone()
    {
        await using var log = new TestLog();
        var records = await Exported.RecordsAsync(log, Made());
        var exporter = new RecordExporter(ExportFormat.Ocsf);
        string? previous = null;
        foreach (var record in records)
        {
            var e = JsonNode.Parse(exporter.ToText(record))!;
            var attestation = e["attestation_list"]!.AsArray().Single()!;
            var leaf = Convert.ToHexStringLower(SHA256.HashData([0, .. Encoding.UTF8.GetBytes(e["raw_data"]!.ToString())]));
            Assert.Equal(leaf, attestation["fingerprint"]!["value"]!.ToString());
            Assert.Equal(leaf, e["metadata"]!["uid"]!.ToString());
            Assert.Equal(previous, attestation["prev_event"]?["uid"]?.ToString());
            Assert.Equal(previous, attestation["prev_event"]?["fingerprint"]?["value"]?.ToString());
            Assert.Equal(record.Origin, attestation["chain_uid"]!.ToString());
            Assert.Null(attestation["signatures"]);
            previous = leaf;
        }
    }

    [Fact]
    public async Task What_isnt_known_is_said_to_be_unknown()
    {
        var (_, e) = await OneAsync(new AuditEvent { Action = "x" });
        Assert.Equal("""{"user":{"name":"Unknown","type_id":0}}""", e["actor"]!.ToJsonString());
        Assert.Equal("""{"name":"Unknown"}""", e["src_endpoint"]!.ToJsonString());
        Assert.Equal((0, "Unknown"), ((int)e["status_id"]!, e["status"]!.ToString()));
    }

    private static async Task<(AuditRecord Record, JsonNode Event)> OneAsync(AuditEvent e)
    {
        var (record, text) = await Exported.OneAsync(ExportFormat.Ocsf, e);
        Assert.DoesNotContain('\n', text);
        return (record, JsonNode.Parse(text)!);
    }
}
