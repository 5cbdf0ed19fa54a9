using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ImmutableAudit.Events;
using ImmutableAudit.Events.Import;
using ImmutableAudit.Log;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Events;

public class CloudTrailReaderTests
{
    private const string Good =
        """
        {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/mia",
        "accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","userName":"mia"},"eventTime":"2026-03-13T03:12:26Z",
        "eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.7",
        "userAgent":"[aws-cli/2.0]","requestParameters":{"bucketName":"payroll","key":"2026/03.csv"},"responseElements":null,
        "eventID":"1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed","amount":1.50,"text":"\u00e4 + \ud83d\ude00"}
        """;

    [SharedDataFact("cloudtrail")]
    public async Task Every_real_event_is_written_and_read_back_as_it_was_and_the_chain_passes()
    {
        var folder = SharedData.Folder("cloudtrail")!;
        var sources = new List<byte[]>();
        foreach (var file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            sources.AddRange(document.RootElement.GetProperty("Records").EnumerateArray().Select(record => Encoding.UTF8.GetBytes(record.GetRawText())));
        }

        var entries = await ReadAllAsync(CloudTrailReader.ReadPathAsync(folder));
        Assert.All(entries, entry => Assert.Null(entry.Error));
        Assert.Equal(sources.Count, entries.Count);
        Assert.True(entries.Count >= 2900);

        await using var log = new TestLog();
        await log.CreateAsync();
        await using (var writer = await log.WriterAsync())
        {
            foreach (var part in entries.Chunk(700))
            {
                var batch = writer.NewBatch();
                foreach (var entry in part)
                    batch.Add(entry.Event!);
                Assert.Null((await writer.CommitAsync(batch, default)).Failure);
            }
        }

        var opened = await AuditLog.OpenAsync(log.Store, default);
        var asText = 0;
        await foreach (var record in opened.ReadAsync(1, long.MaxValue))
        {
            var source = sources[(int)record.Sequence - 1];
            var data = record.Data!;
            using var read = JsonDocument.Parse(data);
            if (read.RootElement.TryGetProperty("original", out var original) && read.RootElement.EnumerateObject().Count() == 1)
            {
                asText++;
                data = original.GetString()!;
            }

            using var expected = JsonDocument.Parse(source);
            using var actual = JsonDocument.Parse(data);
            Assert.True(JsonElement.DeepEquals(expected.RootElement, actual.RootElement), $"record {record.Sequence}");
            Assert.Equal(Encoding.UTF8.GetString(source), data);
            Assert.Equal(expected.RootElement.GetProperty("eventTime").GetDateTimeOffset(), record.Time);
        }

        // PutBucketTagging, CreateNatGateway and CreateFlowLogs have names that differ in case alone.
        Assert.Equal(8, asText);
        var report = await log.VerifyAsync();
        Assert.Equal(ChainResult.Passed, report.Result);
        Assert.Equal(entries.Count + 1, report.Records);
    }

    [Fact]
    public async Task What_people_ask_for_is_mapped()
    {
        var e = (await ReadTextAsync($$"""{"Records":[{{Good}}]}""")).Single().Event!;
        Assert.Equal("s3:GetObject", e.Action);
        Assert.Equal(new DateTimeOffset(2026, 3, 13, 3, 12, 26, TimeSpan.Zero), e.Time);
        Assert.Equal("IAMUser", e.ActorType);
        Assert.Equal("arn:aws:iam::111122223333:user/mia", e.ActorId);
        Assert.Equal("mia", e.ActorName);
        Assert.Equal("192.0.2.7", e.Ip);
        Assert.Equal("AKIAEXAMPLE", e.Session);
        Assert.Equal("Object", e.ResourceType);
        Assert.Equal("s3://payroll/2026/03.csv", e.ResourceId);
        Assert.Equal(AuditOutcome.Success, e.Outcome);
        Assert.Null(e.Reason);
        Assert.Equal("[aws-cli/2.0]", e.App);
        Assert.Contains("\"amount\":1.50,", e.Data!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AccessDenied", AuditOutcome.Denied)]
    [InlineData("AccessDeniedException", AuditOutcome.Denied)]
    [InlineData("Client.UnauthorizedOperation", AuditOutcome.Denied)]
    [InlineData("UnauthorizedOperation", AuditOutcome.Denied)]
    [InlineData("ThrottlingException", AuditOutcome.Failure)]
    [InlineData("Client.InvalidVpcID.NotFound", AuditOutcome.Failure)]
    public async Task An_error_code_tells_denied_from_failed(string code, AuditOutcome outcome)
    {
        var text = Good.Replace("\"eventVersion\"", $"\"errorCode\":\"{code}\",\"errorMessage\":\"no\",\"eventVersion\"", StringComparison.Ordinal);
        var e = (await ReadTextAsync($$"""{"Records":[{{text}}]}""")).Single().Event!;
        Assert.Equal(outcome, e.Outcome);
        Assert.Equal(code + ": no", e.Reason);
    }

    [Theory]
    [InlineData("\"requestParameters\":{\"bucketName\":\"b\"}", "Bucket", "s3://b")]
    [InlineData("\"requestParameters\":null,\"resources\":[{\"type\":\"AWS::KMS::Key\",\"ARN\":\"arn:aws:kms:k\"}]", "AWS::KMS::Key", "arn:aws:kms:k")]
    [InlineData("\"requestParameters\":{\"roleName\":\"auditors\"}", "Role", "auditors")]
    [InlineData("\"requestParameters\":{\"maxResults\":5}", null, null)]
    public async Task The_resource_is_found_where_the_event_names_it(string members, string? type, string? id)
    {
        var text = "{\"eventTime\":\"2026-03-13T03:12:26Z\",\"eventSource\":\"x.amazonaws.com\",\"eventName\":\"Do\"," + members + "}";
        var e = (await ReadTextAsync($$"""{"Records":[{{text}}]}""")).Single().Event!;
        Assert.Equal((type, id), (e.ResourceType, e.ResourceId));
    }

    [Fact]
    public async Task A_bad_record_is_named_and_the_others_are_kept()
    {
        var entries = await ReadTextAsync($$"""
            { "Other": {"a":[1,{"b":2}]}, "Records": [ {{Good}}, 7, {"eventName":"x"}, {{Good.Replace("03:12:26Z", "soon", StringComparison.Ordinal)}},
              {{Good.Replace("\"GetObject\"", "\"\\ud800\"", StringComparison.Ordinal)}}, {{Good}} ], "More": [] }
            """);
        Assert.Equal([true, false, false, false, false, true], entries.Select(entry => entry.Event is not null));
        Assert.Equal([0, 1, 2, 3, 4, 5], entries.Select(entry => entry.Position));
        Assert.All(entries.Where(entry => entry.Error is not null), entry =>
        {
            Assert.Equal(AuditErrors.FormatInvalid, entry.Error!.ErrorId);
            Assert.Contains($"Record {entry.Position} of 'test.json'", entry.Error.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("7")]
    [InlineData("{\"records\":[]}")]
    [InlineData("{\"Records\":{}}")]
    [InlineData("{\"Records\":[]} {}")]
    [InlineData("{\"Records\":[1,2")]
    [InlineData("{\"Records\":[1,2]")]
    public async Task A_file_that_isnt_one_is_told(string text)
    {
        var last = (await ReadTextAsync(text))[^1];
        Assert.Equal(-1, last.Position);
        Assert.Equal(AuditErrors.FormatInvalid, last.Error!.ErrorId);
        Assert.Contains("'test.json'", last.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_events_is_empty_and_no_error() => Assert.Empty(await ReadTextAsync("\uFEFF{\"Records\":[]}\n"));

    [Fact]
    public async Task What_came_before_a_break_is_kept()
    {
        var whole = $$"""{"Records":[{{Good}},{{Good}},{{Good}}]}""";
        var entries = await ReadTextAsync(whole[..(whole.Length - 100)]);
        Assert.Equal([0, 1, -1], entries.Select(entry => entry.Position));
        Assert.Equal([true, true, false], entries.Select(entry => entry.Event is not null));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public async Task A_file_that_is_cut_off_anywhere_is_told(int portion)
    {
        // Near where the reader takes up another piece of memory.
        var head = $"{{\"pad\":\"{new string('x', 3500)}\",";
        var whole = Encoding.UTF8.GetBytes(head + """
            "x":null,"Records":[{"readOnly":true,"n":-1.5e3,"é":"\u00e9","no":false},{"a":null}],"y":true}
            """);
        for (var length = head.Length; length < whole.Length; length++)
        {
            using var stream = new Trickle(whole[..length], portion);
            var entries = await ReadAllAsync(CloudTrailReader.ReadAsync(stream, "cut.json"));
            Assert.Equal((-1, AuditErrors.FormatInvalid), (entries[^1].Position, entries[^1].Error?.ErrorId));
        }
    }

    [Fact]
    public async Task A_member_whose_name_holds_half_a_character_is_passed_over()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"Rec\ud800ords":[1],"Records":[{{Good}}]}"""));
        Assert.NotNull(Assert.Single(await ReadAllAsync(CloudTrailReader.ReadAsync(stream, "odd.json"))).Event);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public async Task Bytes_may_arrive_in_any_portions_and_compressed(int portion)
    {
        var text = $$"""{"Records":[{{string.Join(",\n", Enumerable.Repeat(Good, 50))}}]}""";
        using var stored = new MemoryStream();
        await using (var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        foreach (var bytes in new[] { Encoding.UTF8.GetBytes(text), stored.ToArray() })
        {
            using var stream = new Trickle(bytes, portion);
            var entries = await ReadAllAsync(CloudTrailReader.ReadAsync(stream, "test.json"));
            Assert.Equal(50, entries.Count(entry => entry.Event is not null));
            Assert.Equal(50, entries.Count);
        }
    }

    [Fact]
    public async Task A_damaged_compressed_file_is_told()
    {
        using var stream = new MemoryStream([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 1, 2, 3]);
        var entry = (await ReadAllAsync(CloudTrailReader.ReadAsync(stream, "test.json.gz"))).Single();
        Assert.Equal(AuditErrors.FormatInvalid, entry.Error!.ErrorId);
    }

    [Fact]
    public async Task Names_that_differ_in_case_alone_are_kept_as_text()
    {
        var text = Good.Replace("\"bucketName\"", "\"Host\":\"a\",\"host\":\"b\",\"bucketName\"", StringComparison.Ordinal);
        var e = (await ReadTextAsync($$"""{"Records":[{{text}}]}""")).Single().Event!;
        using var data = JsonDocument.Parse(e.Data!.Utf8);
        using var original = JsonDocument.Parse(data.RootElement.GetProperty("original").GetString()!);
        using var expected = JsonDocument.Parse(text);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, original.RootElement));
        Assert.Equal("s3://payroll/2026/03.csv", e.ResourceId);
    }

    [Fact]
    public async Task A_folder_is_read_in_the_order_of_names_and_a_missing_or_empty_one_is_told()
    {
        await using var log = new TestLog();
        var folder = log.Temporary("trail");
        Directory.CreateDirectory(Path.Combine(folder, "b"));
        var missing = await Assert.ThrowsAsync<AuditException>(() => ReadAllAsync(CloudTrailReader.ReadPathAsync(folder)));
        Assert.Equal(AuditErrors.LocationInvalid, missing.ErrorId);
        foreach (var name in new[] { "b/2.json", "a.json", "c.json.gz", "note.txt" })
            await File.WriteAllTextAsync(Path.Combine(folder, name), $$"""{"Records":[{{Good}}]}""");
        var entries = await ReadAllAsync(CloudTrailReader.ReadPathAsync(folder));
        Assert.Equal(["a.json", "b/2.json", "c.json.gz"], entries.Select(entry => Path.GetRelativePath(folder, entry.File).Replace('\\', '/')));
        missing = await Assert.ThrowsAsync<AuditException>(() => ReadAllAsync(CloudTrailReader.ReadPathAsync(Path.Combine(folder, "none"))));
        Assert.Equal(AuditErrors.LocationInvalid, missing.ErrorId);
    }

    private static async Task<List<SourceEntry>> ReadTextAsync(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await ReadAllAsync(CloudTrailReader.ReadAsync(stream, "test.json"));
    }

    private static async Task<List<SourceEntry>> ReadAllAsync(IAsyncEnumerable<SourceEntry> entries)
    {
        var all = new List<SourceEntry>();
        await foreach (var entry in entries)
            all.Add(entry);
        return all;
    }

    /// <summary>Hands its bytes out in small portions, as a network does.</summary>
    private sealed class Trickle(byte[] bytes, int portion) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, portion)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, portion)], cancellationToken);
    }
}
