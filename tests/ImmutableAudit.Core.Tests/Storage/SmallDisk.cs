using System.Diagnostics;

namespace ImmutableAudit.Core.Tests;

/// <summary>A file system of a few KiB in memory, to be filled. Needs to be root on Linux; null elsewhere.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public static SmallDisk? TryMount(int kibibytes)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return null;
        var path = Directory.CreateTempSubdirectory("immutableaudit-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k", "tmpfs", path) == 0)
            return new SmallDisk(path);
        Directory.Delete(path);
        return null;
    }

    /// <summary>Takes all space but so many KiB.</summary>
    public void Fill(int butKibibytes = 0)
    {
        using (var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            try
            {
                while (true)
                    file.Write(new byte[4096]);
            }
            catch (IOException)
            {
                // Full, as wanted.
            }

            file.SetLength(Math.Max(0, file.Length - butKibibytes * 1024));
        }
    }

    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        if (Run("umount", Path) != 0)
            Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
