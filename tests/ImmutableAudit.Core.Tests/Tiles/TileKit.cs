using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Core.Tests.Tiles;

/// <summary>A log's tiles by the definition, hashed plainly from its leaves; and its tile files.</summary>
internal static class TileKit
{
    public static readonly WriterOptions WithoutTiles = new() { Tiles = false };

    public static async Task<TestLog> CreateAsync()
    {
        var log = new TestLog();
        await log.CreateAsync();
        return log;
    }

    public static string PathOf(TestLog log, TileId id) => Path.Combine(log.Directory, id.Key.Replace('/', Path.DirectorySeparatorChar));

    public static string[] Files(TestLog log) => Directory.Exists(Path.Combine(log.Directory, "tile"))
        ? [.. Directory.GetFiles(Path.Combine(log.Directory, "tile"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(log.Directory, path).Replace('\\', '/')).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The keys of all full tiles of a size.</summary>
    public static string[] Expected(long size) =>
    [
        .. Enumerable.Range(0, TileId.MaxLevel + 1)
            .SelectMany(level => Enumerable.Range(0, (int)TileId.CountAt(level, size)).Select(index => new TileId(level, index).Key))
            .Order(StringComparer.Ordinal),
    ];

    public static async Task<List<Digest>> LeavesAsync(TestLog log)
    {
        var leaves = new List<Digest>();
        await foreach (var record in (await AuditLog.OpenAsync(log.Store, default)).ReadAsync(0, long.MaxValue))
            leaves.Add(Digest.Parse(record.LeafHash));
        return leaves;
    }

    /// <summary>Compares every tile file with the definition.</summary>
    public static async Task CheckAsync(TestLog log)
    {
        var level = await LeavesAsync(log);
        Assert.Equal(Expected(level.Count), Files(log));
        using var hasher = new MerkleHasher();
        for (var l = 0; level.Count >= 256; l++)
        {
            var above = new List<Digest>();
            for (var n = 0; n < level.Count / 256; n++)
            {
                var hashes = level.Slice(n * 256, 256);
                Assert.Equal(hashes.SelectMany(hash => hash.ToArray()).ToArray(), await File.ReadAllBytesAsync(PathOf(log, new TileId(l, n))));
                for (; hashes.Count > 1; hashes = [.. hashes.Chunk(2).Select(pair => hasher.Node(pair[0], pair[1]))])
                {
                }

                above.Add(hashes[0]);
            }

            level = above;
        }
    }

    public static async Task WriteAsync(TestLog log, int count, int inOneCommit = int.MaxValue, WriterOptions? options = null)
    {
        await using var writer = await log.WriterAsync(options);
        await WriteAsync(writer, count, inOneCommit);
    }

    public static async Task WriteAsync(AuditWriter writer, int count, int inOneCommit = int.MaxValue)
    {
        for (var done = 0; done < count;)
        {
            var batch = writer.NewBatch();
            for (var i = 0; i < inOneCommit && done < count && !batch.IsFull; i++, done++)
                batch.Add(TestLog.Sample(done));
            Assert.Null((await writer.CommitAsync(batch, default)).Failure);
        }
    }
}
