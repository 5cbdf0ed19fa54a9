using System.IO.Compression;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Events.Import;

/// <summary>One entry of a CloudTrail file: an event, or why there is none.</summary>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Index">The entry's place in the file's <c>Records</c>, from 0; −1 where the error is about the file.</param>
/// <param name="Event">The event; null where there is an error.</param>
/// <param name="Error"><c>FormatInvalid</c>, naming file and index, or why the file can't be read; null where there is an event.</param>
public sealed record CloudTrailEntry(string File, int Index, AuditEvent? Event, AuditException? Error);

/// <summary>
/// Reads AWS CloudTrail log files, <c>{"Records":[…]}</c>, compressed or not, one entry at a time: memory doesn't grow
/// with the file. A bad entry is told in its place and the others are read on; where the JSON itself breaks off, what
/// came before it has been handed out.
/// </summary>
public static class CloudTrailReader
{
    /// <summary>Reads a file, or all <c>*.json</c> and <c>*.json.gz</c> files in a folder and below, in the order of their names.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c> where there is no such file, or none in the folder; <c>AccessDenied</c>.</exception>
    public static async IAsyncEnumerable<CloudTrailEntry> ReadPathAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        foreach (var file in FilesAt(path))
        {
            var (stream, error) = Open(file);
            if (stream is null)
            {
                yield return new CloudTrailEntry(file, -1, null, error);
                continue;
            }

            await using (stream.ConfigureAwait(false))
            {
                await foreach (var entry in ReadAsync(stream, file, cancellationToken).ConfigureAwait(false))
                    yield return entry;
            }
        }
    }

    /// <summary>Reads one file's content.</summary>
    /// <param name="content">The bytes; gzip is recognised by its first two.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public static async IAsyncEnumerable<CloudTrailEntry> ReadAsync(
        Stream content, string name, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(name);
        var raw = PipeReader.Create(content, new StreamPipeReaderOptions(leaveOpen: true));
        var pipe = await IsGzipAsync(raw, cancellationToken).ConfigureAwait(false)
            ? PipeReader.Create(new GZipStream(raw.AsStream(leaveOpen: true), CompressionMode.Decompress))
            : raw;
        try
        {
            var parser = new CloudTrailParser();
            for (var index = 0; ; index++)
            {
                AuditException? broken = null;
                ReadOnlyMemory<byte>? record = null;
                try
                {
                    record = await parser.NextAsync(pipe, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is System.Text.Json.JsonException or InvalidDataException or IOException)
                {
                    broken = new AuditException(AuditErrors.FormatInvalid, $"'{name}' isn't a whole CloudTrail file: {e.Message} {index:N0} of its entries were read.", name, e);
                }

                if (broken is not null)
                    yield return new CloudTrailEntry(name, -1, null, broken);
                if (record is null)
                    yield break;
                yield return Interpret(record.Value, name, index);
            }
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
            await raw.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static CloudTrailEntry Interpret(ReadOnlyMemory<byte> record, string file, int index)
    {
        try
        {
            return new CloudTrailEntry(file, index, CloudTrailMapping.ToEvent(record), null);
        }
        catch (Exception e) when (e is AuditException or FormatException or System.Text.Json.JsonException or InvalidOperationException)
        {
            var error = new AuditException(AuditErrors.FormatInvalid, $"Record {index} of '{file}' isn't a CloudTrail event that can be recorded: {e.Message}", file, e);
            return new CloudTrailEntry(file, index, null, error);
        }
    }

    private static async ValueTask<bool> IsGzipAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        var read = await pipe.ReadAtLeastAsync(2, cancellationToken).ConfigureAwait(false);
        var head = new System.Buffers.SequenceReader<byte>(read.Buffer);
        var isGzip = head.TryRead(out var first) && head.TryRead(out var second) && first == 0x1F && second == 0x8B;
        pipe.AdvanceTo(read.Buffer.Start);
        return isGzip;
    }

    private static string[] FilesAt(string path)
    {
        if (File.Exists(path))
            return [path];
        try
        {
            if (Directory.Exists(path))
            {
                string[] files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsCloudTrailName).Order(StringComparer.Ordinal)];
                return files.Length > 0 ? files : throw new AuditException(
                    AuditErrors.LocationInvalid, $"There is no *.json or *.json.gz file in '{path}'. Give the folder that CloudTrail's files were copied to.", path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }

        throw new AuditException(AuditErrors.LocationInvalid, $"There is no file or folder '{path}'.", path);
    }

    private static bool IsCloudTrailName(string file) =>
        file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase);

    private static (FileStream? Stream, AuditException? Error) Open(string file)
    {
        try
        {
            return (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, useAsync: true), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, FileErrors.Translate(e, file));
        }
    }
}
