using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Chain;

namespace ImmutableAudit.Evidence;

/// <summary>
/// Writes a zip in the one way in which a package is written: one entry behind the other, no times, no attributes, no extra
/// fields. The base library's writer notes the system that it runs on, so the same package wouldn't be the same bytes
/// everywhere.
/// </summary>
internal sealed class ZipWriter(Stream destination) : IDisposable
{
    private const long MaxBytes = int.MaxValue;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MemoryStream _directory = new();
    private readonly List<PackedFile> _files = [];
    private long _at;

    /// <summary>What was written so far.</summary>
    public IReadOnlyList<PackedFile> Files => _files;

    public void Add(string name, ReadOnlySpan<byte> content)
    {
        if (_files.Count == ZipFormat.MaxEntries)
            throw TooLarge();
        var packed = Pack(content);
        var isPacked = packed.Length < content.Length;
        Span<byte> fields = stackalloc byte[ZipFormat.SharedLength];
        BinaryPrimitives.WriteUInt16LittleEndian(fields, ZipFormat.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[4..], isPacked ? ZipFormat.Deflated : ZipFormat.Stored);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[8..], ZipFormat.NoDate);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[10..], Crc32.Compute(content));
        BinaryPrimitives.WriteInt32LittleEndian(fields[14..], isPacked ? packed.Length : content.Length);
        BinaryPrimitives.WriteInt32LittleEndian(fields[18..], content.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[22..], (ushort)name.Length);

        _directory.Write(ZipFormat.EntrySignature);
        WriteUInt16(_directory, ZipFormat.Version);
        _directory.Write(fields);
        // Comment's length, disk, attributes: none.
        _directory.Write(stackalloc byte[10]);
        WriteUInt32(_directory, (uint)_at);
        _directory.Write(Encoding.ASCII.GetBytes(name));

        Write(ZipFormat.LocalSignature);
        Write(fields);
        Write(Encoding.ASCII.GetBytes(name));
        Write(isPacked ? packed : content);
        _files.Add(new PackedFile(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        if (_at > MaxBytes)
            throw TooLarge();
    }

    /// <summary>Writes the directory.</summary>
    /// <returns>SHA-256 over the whole zip, hex.</returns>
    public string Finish()
    {
        var begin = _at;
        Write(_directory.GetBuffer().AsSpan(0, (int)_directory.Length));
        using var end = new MemoryStream();
        end.Write(ZipFormat.EndSignature);
        WriteUInt32(end, 0);
        WriteUInt16(end, (ushort)_files.Count);
        WriteUInt16(end, (ushort)_files.Count);
        WriteUInt32(end, (uint)(_at - begin));
        WriteUInt32(end, (uint)begin);
        WriteUInt16(end, 0);
        Write(end.GetBuffer().AsSpan(0, (int)end.Length));
        return Convert.ToHexStringLower(_sha256.GetHashAndReset());
    }

    public void Dispose()
    {
        _sha256.Dispose();
        _directory.Dispose();
    }

    private static ReadOnlySpan<byte> Pack(ReadOnlySpan<byte> content)
    {
        var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(content);
        return packed.GetBuffer().AsSpan(0, (int)packed.Length);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        destination.Write(bytes);
        _sha256.AppendData(bytes);
        _at += bytes.Length;
    }

    private static void WriteUInt16(Stream to, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        to.Write(bytes);
    }

    private static void WriteUInt32(Stream to, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        to.Write(bytes);
    }

    private static AuditException TooLarge() => new(
        AuditErrors.RangeInvalid, $"So much doesn't fit into one package (at most {ZipFormat.MaxEntries:N0} files and 2 GiB). Select less and make several.");
}

/// <summary>A file in a package.</summary>
/// <param name="Name">Its path in the zip.</param>
/// <param name="Size">Its bytes, uncompressed.</param>
/// <param name="Sha256">Its SHA-256, hex.</param>
internal sealed record PackedFile(string Name, long Size, string Sha256);
