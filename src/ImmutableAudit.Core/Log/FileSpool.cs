using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>
/// A spool in a directory of its own, for one writer at a time. The file holds a magic line, the origin, the key, the
/// leaf hash of the predecessor's last record, the segment's bytes, for each event to be sent after it its id and its
/// record's body, and a SHA-256 over all of it: what was cut off while being written was never sent, since sending
/// waits for the flush.
/// </summary>
internal sealed class FileSpool : ISpool
{
    private const string Magic = "immutableaudit/spool/v1\n";
    private const string FileName = "sending.spool";
    private const int IdSize = 16;
    private readonly string _directory;
    private readonly FileStream _lock;

    private FileSpool(string directory, FileStream held) => (_directory, _lock) = (directory, held);

    /// <summary>Opens a spool and keeps others out.</summary>
    /// <exception cref="AuditException"><c>SpoolInUse</c>, <c>SpoolInvalid</c>, <c>AccessDenied</c>, <c>DiskFull</c>.</exception>
    public static FileSpool Open(string directory)
    {
        FileStream? held = null;
        try
        {
            if (!Directory.Exists(directory))
            {
                Directory.CreateDirectory(directory);
                // A spool that vanishes with its directory's name when the power goes was none.
                if (Path.GetDirectoryName(Path.GetFullPath(directory)) is { } parent)
                    FileSystem.FlushDirectory(parent);
            }

            held = new FileStream(Path.Combine(directory, "spool.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new FileSpool(directory, held);
        }
        catch (IOException e) when (held is null && Directory.Exists(directory) && File.Exists(Path.Combine(directory, "spool.lock")))
        {
            throw new AuditException(AuditErrors.SpoolInUse, $"The spool '{directory}' is used by another writer. Give every writer a spool of its own.", directory, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, directory);
        }
    }

    public void Keep(string origin, FrozenSegment frozen, EventBatch batch, int rest)
    {
        var path = Path.Combine(_directory, FileName);
        Span<byte> id = stackalloc byte[IdSize];
        try
        {
            using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None))
            using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
            {
                Write(file, hash, Encoding.ASCII.GetBytes(Magic));
                WriteBlock(file, hash, Encoding.UTF8.GetBytes(origin));
                WriteBlock(file, hash, Encoding.UTF8.GetBytes(frozen.Key));
                WriteBlock(file, hash, frozen.Segment.Previous.ToArray());
                WriteBlock(file, hash, frozen.Stored.Span);
                for (var i = rest; i < batch.Count; i++)
                {
                    BinaryPrimitives.WriteUInt128LittleEndian(id, batch.Id(i));
                    WriteBlock(file, hash, id);
                    WriteBlock(file, hash, batch.Body(i));
                }

                file.Write(hash.GetHashAndReset());
                file.Flush(true);
            }

            File.Move(path + ".new", path, overwrite: true);
            FileSystem.FlushDirectory(_directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }
    }

    public void Drop()
    {
        var path = Path.Combine(_directory, FileName);
        try
        {
            File.Delete(path);
            FileSystem.FlushDirectory(_directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }
    }

    public KeptSegment? Load(string origin)
    {
        var path = Path.Combine(_directory, FileName);
        if (!File.Exists(path))
            return null;
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }

        // The file got its name after it was flushed whole, so a bad one isn't a torn one.
        var body = content.AsSpan(0, Math.Max(0, content.Length - SHA256.HashSizeInBytes));
        if (!body.StartsWith(Encoding.ASCII.GetBytes(Magic)) || !SHA256.HashData(body).AsSpan().SequenceEqual(content.AsSpan(body.Length)))
            throw Altered(path);
        var rest = (ReadOnlyMemory<byte>)content.AsMemory(Magic.Length, body.Length - Magic.Length);
        // The digest keeps accidents out and no people: whoever may write here can make one that fits.
        if (!TryTake(ref rest, out var ofOrigin) || !TryTake(ref rest, out var key) || !TryTake(ref rest, out var previous)
            || !TryTake(ref rest, out var stored) || previous.Length != Merkle.Digest.Size)
            throw Altered(path);
        var name = Encoding.UTF8.GetString(ofOrigin.Span);
        if (name != origin)
            throw new AuditException(AuditErrors.SpoolInvalid, $"The spool '{_directory}' holds events for another log ({name}). Write to that log with it first, or give another spool.", path);
        var after = new List<KeptEvent>();
        while (!rest.IsEmpty)
        {
            if (!TryTake(ref rest, out var id) || !TryTake(ref rest, out var what) || id.Length != IdSize)
                throw Altered(path);
            after.Add(new KeptEvent(BinaryPrimitives.ReadUInt128LittleEndian(id.Span), what));
        }

        return new KeptSegment(Encoding.UTF8.GetString(key.Span), new Merkle.Digest(previous.Span), stored, after);
    }

    public void Dispose() => _lock.Dispose();

    private static void Write(FileStream file, IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes);
        hash.AppendData(bytes);
    }

    private static void WriteBlock(FileStream file, IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Write(file, hash, length);
        Write(file, hash, bytes);
    }

    private static bool TryTake(ref ReadOnlyMemory<byte> rest, out ReadOnlyMemory<byte> block)
    {
        block = default;
        if (rest.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(rest.Span) is var length && length > rest.Length - 4)
            return false;
        block = rest.Slice(4, (int)length);
        rest = rest[(4 + (int)length)..];
        return true;
    }

    private static AuditException Altered(string path) => new(
        AuditErrors.SpoolInvalid, $"'{path}' was altered or isn't a spool of this version. It may hold events that nobody has seen: keep it aside, and look for them before you go on.", path);
}
