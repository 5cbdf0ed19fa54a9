using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// The part of a session's spool that is older than any segment: which commands were begun or ended and aren't in the
/// log yet. One JSON object a line, appended before the command runs, so that a killed process leaves it behind.
/// Flushed to the operating system, not to the disk: it outlives the process, not a power failure.
/// </summary>
internal sealed class SessionJournal : IDisposable
{
    private const string FileName = "session.journal";
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Line _head;
    private readonly SortedDictionary<long, Line> _open = [];
    private FileStream _file;

    private SessionJournal(string path, string log, SessionEntry start, IEnumerable<SessionEntry> ended)
    {
        _path = path;
        _head = new Line { Log = log, Start = start };
        foreach (var entry in ended)
            _open[entry.Number] = new Line { Entry = entry, Ended = true };
        _file = Replace();
    }

    /// <summary>Begins a journal in place of what was there.</summary>
    /// <param name="directory">The session's spool.</param>
    /// <param name="log">The log that the session is recorded into.</param>
    /// <param name="start">The record that began the session.</param>
    /// <param name="ended">What it holds already.</param>
    /// <exception cref="AuditException"><c>SpoolInvalid</c>.</exception>
    public static SessionJournal Create(string directory, string log, SessionEntry start, IEnumerable<SessionEntry> ended)
    {
        try
        {
            return new SessionJournal(Path.Combine(directory, FileName), log, start, ended);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(directory, e);
        }
    }

    /// <summary>Keeps an entry until <see cref="Done"/>; a later one with the same number takes its place.</summary>
    public void Keep(SessionEntry entry, bool ended)
    {
        lock (_gate)
        {
            var line = new Line { Entry = entry, Ended = ended };
            _open[entry.Number] = line;
            Write(_file, line);
        }
    }

    /// <summary>Notes under which id an entry is about to be sent.</summary>
    public void Sent(SessionEntry entry, Guid id)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(entry.Number, out var line))
                return;
            line = _open[entry.Number] = line with { Id = id };
            Write(_file, new Line { Number = entry.Number, Id = id });
        }
    }

    /// <summary>Forgets entries that are in the log.</summary>
    public void Done(IEnumerable<long> numbers)
    {
        lock (_gate)
        {
            foreach (var number in numbers)
                _open.Remove(number);
            _file.Dispose();
            _file = Replace();
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>What a session left behind that ended without a word.</summary>
    /// <param name="directory">Its spool.</param>
    public static LeftBehind Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        SessionEntry? start = null;
        string? log = null;
        var open = new SortedDictionary<long, Line>();
        var unreadable = 0;
        string[] lines;
        DateTimeOffset last;
        try
        {
            lines = File.Exists(path) ? File.ReadAllLines(path) : [];
            last = File.GetLastWriteTimeUtc(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(directory, e);
        }

        foreach (var text in lines)
        {
            try
            {
                var line = JsonSerializer.Deserialize<Line>(text, Json);
                if (line?.Start is { } head)
                    (start, log) = (head, line.Log);
                else if (line?.Entry is { } entry)
                    open[entry.Number] = line;
                else if (line is { Number: { } number, Id: not null } && open.TryGetValue(number, out var sent))
                    open[number] = sent with { Id = line.Id };
                else
                    unreadable++;
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                unreadable++; // Told in the record of the session's end.
            }
        }

        return new LeftBehind(log, start, [.. open.Values.Select(line => new KeptEntry(line.Entry!, line.Ended, line.Id))], unreadable, last);
    }

    // A new file in place of the old, so that a kill leaves one of the two.
    private FileStream Replace()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(_path + ".new", options))
        {
            foreach (var line in _open.Values.Prepend(_head))
                Write(file, line);
        }

        File.Move(_path + ".new", _path, overwrite: true);
        return new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, 1);
    }

    private static AuditException Unusable(string directory, Exception cause) => new(
        AuditErrors.SpoolInvalid, $"The spool '{directory}' can't be used: {cause.Message} Give a directory that this account can write to.", directory, cause);

    // One write for a line, so that a kill leaves all of it or nothing.
    private static void Write(FileStream file, Line line) => file.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, Json), (byte)'\n']);

    internal sealed record Line
    {
        public string? Log { get; init; }

        public SessionEntry? Start { get; init; }

        public SessionEntry? Entry { get; init; }

        public bool Ended { get; init; }

        public long? Number { get; init; }

        public Guid? Id { get; init; }
    }
}

/// <summary>What a session's journal held.</summary>
/// <param name="Log">The log that it was recorded into.</param>
/// <param name="Start">The record that began the session; null where the journal can't be read.</param>
/// <param name="Entries">What may not be in the log.</param>
/// <param name="Unreadable">How many lines couldn't be read.</param>
/// <param name="Last">When it was written last.</param>
internal sealed record LeftBehind(string? Log, SessionEntry? Start, IReadOnlyList<KeptEntry> Entries, int Unreadable, DateTimeOffset Last);

/// <summary>An entry that a journal held.</summary>
/// <param name="Entry">It.</param>
/// <param name="Ended">Whether the command had ended.</param>
/// <param name="Id">The id under which it was sent, if it was.</param>
internal sealed record KeptEntry(SessionEntry Entry, bool Ended, Guid? Id);
