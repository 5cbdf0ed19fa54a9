using System.Net;
using System.Text;
using Amazon.S3.Model;
using ImmutableAudit.Storage;

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
            Assert.Equal(3, entry.Size & 3 | 3);
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
}
