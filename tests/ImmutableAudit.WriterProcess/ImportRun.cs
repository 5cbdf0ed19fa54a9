using ImmutableAudit.Import;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.WriterProcess;

/// <summary>An import as a process of its own, with a commit for each file: <c>import LOG KEY HOME FOLDER</c>.</summary>
internal static class ImportRun
{
    public const string Command = "import";

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [_, var log, var keyPath, var home, var source])
            throw new ArgumentException("import LOG KEY HOME FOLDER");
        await using var store = Stores.Open(LogLocation.Parse(log));
        using var key = KeyFile.Open(keyPath, default);
        await using var importer = await EventImporter.OpenAsync(store, key, home, problem => Console.Error.WriteLine(problem.Message), default);
        foreach (var file in Directory.GetFiles(source, "*.json").Order(StringComparer.Ordinal))
        {
            await importer.ImportPathAsync(file, recurse: false, null, default);
            await importer.FinishAsync(default);
        }

        var counts = importer.Counts;
        Console.Out.WriteLine($"{counts.Added} added, {counts.AlreadyThere} there");
        return counts.Unparsable + counts.Refused == 0 ? 0 : 1;
    }
}
