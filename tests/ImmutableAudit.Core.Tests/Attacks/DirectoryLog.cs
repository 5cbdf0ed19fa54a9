using ImmutableAudit.Storage;

namespace ImmutableAudit.Tests.Attacks;

/// <summary>An attacked log in a directory: whoever may write there may do anything.</summary>
internal sealed class DirectoryLog(string folder) : AttackedLog(new DirectoryStore(LogLocation.Parse(folder)))
{
    public override async Task<string?> PutAsync(string key, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, key))!);
        await File.WriteAllBytesAsync(Path.Combine(folder, key), content);
        return null;
    }

    public override Task RemoveAsync(string key)
    {
        File.Delete(Path.Combine(folder, key));
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(folder, true);
    }
}

/// <summary>The stores that this project's attacks are made on.</summary>
internal static class AttackedLogs
{
    public static async Task<AttackedLog> WriteAsync(string place, int? heartbeat = null)
    {
        Assert.Equal("directory", place);
        var log = new DirectoryLog(Directory.CreateTempSubdirectory("immutableaudit-test-").FullName);
        await log.WriteHonestLogAsync(heartbeat: heartbeat);
        return log;
    }
}

/// <summary>Made on every kind of store: here on a directory, in the tests of the AWS adapter on both servers.</summary>
public sealed class OnEveryStoreAttribute : Xunit.Sdk.DataAttribute
{
    public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) => [["directory"]];
}
