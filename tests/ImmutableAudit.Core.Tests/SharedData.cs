namespace ImmutableAudit.Core.Tests;

/// <summary>Where the repository is, and the data that is too large or not ours to ship.</summary>
internal static class SharedData
{
    /// <summary>The repository's folder.</summary>
    public static string Repository
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "ImmutableAudit.PowerShell.sln")))
                folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
            return folder;
        }
    }

    /// <summary>Why tests on a folder are skipped; null if it is there.</summary>
    public static string? Missing(string folder) => Folder(folder) is null
        ? $"No ../shared/data/{folder} beside the repository, and IMMUTABLEAUDIT_SHARED doesn't name it."
        : null;

    /// <summary>A folder of ../shared/data beside the repository, or where IMMUTABLEAUDIT_SHARED says; null if it isn't there.</summary>
    public static string? Folder(string name)
    {
        var shared = Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_SHARED") is { Length: > 0 } given
            ? given
            : Path.Combine(Repository, "..", "shared");
        var folder = Path.Combine(shared, "data", name);
        return Directory.Exists(folder) ? folder : null;
    }
}

/// <summary>Runs where folders of shared data are there, or is skipped and says which isn't.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(params string[] folders) => Skip = folders.Select(SharedData.Missing).FirstOrDefault(reason => reason is not null);
}
