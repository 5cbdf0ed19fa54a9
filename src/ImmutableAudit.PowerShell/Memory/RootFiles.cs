using System.Management.Automation;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.PowerShell;

/// <summary>Reads the certificates of timestamping authorities' roots from the files that a parameter names.</summary>
internal static class RootFiles
{
    private const int MaxFileBytes = 1024 * 1024;

    public static TimestampRoots? Read(string[]? paths, SessionState session) =>
        paths is not { Length: > 0 } ? null : TimestampRoots.Read(ReadContents(paths, session));

    /// <summary>The files as they are: each one's name, for messages, and its content.</summary>
    public static IReadOnlyList<(string Name, byte[] Content)> ReadContents(string[]? paths, SessionState session) =>
        (paths ?? []).Select(path => (path, Content(path, session))).ToArray();

    private static byte[] Content(string path, SessionState session)
    {
        var file = new FileInfo(LogAddress.FilePath(path, session));
        if (!file.Exists)
            throw new AuditException(AuditErrors.FormatInvalid, $"There is no file '{file.FullName}'. Give the root certificate of the timestamping authority, in PEM or DER.", path);
        if (file.Length > MaxFileBytes)
            throw new AuditException(AuditErrors.FormatInvalid, $"'{file.FullName}' is too large to hold certificates.", path);
        return File.ReadAllBytes(file.FullName);
    }
}
