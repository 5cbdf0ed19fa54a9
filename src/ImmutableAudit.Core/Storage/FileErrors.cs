namespace ImmutableAudit.Storage;

/// <summary>Turns what the operating system says of files into errors that people can act on.</summary>
internal static class FileErrors
{
    // errno ENOSPC and EDQUOT on Linux and macOS, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows.
    private static readonly int[] FullCodes = OperatingSystem.IsWindows() ? [unchecked((int)0x80070070), unchecked((int)0x80070027)] : [28, 122, 69];

    public static AuditException Translate(Exception e, string path) => e switch
    {
        AuditException audit => audit,
        UnauthorizedAccessException => new AuditException(AuditErrors.AccessDenied, $"No permission on '{path}': {e.Message} Use an account that has it.", path, e),
        IOException io when FullCodes.Contains(io.HResult) => new AuditException(AuditErrors.DiskFull, $"There is no space left for '{path}'. Nothing that was acknowledged is lost; free space and write again.", path, e),
        DirectoryNotFoundException => new AuditException(AuditErrors.LocationInvalid, $"The folder of '{path}' doesn't exist. Make it first.", path, e),
        _ => new AuditException(AuditErrors.StoreFailed, $"'{path}' failed: {e.Message}", path, e),
    };
}
