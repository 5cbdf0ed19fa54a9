using ImmutableAudit.Core.Tests;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>
/// Lines that one program reads so and another differently, or that choke one. All are rightly linked, folded and sealed
/// by the true key: nothing is wrong with them but what the test's name says.
/// </summary>
public sealed class HostileLines
{
    [Theory, OnEveryStore]
    public Task Deep_json(string place) => FoundAsync(place, line => With(line, "\"data\":{\"a\":" + new string('[', 30_000) + new string(']', 30_000) + "}"));

    [Theory, OnEveryStore]
    public Task Duplicate_members(string place) => FoundAsync(place, line => With(line, "\"outcome\":\"Success\",\"outcome\":\"Denied\""));

    [Theory, OnEveryStore]
    public Task Members_equal_but_for_case(string place) => FoundAsync(place, line => With(line, "\"data\":{\"amount\":1,\"Amount\":9}"));

    [Theory, OnEveryStore]
    public Task Members_equal_but_for_an_escape(string place) => FoundAsync(place, line => With(line, "\"data\":{\"amount\":1,\"\\u0061mount\":9}"));

    [Theory, OnEveryStore]
    public Task Invalid_utf8(string place) => FoundAsync(place, line => line.Replace("GetObject", "Get\uDCFFObject", StringComparison.Ordinal));

    [Theory, OnEveryStore]
    public Task A_carriage_return_before_the_line_feed(string place) => FoundAsync(place, line => line + "\r");

    [Theory, OnEveryStore]
    public Task A_byte_order_mark(string place) => FoundAsync(place, line => "\uFEFF" + line);

    [Theory, OnEveryStore]
    public Task A_nul(string place) => FoundAsync(place, line => line.Replace("GetObject", "GetObject\0", StringComparison.Ordinal));

    [Theory, OnEveryStore]
    public Task Two_objects_on_one_line(string place) => FoundAsync(place, line => line + line);

    [Theory, OnEveryStore]
    public Task A_line_longer_than_a_record(string place) => FoundAsync(place, line => With(line, "\"data\":{\"a\":\"" + new string('a', 70_000) + "\"}"));

    // The last eight bytes are the true checksum and length in the first two, so that these tell nothing.
    [Theory, OnEveryStore]
    public Task Trailing_bytes_behind_the_gzip_member(string place) => StoredAsync(place, stored => [.. stored, .. stored[^8..]]);

    [Theory, OnEveryStore]
    public Task A_second_gzip_member(string place) => StoredAsync(place, stored => [.. stored, .. stored]);

    [Theory, OnEveryStore]
    public Task An_empty_second_gzip_member(string place) => StoredAsync(place, stored => [.. stored, .. Chain.GzipMember.Header, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    private static string With(string line, string members) => line[..^1] + "," + members + "}";

    private static async Task FoundAsync(string place, Func<string, string> twist)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        using var forge = log.ForgeBefore(2);
        var version = await log.ReplaceAsync(forge.Segment(log.Seal, new(), new(), new(Twist: twist), new(), new()));
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 8, log.Key(2), version));
    }

    // No record is bad, so the segment's first is named.
    private static async Task StoredAsync(string place, Func<byte[], byte[]> twist)
    {
        await using var log = await AttackedLogs.WriteAsync(place);
        var version = await log.ReplaceAsync(log.Key(2), twist(log.Segments[2].Stored));
        Sight.Only(await log.VerifyAsync(), Sight.Failure(FindingKind.SegmentInvalid, 6, log.Key(2), version));
    }
}
