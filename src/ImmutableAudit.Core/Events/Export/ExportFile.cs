using System.IO.Compression;
using System.Text;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Events.Export;

/// <summary>
/// A file of exported records. It is written under a temporary name beside its own and gets that when it is complete, so
/// that nobody takes half an export for a whole one. A name that ends in <c>.gz</c> is compressed with gzip.
/// </summary>
public sealed class ExportFile : IDisposable
{
    private readonly RecordExporter _exporter;
    private readonly bool _overwrite;
    private readonly byte[] _lineEnd;
    private readonly string _temporary;
    private readonly FileStream _file;
    private readonly Stream _output;
    private bool _done;

    private ExportFile(string path, string temporary, FileStream file, RecordExporter exporter, bool overwrite)
    {
        Path = path;
        _temporary = temporary;
        _file = file;
        _exporter = exporter;
        _overwrite = overwrite;
        _lineEnd = Encoding.UTF8.GetBytes(exporter.LineEnd);
        _output = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new BufferedStream(new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true), 64 * 1024)
            : file;
    }

    /// <summary>The file's name once it is complete.</summary>
    public string Path { get; }

    /// <summary>How many records were written.</summary>
    public long Count { get; private set; }

    /// <summary>Begins a file.</summary>
    /// <param name="path">Its full name. The folder must exist.</param>
    /// <param name="exporter">What writes the records.</param>
    /// <param name="overwrite">Whether a file of that name is replaced once the new one is complete.</param>
    /// <exception cref="AuditException"><c>ExportFileExists</c>, <c>LocationInvalid</c>, <c>AccessDenied</c>, <c>DiskFull</c>, <c>StoreFailed</c>.</exception>
    public static ExportFile Create(string path, RecordExporter exporter, bool overwrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(exporter);
        if (Directory.Exists(path))
            throw new AuditException(AuditErrors.LocationInvalid, $"'{path}' is a folder. Give the name of a file in it.", path);
        if (!overwrite && File.Exists(path))
            throw InTheWay(path);
        var temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        return Try(path, () =>
        {
            var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 * 1024);
            var export = new ExportFile(path, temporary, file, exporter, overwrite);
            try
            {
                export.Begin();
            }
            catch
            {
                export.Dispose();
                throw;
            }

            return export;
        });
    }

    /// <summary>Writes one record.</summary>
    /// <param name="record">The record.</param>
    /// <exception cref="AuditException"><c>DiskFull</c>, <c>StoreFailed</c>.</exception>
    public void Write(AuditRecord record)
    {
        try
        {
            _output.Write(_exporter.ToBytes(record));
            _output.Write(_lineEnd);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, Path);
        }

        Count++;
    }

    /// <summary>Ends the file: it is on the disk and has its name.</summary>
    /// <exception cref="AuditException"><c>ExportFileExists</c> where something took the name in the meantime, <c>AccessDenied</c>, <c>DiskFull</c>, <c>StoreFailed</c>.</exception>
    public void Complete() => Try(Path, () =>
    {
        if (_output != _file)
            _output.Dispose();
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        if (!_overwrite && File.Exists(Path))
            throw InTheWay(Path);
        File.Move(_temporary, Path, _overwrite);
        _done = true;
        return true;
    });

    /// <summary>Lets go of the file. One that isn't complete is removed.</summary>
    public void Dispose()
    {
        if (_done)
            return;
        _done = true;
        try
        {
            // Nothing of it is wanted, so what is left in buffers needn't reach a disk that may be full.
            _file.Close();
        }
        catch (IOException)
        {
            // Its bytes are thrown away.
        }

        File.Delete(_temporary);
    }

    private void Begin()
    {
        if (_exporter.HasByteOrderMark)
            _output.Write(Encoding.UTF8.Preamble);
        if (_exporter.Header is { } header)
            _output.Write(Encoding.UTF8.GetBytes(header + _exporter.LineEnd));
    }

    private static AuditException InTheWay(string path) => new(
        AuditErrors.ExportFileExists, $"There is a file '{path}' already, and nothing was written. Choose another name, or give -Force to replace it.", path);

    private static T Try<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }
    }
}
