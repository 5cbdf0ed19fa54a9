using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Export;

/// <summary>What a log can be exported as.</summary>
public enum LogExportFormat
{
    /// <summary>
    /// A directory as C2SP tlog-tiles has it: <c>checkpoint</c>, Merkle tiles and bundles of entries, partial ones included. An
    /// entry is a record's line. Run again on a log that has grown, only what is new is written.
    /// </summary>
    TLogTiles,

    /// <summary>A file with one record a line; compressed with gzip where its name ends in <c>.gz</c>.</summary>
    JsonLines,
}

/// <summary>What an export wrote.</summary>
public sealed record ExportReport
{
    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>The format.</summary>
    public required LogExportFormat Format { get; init; }

    /// <summary>The absolute path of the directory or file.</summary>
    public required string Destination { get; init; }

    /// <summary>How many records the export holds now.</summary>
    public required long Records { get; init; }

    /// <summary>The first record that this run wrote; the number of records where nothing was new.</summary>
    public required long From { get; init; }

    /// <summary>The signed checkpoint of the log at its end.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Why only current objects were seen, so that newer records may be hidden; null where all was seen.</summary>
    public string? VersionsUnseen { get; init; }
}

/// <summary>
/// Writes a log's records to files for who doesn't have the log. Every record is verified on the way, and what was
/// written is given its name only once it is whole.
/// </summary>
public static class LogExport
{
    /// <summary>Exports a log.</summary>
    /// <param name="store">The log's store.</param>
    /// <param name="format">As what.</param>
    /// <param name="destination">The absolute path of a directory (<see cref="LogExportFormat.TLogTiles"/>) or file.</param>
    /// <param name="replace">Whether an existing file may be replaced. Never a directory.</param>
    /// <param name="cancellationToken">Ends it; nothing unfinished keeps its name.</param>
    /// <exception cref="AuditException">
    /// <c>ExportRefused</c> where the destination holds something else; <c>RecordNotVerified</c> or <c>ObjectUnreadable</c> naming what
    /// stopped it; <c>AuditLogEndInDoubt</c>, <c>AuditLogNotFound</c>, <c>AccessDenied</c>, <c>DiskFull</c>, and what the store throws.
    /// </exception>
    public static async Task<ExportReport> RunAsync(
        IObjectStore store, LogExportFormat format, string destination, bool replace, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (log.Doubt is { } doubt)
            throw doubt;
        long from;
        try
        {
            from = format == LogExportFormat.TLogTiles
                ? await TileExport.RunAsync(store, log, destination, cancellationToken).ConfigureAwait(false)
                : await LineExport.RunAsync(store, log, destination, replace, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, destination);
        }

        return new ExportReport
        {
            Log = store.Location,
            Format = format,
            Destination = destination,
            Records = log.Size,
            From = from,
            Checkpoint = log.Checkpoint,
            VersionsUnseen = log.VersionsUnseen,
        };
    }

    internal static AuditException Refused(string destination, string why) =>
        new(AuditErrors.ExportRefused, $"Nothing was exported to '{destination}': {why}", destination);
}
