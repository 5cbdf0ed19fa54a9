using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// Reads what others logged, entry by entry: memory doesn't grow with the source. Compression (gzip), encoding (UTF-8,
/// UTF-16) and format are found out from the content. A bad entry is told in its place and the others are read on.
/// </summary>
public static class EventSource
{
    /// <summary>Reads one source.</summary>
    /// <param name="stored">Its bytes. The caller disposes of the stream.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">How to read it; null to find out.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <returns>Events and errors in the source's order. An error with the position −1 is the last entry: it ends the source.</returns>
    public static async IAsyncEnumerable<SourceEntry> ReadAsync(
        Stream stored, string name, SourceOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stored);
        ArgumentNullException.ThrowIfNull(name);
        var entries = EntriesAsync(stored, name, options ?? new SourceOptions(), cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (entries.ConfigureAwait(false))
        {
            for (var read = 0L; ; read++)
            {
                AuditException? broken = null;
                try
                {
                    if (!await entries.MoveNextAsync().ConfigureAwait(false))
                        yield break;
                }
                catch (Exception e) when (e is JsonException or InvalidDataException or IOException or UnauthorizedAccessException or AuditException)
                {
                    broken = Broken(e, name, read);
                }

                if (broken is not null)
                {
                    yield return new SourceEntry(name, -1, null, broken);
                    yield break;
                }

                yield return entries.Current;
            }
        }
    }

    private static async IAsyncEnumerable<SourceEntry> EntriesAsync(
        Stream stored, string name, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (options.Delimiter is '"' or '\r' or '\n' or > '\u007F')
            throw new AuditException(AuditErrors.FormatInvalid, $"'{options.Delimiter}' can't part the fields of a CSV file. Give one ASCII character, no quote and no line end.", options.Delimiter);
        var content = await SourceContent.OpenAsync(stored, name, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var head = content.Head;
            var format = options.Format;
            if (format == SourceFormat.Auto)
            {
                if (head.Span.Trim(" \t\r\n"u8).IsEmpty || FormatDetector.IsDigest(head.Span))
                    yield break;
                format = FormatDetector.Detect(head.Span, options);
            }

            await foreach (var entry in Reader(format, options, name).ReadAsync(content, cancellationToken).ConfigureAwait(false))
                yield return entry;
        }
    }

    private static EventReader Reader(SourceFormat format, SourceOptions options, string name) => format switch
    {
        SourceFormat.CloudTrail => new JsonEventReader(format, "a CloudTrail event", CloudTrailMapping.ToEvent, "Records"),
        SourceFormat.Ocsf => new JsonEventReader(format, "an OCSF event", OcsfMapping.ToEvent),
        SourceFormat.JsonLines => new JsonEventReader(format, "an event", entry => options.Map.Map(field => FieldMap.FieldOf(entry, field), KeptData.Of(entry))),
        SourceFormat.Csv => new CsvReader(options.Map, options.Delimiter),
        SourceFormat.W3c => new W3cReader(),
        SourceFormat.S3Access => new S3AccessReader(),
        SourceFormat.WindowsEvent => new WindowsEventReader(),
        SourceFormat.LinuxAudit => new LinuxAuditReader(),
        _ => throw new AuditException(AuditErrors.FormatInvalid, $"What '{name}' holds can't be told from its beginning. Say its format; a CSV file takes a field map that names its columns.", name),
    };

    private static AuditException Broken(Exception e, string name, long read) => e switch
    {
        AuditException audit => audit,
        JsonException or InvalidDataException => new AuditException(
            AuditErrors.FormatInvalid, $"'{name}' can't be read to its end: {e.Message} {read:N0} of its entries were read.", name, e),
        _ => Storage.FileErrors.Translate(e, name),
    };
}
