using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Import;

/// <summary>
/// Sorted 128-bit keys in a file, looked up there, so that memory doesn't grow with their number; and which part of
/// which log they are of. The file is replaced as a whole.
/// </summary>
internal sealed class KeyTable : IDisposable
{
    private const int KeySize = 16;
    private const int BlockKeys = 64;
    private const int WriteKeys = 4096;
    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("immutableaudit/imported-keys/v1\n");
    private static readonly int HeadSize = Magic.Length + Digest.Size + sizeof(long) + Digest.Size;
    private readonly FileStream _file;

    private KeyTable(FileStream file, long size, Digest root) => (_file, Size, Root) = (file, size, root);

    /// <summary>How many records of the log were looked at.</summary>
    public long Size { get; }

    /// <summary>The log's root over those.</summary>
    public Digest Root { get; }

    /// <summary>How many keys.</summary>
    public long Count => (_file.Length - HeadSize) / KeySize;

    /// <summary>Opens a table; null where there is none that is whole and of this log.</summary>
    public static KeyTable? TryOpen(string path, string origin)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
            var head = new byte[HeadSize];
            if (RandomAccess.Read(file.SafeFileHandle, head, 0) == HeadSize && head.AsSpan().StartsWith(Magic)
                && head.AsSpan(Magic.Length, Digest.Size).SequenceEqual(OriginHash(origin)) && (file.Length - HeadSize) % KeySize == 0)
            {
                var size = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(Magic.Length + Digest.Size));
                var table = new KeyTable(file, size, new Digest(head.AsSpan(HeadSize - Digest.Size)));
                file = null;
                return table;
            }

            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Writes a table with the keys of another and more.</summary>
    /// <param name="path">Where.</param>
    /// <param name="origin">The log's origin.</param>
    /// <param name="size">How many of its records were looked at.</param>
    /// <param name="root">Its root over those.</param>
    /// <param name="before">The other; null for none. It is disposed of.</param>
    /// <param name="more">More keys.</param>
    /// <exception cref="AuditException"><c>AccessDenied</c>, <c>DiskFull</c>, <c>StoreFailed</c>.</exception>
    public static KeyTable Write(string path, string origin, long size, Digest root, KeyTable? before, IEnumerable<UInt128> more)
    {
        try
        {
            using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024))
            {
                var number = new byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(number, size);
                file.Write([.. Magic, .. OriginHash(origin), .. number, .. root.ToArray()]);
                WriteKeysTo(file, Merge(before, [.. more.Order()]));
                file.Flush(true);
            }

            before?.Dispose();
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }

        return TryOpen(path, origin)!;
    }

    /// <summary>Whether a key is there. Keys are hashes, so where one must stand can be computed nearly.</summary>
    public bool Contains(UInt128 key)
    {
        Span<byte> block = stackalloc byte[BlockKeys * KeySize];
        var (low, high) = (0L, Count);
        var (least, most) = (UInt128.MinValue, UInt128.MaxValue);
        for (var tries = 0; high - low > BlockKeys; tries++)
        {
            // After a few tries by halves, whatever the keys are.
            var share = tries < 16 ? (double)(key - least) / (double)(most - least) : 0.5;
            var at = Math.Clamp(low + (long)((high - low) * share) - BlockKeys / 2, low, high - BlockKeys);
            Read(block, at);
            var (first, last) = (BinaryPrimitives.ReadUInt128BigEndian(block), BinaryPrimitives.ReadUInt128BigEndian(block[^KeySize..]));
            if (key < first)
                (high, most) = (at, first);
            else if (key > last)
                (low, least) = (at + BlockKeys, last);
            else
                return Holds(block, key);
        }

        block = block[..(int)((high - low) * KeySize)];
        Read(block, low);
        return Holds(block, key);
    }

    public void Dispose() => _file.Dispose();

    private static bool Holds(ReadOnlySpan<byte> block, UInt128 key)
    {
        for (; !block.IsEmpty; block = block[KeySize..])
        {
            if (BinaryPrimitives.ReadUInt128BigEndian(block) == key)
                return true;
        }

        return false;
    }

    private void Read(Span<byte> keys, long first)
    {
        var offset = HeadSize + first * KeySize;
        for (var done = 0; done < keys.Length;)
        {
            var read = RandomAccess.Read(_file.SafeFileHandle, keys[done..], offset + done);
            if (read == 0)
                throw new IOException($"'{_file.Name}' is shorter than it was.");
            done += read;
        }
    }

    private IEnumerable<UInt128> All()
    {
        var block = new byte[WriteKeys * KeySize];
        for (var first = 0L; first < Count; first += WriteKeys)
        {
            var count = (int)Math.Min(WriteKeys, Count - first);
            Read(block.AsSpan(0, count * KeySize), first);
            for (var i = 0; i < count; i++)
                yield return BinaryPrimitives.ReadUInt128BigEndian(block.AsSpan(i * KeySize));
        }
    }

    private static IEnumerable<UInt128> Merge(KeyTable? before, UInt128[] more)
    {
        var next = 0;
        foreach (var key in before?.All() ?? [])
        {
            for (; next < more.Length && more[next] < key; next++)
                yield return more[next];
            if (next < more.Length && more[next] == key)
                next++;
            yield return key;
        }

        for (; next < more.Length; next++)
            yield return more[next];
    }

    private static void WriteKeysTo(FileStream file, IEnumerable<UInt128> keys)
    {
        var bytes = new byte[KeySize];
        foreach (var key in keys)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, key);
            file.Write(bytes);
        }
    }

    private static byte[] OriginHash(string origin) => SHA256.HashData(Encoding.UTF8.GetBytes(origin));
}
