using System.Globalization;
using System.Text;

namespace ImmutableAudit.WriterProcess;

/// <summary>What became of one event, as its caller knows it.</summary>
/// <param name="Sequence">Its record's number.</param>
/// <param name="LeafHash">Its record's leaf hash.</param>
internal sealed record InLog(long Sequence, string LeafHash);

/// <summary>
/// A caller's own durable journal, one line for each thing, handed to the operating system before he goes on: a kill
/// takes none of it away. Lines are <c>open SIZE</c>, <c>hand NUMBER ID</c>, <c>ack NUMBER SEQ LEAF</c>,
/// <c>found NUMBER SEQ LEAF</c> (read from the log after a start), <c>not NUMBER</c> (not in the log, for certain),
/// <c>kill</c> by whoever kills, and <c>done</c>.
/// </summary>
internal sealed class Journal : IDisposable
{
    private readonly FileStream _file;

    public Journal(string path)
    {
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 1);
        foreach (var line in File.Exists(path) ? ReadLines(path) : [])
            Take(line);
        // Should a line have been cut off, nothing is to be glued to it.
        _file.Write("\n"u8);
    }

    /// <summary>Events that were handed to the writer without a word about them yet, with the ids of their records.</summary>
    public SortedDictionary<int, Guid> Open { get; } = [];

    /// <summary>Events that are in the log.</summary>
    public SortedDictionary<int, InLog> InLog { get; } = [];

    /// <summary>Events that were handed over and aren't in the log, for certain.</summary>
    public SortedSet<int> Failed { get; } = [];

    /// <summary>The first event that was never handed over.</summary>
    public int Next { get; private set; }

    /// <summary>How many records the log had before the events that have no word yet.</summary>
    public long SizeBefore { get; private set; }

    public bool IsDone { get; private set; }

    /// <summary>How many events were acknowledged by a commit, were reported by a start, or were found by reading.</summary>
    public Dictionary<string, int> Ways { get; } = [];

    /// <summary>Writes lines in one go and takes them in.</summary>
    public void Write(IEnumerable<string> lines)
    {
        var all = lines.ToList();
        if (all.Count == 0)
            return;
        _file.Write(Encoding.ASCII.GetBytes(string.Join('\n', all) + "\n"));
        all.ForEach(Take);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>A journal as it stands, for who checks it.</summary>
    public static Journal Read(string path) => new(path);

    private void Take(string line)
    {
        var parts = line.Split(' ');
        var number = parts.Length > 1 && parts[0] != "open" ? int.Parse(parts[1], CultureInfo.InvariantCulture) : -1;
        switch (parts[0])
        {
            case "open" when Open.Count == 0:
                SizeBefore = long.Parse(parts[1], CultureInfo.InvariantCulture);
                break;
            case "hand":
                Open[number] = Guid.Parse(parts[2]);
                Failed.Remove(number);
                Next = Math.Max(Next, number + 1);
                break;
            case "ack" or "found" or "settled":
                // Told a second time where a start reports what was acknowledged right before the kill.
                var told = new InLog(long.Parse(parts[2], CultureInfo.InvariantCulture), parts[3]);
                if (InLog.TryGetValue(number, out var before) && before != told)
                    throw new InvalidOperationException($"Event {number} was {before} and is {told}.");
                InLog[number] = told;
                Open.Remove(number);
                Ways[parts[0]] = Ways.GetValueOrDefault(parts[0]) + 1;
                break;
            case "not":
                Open.Remove(number);
                Failed.Add(number);
                Ways["not"] = Ways.GetValueOrDefault("not") + 1;
                break;
            case "done":
                IsDone = true;
                break;
        }
    }

    private static List<string> ReadLines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        // What has no line feed was cut off.
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
