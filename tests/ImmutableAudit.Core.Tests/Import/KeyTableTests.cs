using System.Security.Cryptography;
using ImmutableAudit.Import;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Core.Tests.Import;

public sealed class KeyTableTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"immutableaudit-{Guid.NewGuid():N}.keys");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(20_000)]
    public void Every_key_is_found_and_no_other(int count)
    {
        var keys = Enumerable.Range(0, count).Select(_ => Random()).ToList();
        using var first = KeyTable.Write(_path, "o", 7, Digest.Zero, null, keys.Take(count / 2));
        using var table = KeyTable.Write(_path, "o", 8, Digest.Zero, first, keys.Skip(count / 3));
        Assert.Equal((8, (long)count), (table.Size, table.Count));
        Assert.All(keys, key => Assert.True(table.Contains(key)));
        Assert.DoesNotContain(Enumerable.Range(0, 1000), _ => table.Contains(Random()));
        Assert.False(table.Contains(UInt128.MinValue));
        Assert.False(table.Contains(UInt128.MaxValue));
    }

    [Fact]
    public void Keys_that_lie_close_together_are_found_too()
    {
        var keys = Enumerable.Range(0, 5000).Select(i => (UInt128)(i * (long)i)).Append(UInt128.MaxValue).ToList();
        using var table = KeyTable.Write(_path, "o", 8, Digest.Zero, null, keys);
        Assert.All(keys, key => Assert.True(table.Contains(key)));
        Assert.False(table.Contains(2));
    }

    [Fact]
    public void Another_logs_table_isnt_used()
    {
        KeyTable.Write(_path, "o", 8, Digest.Zero, null, [1]).Dispose();
        Assert.Null(KeyTable.TryOpen(_path, "p"));
        Assert.Null(KeyTable.TryOpen(_path + ".none", "o"));
    }

    public void Dispose() => File.Delete(_path);

    private static UInt128 Random() => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(RandomNumberGenerator.GetBytes(16));
}
