using System.IO.Compression;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Export;

/// <summary>Writes record lines to one file, under another name until it is whole.</summary>
internal static class LineExport
{
    public static async Task<long> RunAsync(IObjectStore store, AuditLog log, string destination, bool replace, CancellationToken cancellationToken)
    {
        if (Directory.Exists(destination))
            throw LogExport.Refused(destination, "it is a directory, and JsonLines are one file. Give a file's name.");
        if (File.Exists(destination) && !replace)
            throw LogExport.Refused(destination, "there is a file of that name. Give another, or -Force to replace it.");
        var temporary = $"{destination}.{Guid.NewGuid():N}.tmp";
        try
        {
            var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            await using (file.ConfigureAwait(false))
            {
                if (destination.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                {
                    var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
                    await using (gzip.ConfigureAwait(false))
                        await WriteAsync(store, log, gzip, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await WriteAsync(store, log, file, cancellationToken).ConfigureAwait(false);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, destination, replace);
        }
        finally
        {
            File.Delete(temporary);
        }

        return 0;
    }

    private static async Task WriteAsync(IObjectStore store, AuditLog log, Stream file, CancellationToken cancellationToken)
    {
        await foreach (var (segment, _) in SegmentReader.ReadAsync(store, log.Head, 0, log.Size - 1, cancellationToken).ConfigureAwait(false))
        {
            for (var i = 0; i < segment.Count; i++)
            {
                file.Write(segment.Line(i).Span);
                file.WriteByte((byte)'\n');
            }
        }
    }
}
