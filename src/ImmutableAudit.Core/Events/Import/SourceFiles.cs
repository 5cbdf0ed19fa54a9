using ImmutableAudit.Storage;

namespace ImmutableAudit.Events.Import;

/// <summary>Finds and opens the files of a source.</summary>
internal static class SourceFiles
{
    /// <summary>The files in a folder, and below it if wanted, in the order of their names.</summary>
    /// <exception cref="AuditException"><c>LocationInvalid</c> where there is no such folder; <c>AccessDenied</c>.</exception>
    public static string[] In(string folder, bool recurse)
    {
        try
        {
            if (Directory.Exists(folder))
                return [.. Directory.EnumerateFiles(folder, "*", recurse ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, folder);
        }

        throw new AuditException(AuditErrors.LocationInvalid, $"There is no file or folder '{folder}'.", folder);
    }

    /// <summary>Opens a file, also one that is being written.</summary>
    public static (FileStream? Stream, AuditException? Error) Open(string file)
    {
        try
        {
            return (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, FileOptions.SequentialScan), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, FileErrors.Translate(e, file));
        }
    }
}
