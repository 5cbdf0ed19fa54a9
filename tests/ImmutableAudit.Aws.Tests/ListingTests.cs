using System.Globalization;
using System.Net;
using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws.Tests;

/// <summary>Listings both ways against a simulated server with small pages and servers' various habits.</summary>
public sealed class ListingTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(7, true)]
    [InlineData(1000, false)]
    public async Task Both_ways_give_the_same_entries_whatever_the_page(int page, bool inclusive)
    {
        var random = new Random(page);
        for (var round = 0; round < 15; round++)
        {
            var bucket = new Listed { Page = page, IsInclusive = inclusive };
            foreach (var _ in Enumerable.Range(0, random.Next(25)))
                bucket.Add("log/segments/" + random.Next(30).ToString("00", CultureInfo.InvariantCulture), random.Next(1, random.Next(2, 9)));
            bucket.Add("logs/other", 2);
            bucket.Add("lob", 1);
            await using var server = new FakeServer(bucket.Answer);
            await using var store = server.Store();

            foreach (var after in new string?[] { null, "segments/10", "segments/zz" })
            {
                var expected = bucket.Under("log/segments/").Where(e => after is null || string.CompareOrdinal(e.Key, "log/" + after) > 0)
                    .Select(e => (e.Key[4..], e.VersionId)).ToList();
                var up = await store.ListAsync("segments/", after, page == 1 ? 1 : 5, default).Select(e => (e.Key, e.VersionId!)).ToListAsync();
                Assert.Equal(expected, up);
                var down = await store.ListDescendingAsync("segments/", after, default).Select(e => (e.Key, e.VersionId!)).ToListAsync();
                Assert.Equal(expected.GroupBy(e => e.Item1).Reverse().SelectMany(g => g), down);
            }
        }
    }

    [Fact]
    public async Task Keys_added_meanwhile_neither_double_nor_break_a_descent()
    {
        var bucket = new Listed { Page = 3 };
        for (var i = 0; i < 20; i++)
            bucket.Add($"log/{i * 10:000}", i == 5 ? 8 : 1);
        var before = bucket.Under("log/").Select(e => (e.Key[4..], e.VersionId)).ToList();
        await using var server = new FakeServer(bucket.Answer);
        await using var store = server.Store();

        var seen = new List<(string Key, string VersionId)>();
        await foreach (var entry in store.ListDescendingAsync("", null, default))
        {
            seen.Add((entry.Key, entry.VersionId!));
            // Everywhere below, so that every stretch outgrows its page; and new versions on top of old ones.
            if (seen.Count == 2)
            {
                for (var i = 0; i < 190; i++)
                    bucket.Add($"log/{i:000}", 1);
            }
        }

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(before.Except(seen));
        Assert.Equal(seen.Select(e => e.Key).OrderDescending(StringComparer.Ordinal), seen.Select(e => e.Key));
    }

    [Fact]
    public async Task The_first_page_has_the_size_that_was_hinted_and_the_rest_is_full()
    {
        var bucket = new Listed { Page = 1000 };
        for (var i = 0; i < 5; i++)
            bucket.Add($"log/{i}", 1);
        await using var server = new FakeServer(bucket.Answer);
        await using var store = server.Store();
        await foreach (var _ in store.ListAsync("", null, 2, default))
            break;
        Assert.Equal("2", Assert.Single(server.Requests).Query["max-keys"]);
        Assert.Equal(5, await store.ListAsync("", null, 2, default).CountAsync());
        Assert.Equal(["2", "2", "1000"], server.Requests.Select(r => r.Query["max-keys"]));
        Assert.All(server.Requests, r => Assert.Equal("url", r.Query["encoding-type"]));
    }

    [Fact]
    public async Task A_page_in_hand_costs_one_request_downwards()
    {
        var bucket = new Listed { Page = 1000 };
        for (var i = 0; i < 900; i++)
            bucket.Add($"log/{i:000}", 1);
        await using var server = new FakeServer(bucket.Answer);
        await using var store = server.Store();
        Assert.Equal(900, await store.ListDescendingAsync("", null, default).CountAsync());
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("<Version><Key>log%2Fb</Key></Version><Version><Key>log%2Fa</Key></Version>", "ascending order")]
    [InlineData("<Version><Key>other%2Fb</Key></Version>", "begin with")]
    [InlineData("<IsTruncated>true</IsTruncated>", "doesn't say where")]
    [InlineData("<IsTruncated>true</IsTruncated><NextKeyMarker>log%2Fk</NextKeyMarker>", "doesn't say where")]
    public async Task A_server_that_lists_in_another_way_is_refused(string entries, string mentions)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200, $"<ListVersionsResult><EncodingType>url</EncodingType>{entries}</ListVersionsResult>"));
        await using var store = server.Store();
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.ListAsync("", null, 10, default).CountAsync());
        Assert.Equal(AuditErrors.StoreUnsuitable, e.ErrorId);
        Assert.Contains(mentions, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_loses_its_place_on_a_small_page_is_asked_for_a_full_one()
    {
        var bucket = new Listed { Page = 1000 };
        for (var i = 0; i < 5; i++)
            bucket.Add($"log/{i}", 1);
        await using var server = new FakeServer(request => request.Query["max-keys"] == "2"
            ? new FakeAnswer(200, "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated></ListVersionsResult>")
            : bucket.Answer(request));
        await using var store = server.Store();
        Assert.Equal(5, await store.ListAsync("", null, 2, default).CountAsync());
        Assert.Equal(["2", "1000"], server.Requests.Select(r => r.Query["max-keys"]));
    }

    [Fact]
    public async Task Where_listing_versions_is_refused_current_objects_are_listed_until_something_is_put()
    {
        await using var server = new FakeServer(request => request.Query.ContainsKey("versions")
            ? FakeAnswer.Error(403, "AccessDenied")
            : new FakeAnswer(200, "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>log%2Fa</Key><Size>3</Size><ETag>e</ETag></Contents><IsTruncated>false</IsTruncated></ListBucketResult>"));
        await using (var reader = server.Store())
        {
            Assert.Null(reader.VersionsUnseen);
            var found = Assert.Single(await reader.ListAsync("", null, 10, default).ToListAsync());
            Assert.Equal(("a", null, false), (found.Key, found.VersionId, found.IsDeleteMarker));
            Assert.Contains("s3:ListBucketVersions", reader.VersionsUnseen, StringComparison.Ordinal);
            // Nor is a lock changed on what may only lie over the version that counts.
            var locks = (ImmutableAudit.Storage.ILockableStore)reader;
            Assert.Equal(AuditErrors.AccessDenied, (await Assert.ThrowsAsync<AuditException>(async () => await locks.PutLegalHoldAsync(found, true, default))).ErrorId);
            Assert.Equal(AuditErrors.AccessDenied, (await Assert.ThrowsAsync<AuditException>(async () => await locks.PutRetentionAsync(
                found, new ImmutableAudit.Storage.RetentionUntil(ImmutableAudit.Storage.RetentionMode.Governance, DateTimeOffset.UtcNow.AddDays(1)), default))).ErrorId);
            Assert.Equal(AuditErrors.AccessDenied, (await Assert.ThrowsAsync<AuditException>(async () => await reader.PutAsync("a", new byte[1], ImmutableAudit.Storage.PutCondition.None, null, default))).ErrorId);
        }

        // Who has put something must know which version counts.
        await using var writer = server.Store();
        await writer.PutAsync("a", new byte[1], ImmutableAudit.Storage.PutCondition.None, null, default);
        Assert.Equal(AuditErrors.AccessDenied, (await Assert.ThrowsAsync<AuditException>(async () => await writer.ListAsync("", null, 10, default).CountAsync())).ErrorId);
    }

    [Theory]
    [InlineData("<html><body>Please log in</body>")]
    [InlineData("nothing like XML")]
    public async Task An_answer_from_something_else_is_told_as_such(string body)
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200, body));
        await using var store = server.Store();
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.ListAsync("", null, 10, default).CountAsync());
        Assert.Equal(AuditErrors.StoreFailed, e.ErrorId);
        Assert.Contains("-EndpointUrl", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_that_passes_is_ridden_out()
    {
        var bucket = new Listed { Page = 10 };
        bucket.Add("log/a", 1);
        var calls = 0;
        await using var server = new FakeServer(request => Interlocked.Increment(ref calls) switch
        {
            1 => FakeAnswer.Error(503, "SlowDown"),
            2 => FakeAnswer.Lost,
            _ => bucket.Answer(request),
        });
        await using var store = server.Store();
        Assert.Equal(1, await store.ListAsync("", null, 10, default).CountAsync());
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task A_page_that_stalls_in_its_middle_ends_in_time()
    {
        await using var server = new FakeServer(_ => new FakeAnswer(200, new string(' ', 100)) { SilentAfter = 10 });
        await using var store = server.Store(AwsTimeouts.Default with { Request = TimeSpan.FromMilliseconds(200) });
        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.ListAsync("", null, 10, default).CountAsync());
        Assert.Equal(AuditErrors.StoreUnreachable, e.ErrorId);

        await using var patient = server.Store();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await patient.ListAsync("", null, 10, cancel.Token).CountAsync(cancel.Token));
    }

    [Fact]
    public async Task Keys_beyond_ASCII_are_ordered_by_their_bytes()
    {
        // U+FF01 comes before U+1F600 in UTF-8, and after it in UTF-16.
        var bucket = new Listed { Page = 1 };
        bucket.Add("log/\uFF01", 1);
        bucket.Add("log/\U0001F600", 1);
        await using var server = new FakeServer(bucket.Answer);
        await using var store = server.Store();
        Assert.Equal(["\uFF01", "\U0001F600"], await store.ListAsync("", null, 10, default).Select(e => e.Key).ToListAsync());
        Assert.Equal(["\U0001F600", "\uFF01"], await store.ListDescendingAsync("", null, default).Select(e => e.Key).ToListAsync());
    }

    /// <summary>A bucket's version list as S3 would page it.</summary>
    private sealed class Listed
    {
        private readonly Lock _lock = new();
        private readonly List<(string Key, string VersionId)> _entries = [];
        private int _made;

        public int Page { get; init; }

        /// <summary>Whether key-marker alone lists that key, too.</summary>
        public bool IsInclusive { get; init; }

        public List<(string Key, string VersionId)> Under(string prefix)
        {
            lock (_lock)
                return [.. _entries.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal))];
        }

        public void Add(string key, int versions)
        {
            lock (_lock)
            {
                for (var i = 0; i < versions; i++)
                {
                    var at = _entries.FindIndex(e => Compare(e.Key, key) >= 0);
                    _entries.Insert(at < 0 ? _entries.Count : at, (key, $"v{++_made}"));
                }
            }
        }

        public FakeAnswer Answer(FakeRequest request)
        {
            var query = request.Query;
            var marker = query.GetValueOrDefault("key-marker");
            var version = query.GetValueOrDefault("version-id-marker");
            var rest = Under(query["prefix"]);
            if (marker is not null && version is not null)
                rest = rest.Skip(rest.FindIndex(e => e == (marker, version)) + 1).ToList();
            else if (marker is not null)
                rest = rest.Where(e => Compare(e.Key, marker) is var order && (order > 0 || (order == 0 && IsInclusive))).ToList();

            var size = Math.Min(Page, int.Parse(query["max-keys"], CultureInfo.InvariantCulture));
            var text = new StringBuilder("<ListVersionsResult><EncodingType>url</EncodingType>");
            foreach (var (key, id) in rest.Take(size))
                text.Append(CultureInfo.InvariantCulture, $"<Version><Key>{WebUtility.UrlEncode(key)}</Key><VersionId>{id}</VersionId><ETag>\"e\"</ETag><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Version>");
            if (rest.Count > size)
                text.Append(CultureInfo.InvariantCulture, $"<IsTruncated>true</IsTruncated><NextKeyMarker>{WebUtility.UrlEncode(rest[size - 1].Key)}</NextKeyMarker><NextVersionIdMarker>{rest[size - 1].VersionId}</NextVersionIdMarker>");
            return new FakeAnswer(200, text + "</ListVersionsResult>");
        }

        private static int Compare(string left, string right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));
    }
}
