using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ImmutableAudit.Storage;

/// <summary>
/// The three things that a durable, never-overwriting store needs of the operating system and that the base library
/// doesn't offer: give a file its name only if nothing has it, in one step; and make a directory's entries durable.
/// </summary>
internal static partial class FileSystem
{
    private const int EEXIST = 17;
    private const int ERROR_FILE_EXISTS = 80;
    private const int ERROR_ALREADY_EXISTS = 183;
    private const uint MOVEFILE_WRITE_THROUGH = 8;

    // EPERM, EXDEV, EMLINK, ENOSYS, EOPNOTSUPP of Linux and macOS: the file system has no hard links, or not here.
    private static readonly int[] NoHardLinks = OperatingSystem.IsMacOS() ? [1, 18, 31, 78, 45, 102] : [1, 18, 31, 38, 95];

    /// <summary>Gives the temporary file its final name. The temporary name is gone afterwards.</summary>
    /// <returns>False if something has that name already; nothing was changed then.</returns>
    public static bool Publish(string temporary, string final)
    {
        if (OperatingSystem.IsWindows())
        {
            if (MoveFileEx(temporary, final, MOVEFILE_WRITE_THROUGH))
                return true;
            var code = Marshal.GetLastPInvokeError();
            return code is ERROR_FILE_EXISTS or ERROR_ALREADY_EXISTS ? false : throw new IOException(new Win32Exception(code).Message, unchecked((int)0x80070000) | code);
        }

        if (Link(temporary, final) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno == EEXIST)
                return false;
            if (NoHardLinks.Contains(errno))
                throw new AuditException(AuditErrors.StoreUnsuitable, $"The file system of '{final}' has no hard links ({Marshal.GetPInvokeErrorMessage(errno)}), so nothing there can be written without the risk of overwriting. Put the log on another file system.", final);
            throw new IOException(Marshal.GetPInvokeErrorMessage(errno), errno);
        }

        File.Delete(temporary);
        return true;
    }

    /// <summary>Makes the names in a directory durable. On Windows names are written through when they are given.</summary>
    public static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Open(directory, 0);
        if (handle < 0)
            throw Failed(directory);
        try
        {
            if (Fsync(handle) != 0)
                throw Failed(directory);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Failed(string directory)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"'{directory}' couldn't be flushed to disk: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string added);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);

    [LibraryImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool MoveFileEx(string existing, string added, uint flags);
}
