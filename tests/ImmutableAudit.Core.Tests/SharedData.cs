namespace ImmutableAudit.Core.Tests;

/// <summary>Data that is too large or not ours to ship: a folder <c>shared</c> beside the repository, or where IMMUTABLEAUDIT_SHARED says.</summary>
internal static class SharedData
{
    public static string? Folder(string name)
    {
        var shared = Environment.GetEnvironmentVariable("IMMUTABLEAUDIT_SHARED") is { Length: > 0 } given ? given : Beside();
        return shared is not null && Path.Combine(shared, "data", name) is var folder && Directory.Exists(folder) ? folder : null;
    }

    private static string? Beside()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ImmutableAudit.PowerShell.sln")))
                return folder.Parent is { } parent ? Path.Combine(parent.FullName, "shared") : null;
        }

        return null;
    }
}

/// <summary>Runs where a folder of shared data is there, or is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string folder) => Skip = SharedData.Folder(folder) is null
        ? $"No ../shared/data/{folder} beside the repository, and IMMUTABLEAUDIT_SHARED doesn't name it."
        : null;
}
