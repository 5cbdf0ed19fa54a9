using System.Runtime.CompilerServices;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Events.Import;

/// <summary>Reads AWS CloudTrail log files, <c>{"Records":[…]}</c>, compressed or not: see <see cref="EventSource"/>.</summary>
public static class CloudTrailReader
{
    private static readonly SourceOptions Options = new() { Format = SourceFormat.CloudTrail };

    /// <summary>Reads a file, or all <c>*.json</c> and <c>*.json.gz</c> files in a folder and below, in the order of their names.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="AuditException"><c>LocationInvalid</c> where there is no such file, or none in the folder; <c>AccessDenied</c>.</exception>
    public static async IAsyncEnumerable<SourceEntry> ReadPathAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] files = File.Exists(path) ? [path] : [.. SourceFiles.In(path, recurse: true).Where(IsCloudTrailName)];
        if (files.Length == 0)
            throw new AuditException(AuditErrors.LocationInvalid, $"There is no *.json or *.json.gz file in '{path}'. Give the folder that CloudTrail's files were copied to.", path);
        foreach (var file in files)
        {
            var (stream, error) = SourceFiles.Open(file);
            if (stream is null)
            {
                yield return new SourceEntry(file, -1, null, error);
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
    public static IAsyncEnumerable<SourceEntry> ReadAsync(Stream content, string name, CancellationToken cancellationToken = default) =>
        EventSource.ReadAsync(content, name, Options, cancellationToken);

    private static bool IsCloudTrailName(string file) =>
        file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase);
}
