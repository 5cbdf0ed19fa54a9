using System.IO.Compression;
using System.Security.Cryptography;

namespace ImmutableAudit.Evidence;

/// <summary>Writes a package's zip, without times and attributes, so that nothing in it says where or when it was packed.</summary>
internal sealed class ZipWriter : IDisposable
{
    private const long MaxBytes = int.MaxValue;
    private static readonly DateTimeOffset _noTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Stream _destination;
    private readonly ZipArchive _zip;
    private readonly List<PackedFile> _files = [];

    /// <param name="destination">Empty; it can be sought in and read.</param>
    public ZipWriter(Stream destination)
    {
        _destination = destination;
        _zip = new ZipArchive(destination, ZipArchiveMode.Create, leaveOpen: true);
    }

    /// <summary>What was written so far.</summary>
    public IReadOnlyList<PackedFile> Files => _files;

    public void Add(string name, ReadOnlySpan<byte> content)
    {
        if (_files.Count == ZipFormat.MaxEntries || _destination.Position > MaxBytes)
            throw new AuditException(AuditErrors.RangeInvalid, $"So much doesn't fit into one package (at most {ZipFormat.MaxEntries:N0} files and 2 GiB). Select less and make several.");
        var entry = _zip.CreateEntry(name, CompressionLevel.Optimal);
        entry.LastWriteTime = _noTime;
        entry.ExternalAttributes = 0;
        using (var file = entry.Open())
            file.Write(content);
        _files.Add(new PackedFile(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
    }

    /// <summary>Writes the directory.</summary>
    /// <returns>SHA-256 over the whole zip, hex.</returns>
    public string Finish()
    {
        _zip.Dispose();
        _destination.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(_destination));
    }

    public void Dispose() => _zip.Dispose();
}

/// <summary>A file in a package.</summary>
/// <param name="Name">Its path in the zip.</param>
/// <param name="Size">Its bytes, uncompressed.</param>
/// <param name="Sha256">Its SHA-256, hex.</param>
internal sealed record PackedFile(string Name, long Size, string Sha256);
