using System.Globalization;

namespace ImmutableAudit.WriterProcess;

/// <summary>What a writer's process is told to do.</summary>
/// <param name="Location">The log.</param>
/// <param name="KeyPath">The sealing key's file.</param>
/// <param name="Name">The writer's name: its events are <c>name-0</c>, <c>name-1</c> and so on.</param>
/// <param name="Events">How many events in all, over all its lives.</param>
/// <param name="BatchSize">How many in one commit.</param>
/// <param name="JournalPath">Where it writes down what it does and what it is told.</param>
/// <param name="SpoolDirectory">Its spool; null for none.</param>
/// <param name="StopPath">It ends before its events are all written when this file is there; null for never.</param>
internal sealed record Arguments(
    string Location, string KeyPath, string Name, int Events, int BatchSize, string JournalPath, string? SpoolDirectory, string? StopPath)
{
    public bool IsStopped => StopPath is not null && File.Exists(StopPath);

    public static Arguments Parse(string[] arguments)
    {
        var given = new Dictionary<string, string>();
        for (var i = 0; i + 1 < arguments.Length; i += 2)
            given.Add(arguments[i], arguments[i + 1]);
        return new Arguments(
            given["--log"], given["--key"], given["--name"], Number("--events"), Number("--batch"), given["--journal"],
            given.GetValueOrDefault("--spool"), given.GetValueOrDefault("--stop"));

        int Number(string name) => int.Parse(given[name], CultureInfo.InvariantCulture);
    }
}
