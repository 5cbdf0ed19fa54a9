using System.IO.Compression;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>What reading a version tells, answer by answer.</summary>
public sealed class ReadTests
{
    private static readonly StoredVersion Version = new("segments/1.jsonl.gz", "v1", "etag", 3, default, false);

    [Fact]
    public async Task The_stored_bytes_come_as_they_are_even_if_somebody_calls_them_encoded()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write("hello"u8);
        await using var server = new FakeServer(_ => new FakeAnswer(200)
        {
            Bytes = packed.ToArray(),
            Headers = { ["Content-Encoding"] = "gzip", ["x-amz-replication-status"] = "REPLICA" },
        });
        await using var store = server.Store();
        var read = await store.ReadAsync(Version, 100, default);
        Assert.Equal((ReadStatus.Ok, true, (string?)null), (read.Status, read.IsReplica, read.Reason));
        Assert.Equal(packed.ToArray(), read.Content.ToArray());
        var request = Assert.Single(server.Requests);
        Assert.Equal("v1", request.Query["versionId"]);
        Assert.Null(request.Header("Accept-Encoding"));
    }

    [Theory]
    [InlineData(10, 10, false, ReadStatus.Ok)]
    [InlineData(11, 10, false, ReadStatus.TooLarge)]
    [InlineData(10, 10, true, ReadStatus.Ok)]
    [InlineData(11, 10, true, ReadStatus.TooLarge)]
    [InlineData(200_000, 100_000, true, ReadStatus.TooLarge)]
    [InlineData(200_000, 200_000, true, ReadStatus.Ok)]
    [InlineData(0, 10, false, ReadStatus.Ok)]
    public async Task No_more_is_read_than_was_asked_for(int size, int max, bool chunked, ReadStatus expected)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200) { Bytes = new byte[size], IsChunked = chunked });
        await using var store = server.Store();
        var read = await store.ReadAsync(Version, max, default);
        Assert.Equal(expected, read.Status);
        Assert.Equal(expected == ReadStatus.Ok ? size : 0, read.Content.Length);
    }

    [Fact]
    public async Task A_huge_object_isnt_waited_for()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200) { Headers = { ["Content-Length"] = "5497558138880" }, Bytes = new byte[10], SilentAfter = 10 });
        await using var store = server.Store();
        Assert.Equal(ReadStatus.TooLarge, (await store.ReadAsync(Version, 17 << 20, default)).Status);
    }

    [Theory]
    [InlineData(404, "NoSuchVersion", "The specified version does not exist.", ReadStatus.Gone, "")]
    [InlineData(404, "NoSuchKey", "The specified key does not exist.", ReadStatus.Gone, "")]
    [InlineData(400, "InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.", ReadStatus.CustomerKey, "SSE-C")]
    [InlineData(400, "InvalidArgument", "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.", ReadStatus.CustomerKey, "SSE-C")]
    [InlineData(400, "InvalidRequest", "Something else", ReadStatus.Unreadable, "InvalidRequest")]
    [InlineData(400, "InvalidArgument", "Invalid version id specified", ReadStatus.Unreadable, "InvalidArgument")]
    [InlineData(403, "InvalidObjectState", "The operation is not valid for the object's storage class", ReadStatus.Unreadable, "RestoreObject")]
    [InlineData(403, "AccessDenied", "Access Denied", ReadStatus.Unreadable, "s3:GetObjectVersion")]
    [InlineData(403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:1", ReadStatus.Unreadable, "allow kms:Decrypt")]
    [InlineData(400, "KMS.DisabledException", "arn:aws:kms:1 is disabled.", ReadStatus.Unreadable, "enabled")]
    [InlineData(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", ReadStatus.Unreadable, "MethodNotAllowed")]
    [InlineData(500, "InternalError", "We encountered an internal error.", ReadStatus.Unreadable, "try again later")]
    [InlineData(503, "SlowDown", "Please reduce your request rate.", ReadStatus.Unreadable, "try again later")]
    public async Task What_cant_be_read_is_told_with_its_cure(int status, string code, string message, ReadStatus expected, string mentions)
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(status, code, message));
        await using var store = server.Store();
        var read = await store.ReadAsync(Version, 100, default);
        Assert.Equal(expected, read.Status);
        Assert.Contains(mentions, read.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "NoSuchBucket", AuditErrors.BucketNotFound)]
    [InlineData(403, "SignatureDoesNotMatch", AuditErrors.CredentialsInvalid)]
    [InlineData(400, "ExpiredToken", AuditErrors.CredentialsInvalid)]
    [InlineData(400, "InvalidToken", AuditErrors.CredentialsInvalid)]
    [InlineData(301, "PermanentRedirect", AuditErrors.RegionMismatch)]
    public async Task What_is_wrong_as_a_whole_is_thrown(int status, string code, string errorId)
    {
        await using var server = new FakeServer(_ => FakeAnswer.Error(status, code));
        await using var store = server.Store();
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.ReadAsync(Version, 100, default));
        Assert.Equal(errorId, e.ErrorId);
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_read_again()
    {
        var calls = 0;
        await using var server = new FakeServer(_ => new FakeAnswer(200) { Bytes = "0123456789"u8.ToArray(), BreakAfter = Interlocked.Increment(ref calls) < 3 ? 4 : null });
        await using var store = server.Store();
        var read = await store.ReadAsync(Version, 100, default);
        Assert.Equal(ReadStatus.Ok, read.Status);
        Assert.Equal("0123456789"u8.ToArray(), read.Content.ToArray());
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task A_body_that_never_ends_well_is_an_error_in_bounded_time()
    {
        await using var broken = new FakeServer(_ => new FakeAnswer(200) { Bytes = new byte[10], BreakAfter = 4 });
        await using var store = broken.Store();
        Assert.Equal(AuditErrors.StoreUnreachable, (await Assert.ThrowsAsync<AuditException>(async () => await store.ReadAsync(Version, 100, default))).ErrorId);

        await using var silent = new FakeServer(_ => new FakeAnswer(200) { Bytes = new byte[10], SilentAfter = 4 });
        await using var other = silent.Store(AwsTimeouts.Default with { Silence = TimeSpan.FromMilliseconds(200) });
        var e = await Assert.ThrowsAsync<AuditException>(async () => await other.ReadAsync(Version, 100, default));
        Assert.Equal(AuditErrors.StoreUnreachable, e.ErrorId);
        Assert.Contains("in time", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_read()
    {
        await using var silent = new FakeServer(_ => new FakeAnswer(200) { Bytes = new byte[10], SilentAfter = 4 });
        await using var store = silent.Store();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReadAsync(Version, 100, cancel.Token));
    }
}
