using System.Net;
using System.Text;
using Amazon.S3.Model;
using ImmutableAudit.Storage;
using DefaultRetention = ImmutableAudit.Storage.DefaultRetention;

namespace ImmutableAudit.Aws.Tests;

/// <summary>The store against real servers.</summary>
public sealed class S3StoreServerTests
{
    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task What_was_put_is_listed_and_read_back_version_by_version(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        Assert.Null(bucket.Store.ClockOffset);
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("segments/a.jsonl.gz", "one"));
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("segments/a.jsonl.gz", "two"));
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("tile/0/000", "tile"));

        var entries = await bucket.ListAsync();
        Assert.Equal(["segments/a.jsonl.gz", "segments/a.jsonl.gz", "tile/0/000"], entries.Select(e => e.Key));
        var contents = new List<string>();
        foreach (var entry in entries)
        {
            Assert.False(entry.IsMultipart);
            var read = await bucket.Store.ReadAsync(entry, 100, default);
            Assert.Equal(ReadStatus.Ok, read.Status);
            Assert.False(read.IsReplica);
            contents.Add(Encoding.UTF8.GetString(read.Content.Span));
        }

        Assert.Equal(["two", "one", "tile"], contents);
        Assert.InRange(bucket.Store.ClockOffset!.Value, TimeSpan.FromSeconds(-2), TimeSpan.FromSeconds(2));
        Assert.InRange(entries[0].LastModified, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));

        var head = await bucket.Client.GetObjectMetadataAsync(bucket.Name, "log/segments/a.jsonl.gz");
        Assert.Equal("application/gzip", head.Headers.ContentType);
        head = await bucket.Client.GetObjectMetadataAsync(bucket.Name, "log/tile/0/000");
        Assert.Equal("application/octet-stream", head.Headers.ContentType);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_put_tells_the_version_that_it_made(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        var made = await bucket.Store.PutAsync("k", new byte[] { 1 }, PutCondition.None, null, default);
        Assert.Equal(Assert.Single(await bucket.ListAsync()).VersionId, made.VersionId);
        Assert.NotNull(made.VersionId);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task The_buckets_own_lock_is_read(string server)
    {
        await using var locked = await TestBucket.LockedAsync(server, days: 3);
        Assert.Equal(new DefaultRetention(RetentionKnowledge.Locked, RetentionMode.Governance, 3), await locked.Store.ReadDefaultRetentionAsync(default));
        await using var without = await TestBucket.LockedAsync(server);
        var seen = await without.Store.ReadDefaultRetentionAsync(default);
        Assert.Equal(RetentionKnowledge.NotLocked, seen.Knowledge);
        Assert.Contains("no default", seen.Reason, StringComparison.Ordinal);
        await using var plain = await TestBucket.PlainAsync(server);
        seen = await plain.Store.ReadDefaultRetentionAsync(default);
        Assert.Equal(RetentionKnowledge.NotLocked, seen.Knowledge);
        Assert.Contains("no Object Lock", seen.Reason, StringComparison.Ordinal);
    }

    [MotoFact]
    public async Task Conditions_hold_on_moto_as_on_AWS()
    {
        await using var bucket = await TestBucket.VersionedAsync("moto");
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("k", "one", PutCondition.Absent));
        Assert.Equal(PutOutcome.ConditionFailed, await bucket.PutAsync("k", "two", PutCondition.Absent));

        var etag = (await bucket.ListAsync())[0].ETag;
        Assert.DoesNotContain('"', etag);
        Assert.Equal(PutOutcome.ConditionFailed, await bucket.PutAsync("k", "three", PutCondition.Matching(new string('0', 32))));
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("k", "three", PutCondition.Matching(etag)));

        // A delete marker defeats If-None-Match everywhere, and If-Match meets a key that isn't there (404).
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/k");
        Assert.Equal(PutOutcome.ConditionFailed, await bucket.PutAsync("k", "four", PutCondition.Matching(etag)));
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("k", "four", PutCondition.Absent));
        var entries = await bucket.ListAsync();
        Assert.False(entries[0].IsDeleteMarker);
        Assert.Single(entries, e => e.IsDeleteMarker);
    }

    [RgwFact]
    public async Task Ceph_ignores_If_None_Match_and_never_takes_If_Match()
    {
        await using var bucket = await TestBucket.VersionedAsync("rgw");
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("k", "one", PutCondition.Absent));
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("k", "two", PutCondition.Absent));
        var etag = (await bucket.ListAsync())[0].ETag;
        Assert.Equal(PutOutcome.ConditionFailed, await bucket.PutAsync("k", "three", PutCondition.Matching(etag)));
        Assert.Equal(2, (await bucket.ListAsync()).Count);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Delete_markers_are_listed_among_the_versions_in_the_stores_order(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        await bucket.PutAsync("k", "one");
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/k");
        await bucket.PutAsync("k", "two");
        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/k");
        await bucket.PutAsync("l", "three");

        var entries = await bucket.ListAsync();
        Assert.Equal(["k", "k", "k", "k", "l"], entries.Select(e => e.Key));
        Assert.True(entries[0].IsDeleteMarker);
        if (server == "rgw") // moto lists markers apart from versions, with times in whole seconds
            Assert.Equal([true, false, true, false, false], entries.Select(e => e.IsDeleteMarker));
        Assert.All(entries.Where(e => e.IsDeleteMarker), e => Assert.Equal(("", 0L), (e.ETag, e.Size)));
        var newest = entries.First(e => !e.IsDeleteMarker);
        Assert.Equal("two", Encoding.UTF8.GetString((await bucket.Store.ReadAsync(newest, 10, default)).Content.Span));
        Assert.Equal(entries.Skip(4).Concat(entries.Take(4)), await bucket.DescendAsync());
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Prefix_and_start_bound_a_listing_both_ways(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        foreach (var key in new[] { "a", "b/1", "b/2", "b/3", "c" })
            await bucket.PutAsync(key, key);
        Assert.Equal(["b/1", "b/2", "b/3"], (await bucket.ListAsync("b/", pageSize: 1)).Select(e => e.Key));
        Assert.Equal(["b/3"], (await bucket.ListAsync("b/", "b/2")).Select(e => e.Key));
        Assert.Equal(["b/3", "b/2"], (await bucket.DescendAsync("b/", "b/1")).Select(e => e.Key));
        Assert.Equal(["c", "b/3", "b/2", "b/1", "a"], (await bucket.DescendAsync()).Select(e => e.Key));
        Assert.Empty(await bucket.ListAsync("x"));
        Assert.Empty(await bucket.DescendAsync("x"));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task Strange_keys_dont_break_a_listing(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server, "");
        string[] keys = ["a b", "a+b", "a%20b", "a&<>'b", "ü/\U0001F600", "tab\tkey", "ctl\u0001key"];
        if (server == "moto")
            keys = keys[..^2]; // it doesn't know encoding-type, and writes what XML can't hold
        foreach (var key in keys)
        {
            await bucket.Client.PutObjectAsync(new PutObjectRequest { BucketName = bucket.Name, Key = key, ContentBody = "x", UseChunkEncoding = false });
        }

        var entries = await bucket.ListAsync();
        Assert.Equal(keys.Order(StringComparer.Ordinal), entries.Select(e => e.Key).Order(StringComparer.Ordinal));
        Assert.Equal(keys.Length, (await bucket.ListAsync(pageSize: 1)).Count);
        foreach (var entry in entries)
            Assert.Equal(ReadStatus.Ok, (await bucket.Store.ReadAsync(entry, 10, default)).Status);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task More_than_a_page_of_versions_of_one_key_comes_out_whole_and_in_order(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        await bucket.PutAsync("a", "a");

        // moto loses versions of one key that are put at the same time.
        await Parallel.ForEachAsync(Enumerable.Range(0, 1100), new ParallelOptions { MaxDegreeOfParallelism = server == "moto" ? 1 : 8 },
            async (i, _) => Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("k", "v" + i)));
        await bucket.PutAsync("k", "the newest");
        foreach (var key in new[] { "k2", "m", "n" })
            await bucket.PutAsync(key, key);

        var up = await bucket.ListAsync();
        Assert.Equal(1105, up.Count);
        Assert.Equal(1105, up.Select(e => (e.Key, e.VersionId)).Distinct().Count());
        Assert.Equal("the newest", Encoding.UTF8.GetString((await bucket.Store.ReadAsync(up[1], 100, default)).Content.Span));
        Assert.Equal(up, await bucket.ListAsync(pageSize: 7));

        var down = await bucket.DescendAsync();
        var expected = up.GroupBy(e => e.Key).Reverse().SelectMany(g => g).ToList();
        Assert.Equal(expected, down);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_bucket_without_versions_has_null_versions(string server)
    {
        await using var bucket = await TestBucket.PlainAsync(server);
        await bucket.PutAsync("k", "one");
        await bucket.PutAsync("k", "two");
        var entry = Assert.Single(await bucket.ListAsync());
        Assert.Equal("null", entry.VersionId);
        Assert.Equal("two", Encoding.UTF8.GetString((await bucket.Store.ReadAsync(entry, 10, default)).Content.Span));
        var seen = await bucket.Store.ReadRetentionAsync(entry, default);
        Assert.NotEqual(RetentionKnowledge.Locked, seen.Knowledge);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_version_that_is_gone_or_too_large_is_told(string server)
    {
        await using var bucket = await TestBucket.VersionedAsync(server);
        await bucket.PutAsync("k", "0123456789");
        await bucket.PutAsync("k", "again");
        var entries = await bucket.ListAsync();
        Assert.Equal(ReadStatus.TooLarge, (await bucket.Store.ReadAsync(entries[1], 9, default)).Status);
        Assert.Equal(ReadStatus.Ok, (await bucket.Store.ReadAsync(entries[1], 10, default)).Status);

        await bucket.Client.DeleteObjectAsync(bucket.Name, "log/k", entries[1].VersionId);
        Assert.Equal(ReadStatus.Gone, (await bucket.Store.ReadAsync(entries[1], 10, default)).Status);
        var seen = await bucket.Store.ReadRetentionAsync(entries[1], default);
        Assert.Equal(RetentionKnowledge.Unknown, seen.Knowledge);
        Assert.Contains("no longer there", seen.Reason, StringComparison.Ordinal);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task The_default_lock_is_read_back_and_keeps_the_version(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server, days: 3);
        var before = DateTimeOffset.UtcNow;
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("k", "one", PutCondition.Absent));
        var entry = Assert.Single(await bucket.ListAsync());

        var seen = await bucket.Store.ReadRetentionAsync(entry, default);
        Assert.Equal((RetentionKnowledge.Locked, RetentionMode.Governance), (seen.Knowledge, seen.Mode));
        Assert.InRange(seen.Until!.Value, before.AddDays(3).AddSeconds(-2), DateTimeOffset.UtcNow.AddDays(3).AddSeconds(2));

        var refusal = await TestBucket.RefusalAsync(() => bucket.Client.DeleteObjectAsync(bucket.Name, "log/k", entry.VersionId));
        Assert.Equal((HttpStatusCode.Forbidden, "AccessDenied"), (refusal.StatusCode, refusal.ErrorCode));
        Assert.Equal(ReadStatus.Ok, (await bucket.Store.ReadAsync(entry, 10, default)).Status);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_lock_that_was_asked_for_is_read_back_and_none_is_told_as_none(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server);
        var until = DateTimeOffset.UtcNow.AddHours(30);
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("locked", "one", until: new RetentionUntil(RetentionMode.Compliance, until)));
        Assert.Equal(PutOutcome.Stored, await bucket.PutAsync("not", "two"));
        var entries = await bucket.ListAsync();

        var locked = await bucket.Store.ReadRetentionAsync(entries[0], default);
        Assert.Equal((RetentionKnowledge.Locked, RetentionMode.Compliance), (locked.Knowledge, locked.Mode));
        Assert.InRange(locked.Until!.Value, until, until.AddSeconds(1));

        var not = await bucket.Store.ReadRetentionAsync(entries[1], default);
        if (server == "moto")
            Assert.Equal(RetentionKnowledge.Unknown, not.Knowledge); // it answers 200 with nothing that says so
        else
            Assert.Equal((RetentionKnowledge.NotLocked, (string?)null), (not.Knowledge, not.Reason));
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_legal_hold_is_seen(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server, days: 1);
        await bucket.PutAsync("k", "one");
        var entry = Assert.Single(await bucket.ListAsync());
        await bucket.Client.PutObjectLegalHoldAsync(new PutObjectLegalHoldRequest
        {
            BucketName = bucket.Name, Key = "log/k", VersionId = entry.VersionId,
            LegalHold = new ObjectLockLegalHold { Status = Amazon.S3.ObjectLockLegalHoldStatus.On },
        });
        Assert.True((await bucket.Store.ReadRetentionAsync(entry, default)).LegalHold);
    }

    [MotoFact]
    public async Task An_archived_version_is_unreadable_and_the_cure_is_named()
    {
        await using var bucket = await TestBucket.VersionedAsync("moto");
        await bucket.Client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = bucket.Name, Key = "log/k", ContentBody = "x", UseChunkEncoding = false, StorageClass = Amazon.S3.S3StorageClass.DeepArchive,
        });
        var read = await bucket.Store.ReadAsync(Assert.Single(await bucket.ListAsync()), 10, default);
        Assert.Equal(ReadStatus.Unreadable, read.Status);
        Assert.Contains("restore", read.Reason, StringComparison.OrdinalIgnoreCase);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_missing_bucket_is_named_whatever_is_asked(string server)
    {
        await using var store = new AwsCloud().OpenStore(LogLocation.Parse("s3://" + TestServers.NewBucketName()), TestServers.Of(server));
        var version = new StoredVersion("k", "v", "", 1, default, false);
        Func<Task>[] calls =
        [
            async () => await store.PutAsync("k", new byte[1], PutCondition.Absent, null, default),
            async () => await store.ReadAsync(version, 10, default),
            async () => await store.ReadRetentionAsync(version, default),
            async () => { await foreach (var _ in store.ListAsync("", null, 10, default)) { } },
            async () => { await foreach (var _ in store.ListDescendingAsync("", null, default)) { } },
        ];
        foreach (var call in calls)
        {
            var e = await Assert.ThrowsAsync<AuditException>(call);
            Assert.Equal(AuditErrors.BucketNotFound, e.ErrorId);
        }
    }

    [RgwFact]
    public async Task Wrong_credentials_are_told_as_Ceph_tells_them_and_never_shown()
    {
        await using var bucket = await TestBucket.VersionedAsync("rgw");
        const string Secret = "wrong-secret-wrong-secret-wrong-secret-0";
        foreach (var connection in new[] { TestServers.Rgw with { SecretKey = Secret }, TestServers.Rgw with { AccessKey = "AKIANOBODYNOBODYNOBO", SecretKey = Secret } })
        {
            await using var store = new AwsCloud().OpenStore(LogLocation.Parse("s3://" + bucket.Name), connection);
            var version = new StoredVersion("k", "v", "", 1, default, false);
            Func<Task>[] calls =
            [
                async () => await store.PutAsync("k", new byte[1], PutCondition.Absent, null, default),
                async () => { await foreach (var _ in store.ListAsync("", null, 10, default)) { } },
            ];
            foreach (var call in calls)
            {
                // With its STS switched on, Ceph calls wrong keys AccessDenied.
                var e = await Assert.ThrowsAsync<AuditException>(call);
                Assert.Contains(e.ErrorId, new[] { AuditErrors.CredentialsInvalid, AuditErrors.AccessDenied });
                Assert.Contains("secret", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
            }

            var read = await store.ReadAsync(version, 10, default);
            Assert.Equal(ReadStatus.Unreadable, read.Status);
            Assert.DoesNotContain(Secret, read.Reason, StringComparison.Ordinal);
        }
    }

    [RgwFact]
    public async Task A_stranger_is_told_which_permission_he_lacks()
    {
        await using var bucket = await TestBucket.LockedAsync("rgw", days: 1);
        await bucket.PutAsync("k", "one");
        var entry = Assert.Single(await bucket.ListAsync());
        await using var store = new AwsCloud().OpenStore(LogLocation.Parse($"s3://{bucket.Name}/log"), TestServers.RgwUser);

        var e = await Assert.ThrowsAsync<AuditException>(async () => await store.PutAsync("k", new byte[1], PutCondition.Absent, null, default));
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("s3:PutObject", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<AuditException>(async () => { await foreach (var _ in store.ListAsync("", null, 10, default)) { } });
        Assert.Equal(AuditErrors.AccessDenied, e.ErrorId);
        Assert.Contains("s3:ListBucketVersions", e.Message, StringComparison.Ordinal);

        var read = await store.ReadAsync(entry, 10, default);
        Assert.Equal(ReadStatus.Unreadable, read.Status);
        Assert.Contains("s3:GetObjectVersion", read.Reason, StringComparison.Ordinal);
        var seen = await store.ReadRetentionAsync(entry, default);
        Assert.Equal(RetentionKnowledge.Unknown, seen.Knowledge);
        Assert.Contains("s3:GetObjectRetention", seen.Reason, StringComparison.Ordinal);
        var byDefault = await store.ReadDefaultRetentionAsync(default);
        Assert.Equal(RetentionKnowledge.Unknown, byDefault.Knowledge);
        Assert.Contains("s3:GetBucketObjectLockConfiguration", byDefault.Reason, StringComparison.Ordinal);
    }

    [BothServersTheory]
    [InlineData("rgw")]
    [InlineData("moto")]
    public async Task A_lock_beyond_the_end_of_32_bits_is_refused_before_anything_is_sent(string server)
    {
        await using var bucket = await TestBucket.LockedAsync(server);
        var until = new DateTimeOffset(2106, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var e = await Assert.ThrowsAsync<AuditException>(() => bucket.PutAsync("k", "x", until: new RetentionUntil(RetentionMode.Compliance, until)));
        Assert.Equal(AuditErrors.RetentionInvalid, e.ErrorId);
        Assert.Contains("32 bits", e.Message, StringComparison.Ordinal);
        Assert.Empty(await bucket.ListAsync());
    }
}
