using System.Buffers.Binary;
using System.Text;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Evidence;

/// <summary>
/// Reads a zip that is written as a package is, and refuses every other before anything is unpacked. A looser reader sees
/// what another doesn't: two files of one name, a file between two others, a name that leads out of the folder.
/// </summary>
internal sealed class ZipReader
{
    private readonly Stream _source;
    private readonly string _path;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private ZipReader(Stream source, string path) => (_source, _path) = (source, path);

    /// <summary>The names of the files, in the zip's order.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Reads the directory.</summary>
    /// <param name="source">The zip; it can be sought in.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="AuditException"><c>EvidenceInvalid</c>.</exception>
    public static ZipReader Open(Stream source, string path)
    {
        var reader = new ZipReader(source, path);
        reader.ReadDirectory();
        return reader;
    }

    /// <summary>A file's content; null where it isn't there.</summary>
    /// <exception cref="AuditException"><c>EvidenceInvalid</c>: what is packed isn't what the zip says of it.</exception>
    public byte[]? Read(string name)
    {
        if (!_entries.TryGetValue(name, out var entry))
            return null;
        var packed = ReadAt(entry.DataAt, entry.PackedSize);
        if (entry.Method == ZipFormat.Deflated)
        {
            var content = new byte[entry.Size];
            if (GzipMember.Inflate(packed, content) is not null)
                throw Refused($"'{name}' doesn't unpack to what is said of it");
            packed = content;
        }

        return Crc32.Compute(packed) == entry.Crc ? packed : throw Refused($"'{name}' is damaged (its CRC is another)");
    }

    private void ReadDirectory()
    {
        if (_source.Length is < ZipFormat.EndLength or > int.MaxValue + 16L * 1024 * 1024)
            throw Refused("it isn't a zip, or it is larger than any");
        ReadOnlySpan<byte> end = ReadAt(_source.Length - ZipFormat.EndLength, ZipFormat.EndLength);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), begin = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        if (!end.StartsWith(ZipFormat.EndSignature) || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != 0)
            throw Refused("it isn't a zip, was cut off, or something follows it");
        if (end[4..8].ContainsAnyExcept((byte)0) || BinaryPrimitives.ReadUInt16LittleEndian(end[8..]) != count || begin + size != _source.Length - ZipFormat.EndLength)
            throw Refused("its directory isn't where it says, or it is of several parts");
        if (count > ZipFormat.MaxEntries)
            throw Refused($"it has more than {ZipFormat.MaxEntries:N0} files");
        // Each entry costs at most so much, so what is read here is bounded.
        if (size > (long)count * (ZipFormat.EntryLength + ZipFormat.MaxNameLength))
            throw Refused("its directory is larger than its files' names need");
        ReadEntries(ReadAt(begin, (int)size), count, begin);
    }

    private void ReadEntries(ReadOnlySpan<byte> rest, int count, long end)
    {
        var folded = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long at = 0, total = 0;
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < ZipFormat.EntryLength || !rest.StartsWith(ZipFormat.EntrySignature))
                throw Refused("its directory is damaged");
            var shared = rest.Slice(6, ZipFormat.SharedLength);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(shared[22..]);
            if (rest[32..34].ContainsAnyExcept((byte)0) || rest[34..36].ContainsAnyExcept((byte)0) || rest.Length < ZipFormat.EntryLength + length)
                throw Refused("an entry has a comment, or is of another part");
            var name = Encoding.Latin1.GetString(rest.Slice(ZipFormat.EntryLength, length));
            var entry = ReadEntry(shared, name);
            if (!IsSafe(name) || !folded.Add(name))
                throw Refused($"it holds a file whose name may not be, or differs from another's in case at most: '{Shown(name)}'");
            // One behind the other, without a gap: what lies between would be seen by some readers only.
            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[42..]) != at)
                throw Refused($"'{name}' doesn't lie right behind the file before it");
            total += entry.Size;
            if (total > ZipFormat.MaxTotalBytes)
                throw Refused("its files are larger than a package's can be");
            at = CheckLocal(at, end, shared, name, entry);
            _entries.Add(name, entry with { DataAt = at - entry.PackedSize });
            rest = rest[(ZipFormat.EntryLength + length)..];
        }

        if (!rest.IsEmpty || at != end)
            throw Refused("something lies between its files");
    }

    private Entry ReadEntry(ReadOnlySpan<byte> shared, string name)
    {
        // Bit 11 only says that the name is UTF-8, as ASCII is.
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(shared[2..]) & ~0x0800;
        var entry = new Entry(
            BinaryPrimitives.ReadUInt16LittleEndian(shared[4..]), BinaryPrimitives.ReadUInt32LittleEndian(shared[10..]),
            (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(shared[14..]), int.MaxValue), (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(shared[18..]), int.MaxValue), 0);
        if ((flags & 1) != 0)
            throw Refused($"'{Shown(name)}' is encrypted");
        if (flags != 0 || entry.Method is not (ZipFormat.Stored or ZipFormat.Deflated) || BinaryPrimitives.ReadUInt16LittleEndian(shared[24..]) != 0)
            throw Refused($"'{Shown(name)}' is packed in another way than a package's files are. Was it packed again by another program? Give the file as it was exported");
        if (entry.Size > ZipFormat.MaxFileBytes || (entry.Method == ZipFormat.Stored && entry.Size != entry.PackedSize))
            throw Refused($"'{Shown(name)}' says that it is of a size that no file of a package has");
        return entry;
    }

    private long CheckLocal(long at, long end, ReadOnlySpan<byte> shared, string name, Entry entry)
    {
        var header = ZipFormat.LocalLength + name.Length;
        if (at + header + entry.PackedSize > end)
            throw Refused($"'{name}' reaches beyond the zip's end");
        ReadOnlySpan<byte> local = ReadAt(at, header);
        if (!local.StartsWith(ZipFormat.LocalSignature) || !local.Slice(4, ZipFormat.SharedLength).SequenceEqual(shared) || Encoding.Latin1.GetString(local[ZipFormat.LocalLength..]) != name)
            throw Refused($"'{name}' is one thing in the zip's directory and another at its place");
        return at + header + entry.PackedSize;
    }

    // Relative, of plain characters, and without a part that some system reads as another place.
    private static bool IsSafe(string name) =>
        name.Length is > 0 and <= ZipFormat.MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/')
        && name.Split('/').All(part => part.Length > 0 && part[0] != '.' && part[^1] != '.');

    private static string Shown(string name) => string.Concat(name.Where(c => c is >= ' ' and < '\x7F').Take(ZipFormat.MaxNameLength));

    private byte[] ReadAt(long at, int count)
    {
        var bytes = new byte[count];
        _source.Position = at;
        try
        {
            _source.ReadExactly(bytes);
        }
        catch (EndOfStreamException)
        {
            throw Refused("it was cut off");
        }

        return bytes;
    }

    private AuditException Refused(string why) => new(
        AuditErrors.EvidenceInvalid, $"'{_path}' isn't an evidence package that can be checked: {why}. Nothing in it was looked at further.", _path);

    private sealed record Entry(ushort Method, uint Crc, int PackedSize, int Size, long DataAt);
}
