using ImmutableAudit.Import;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.WriterProcess;

/// <summary>An import as a process of its own: <c>import LOG KEY HOME SOURCE</c>. It says "open" when it begins to read the source.</summary>
internal static class ImportRun
{
    public const string Command = "import";

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [_, var log, var keyPath, var home, var source])
            throw new ArgumentException("import LOG KEY HOME SOURCE");
        await using var store = Stores.Open(LogLocation.Parse(log));
        using var key = KeyFile.Open(keyPath, default);
        await using var importer = await EventImporter.OpenAsync(store, key, home, problem => Console.Error.WriteLine(problem.Message), default);
        Console.Out.WriteLine("open");
        Console.Out.Flush();
        await importer.ImportPathAsync(source, recurse: true, null, default);
        var counts = await importer.FinishAsync(default);
        Console.Out.WriteLine($"{counts.Added} added, {counts.AlreadyThere} there");
        return counts.Unparsable + counts.Refused == 0 ? 0 : 1;
    }
}
