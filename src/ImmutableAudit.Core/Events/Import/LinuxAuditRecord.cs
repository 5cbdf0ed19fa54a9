using System.Globalization;
using System.Text;

namespace ImmutableAudit.Events.Import;

/// <summary>One record of the Linux audit daemon: <c>type=… msg=audit(seconds.milliseconds:serial): name=value …</c>.</summary>
internal sealed class LinuxAuditRecord
{
    // What processes and their users choose. The kernel and the daemon write it in quotes, or in hex where it holds
    // blanks, quotes or other than ASCII.
    private static readonly HashSet<string> Encoded =
    [
        "acct", "cmd", "comm", "cwd", "data", "dev", "dir", "exe", "file", "grp", "key", "name", "new_group", "ocomm", "old", "old-disk", "path",
        "proctitle", "vm", "watch",
    ];

    private LinuxAuditRecord(string? node, string type, string id, List<KeyValuePair<string, string>> fields, List<KeyValuePair<string, string>> names) =>
        (Node, Type, Id, Fields, Names) = (node, type, id, fields, names);

    /// <summary>The host, where the daemon was told to write it.</summary>
    public string? Node { get; }

    /// <summary>For example SYSCALL or USER_LOGIN.</summary>
    public string Type { get; }

    /// <summary>Time and serial number as they are written.</summary>
    public string Id { get; }

    /// <summary>Names and values in their order, decoded; what stands inside of <c>msg='…'</c> too.</summary>
    public List<KeyValuePair<string, string>> Fields { get; }

    /// <summary>What the daemon looked up and appended: names for numbers.</summary>
    public List<KeyValuePair<string, string>> Names { get; }

    public string? this[string name] => Value(Fields, name);

    public string? Name(string name) => Value(Names, name);

    /// <summary>What a record has in common with those of its event: node, time and serial number. Null where it isn't a record.</summary>
    public static string? IdOf(string line)
    {
        if (!line.StartsWith("type=", StringComparison.Ordinal) && !line.StartsWith("node=", StringComparison.Ordinal))
            return null;
        var begin = line.IndexOf(" msg=audit(", StringComparison.Ordinal);
        var end = begin < 0 ? -1 : line.IndexOf(')', begin);
        if (end < 0)
            return null;
        var type = line.IndexOf("type=", StringComparison.Ordinal);
        return type < 0 || type > begin ? null : string.Concat(line.AsSpan(0, type), line.AsSpan(begin, end - begin));
    }

    /// <summary>Whether nothing follows for this event: its end is told, or it is one of those that have one record.</summary>
    public static bool IsLast(string line)
    {
        var type = TypeOf(line);
        // Login and other programs report by one record; the kernel's security modules add to a system call.
        return type is "EOE" or "LOGIN" or "DAEMON_START" or "DAEMON_END" or "DAEMON_CONFIG" or "DAEMON_ROTATE" or "DAEMON_ABORT"
            || type.StartsWith("USER_", StringComparison.Ordinal) && type != "USER_AVC"
            || type.StartsWith("CRED_", StringComparison.Ordinal) || type.StartsWith("SERVICE_", StringComparison.Ordinal)
            || type.StartsWith("SYSTEM_", StringComparison.Ordinal);
    }

    /// <exception cref="FormatException">It isn't a record.</exception>
    public static LinuxAuditRecord Parse(string line)
    {
        const string open = " msg=audit(";
        var type = TypeOf(line);
        var begin = line.IndexOf(open, StringComparison.Ordinal) + open.Length;
        var end = line.IndexOf(')', begin);
        var node = line.StartsWith("node=", StringComparison.Ordinal) ? line[5..line.IndexOf(' ', StringComparison.Ordinal)] : null;
        // The daemon parts what it adds by this character.
        var halves = line[(end + 1)..].TrimStart(':').Split('\u001D', 2);
        return new LinuxAuditRecord(node, type, line[begin..end], Read(halves[0], type), halves.Length > 1 ? Read(halves[1], type) : []);
    }

    private static string TypeOf(string line)
    {
        var begin = line.IndexOf("type=", StringComparison.Ordinal) + 5;
        var end = line.IndexOf(' ', begin);
        return end < 0 ? line[begin..] : line[begin..end];
    }

    private static List<KeyValuePair<string, string>> Read(string text, string type)
    {
        var fields = new List<KeyValuePair<string, string>>();
        for (var at = 0; at < text.Length;)
        {
            var equals = text.IndexOf('=', at);
            if (equals < 0)
                break;
            // "avc:  denied  { read } for  pid=1": words stand before some names.
            var name = text[at..equals];
            var blank = name.LastIndexOf(' ');
            if (blank >= 0 && name[..blank].Trim() is { Length: > 0 } words)
                fields.Add(new("text", words));
            name = name[(blank + 1)..];
            at = equals + 1;
            var quote = at < text.Length && text[at] is '"' or '\'' ? text[at] : ' ';
            if (quote != ' ')
                at++;
            // An inner message holds names and values of its own, with quotes of the other kind.
            var end = text.IndexOf(quote, at);
            end = end < 0 ? text.Length : end;
            var value = text[at..end];
            at = Math.Min(end + 1, text.Length);
            if (quote == '\'' && name == "msg")
                fields.AddRange(Read(value, type));
            else if (name.Length > 0)
                fields.Add(new(name, quote == ' ' && IsEncoded(name, type) ? Decode(value) : value));
        }

        return fields;
    }

    // a0, a1[2] and so on are texts where a program was executed, and numbers elsewhere.
    private static bool IsEncoded(string name, string type) =>
        Encoded.Contains(name) || type == "EXECVE" && name.Length > 1 && name[0] == 'a' && char.IsAsciiDigit(name[1]);

    private static string Decode(string value)
    {
        if (value.Length == 0 || value.Length % 2 != 0 || !value.All(char.IsAsciiHexDigit))
            return value;
        var bytes = Convert.FromHexString(value);
        // A process's title has a zero between its arguments, and a list of keys a one. What isn't text stays in hex.
        return System.Text.Unicode.Utf8.IsValid(bytes)
            ? Encoding.UTF8.GetString(bytes).TrimEnd('\0').Replace('\0', ' ').Replace('\u0001', ' ')
            : value;
    }

    private static string? Value(List<KeyValuePair<string, string>> fields, string name)
    {
        foreach (var field in fields)
        {
            if (field.Key == name)
                return field.Value is "?" or "(null)" or "(none)" or "" ? null : field.Value;
        }

        return null;
    }

    /// <summary>The event's time.</summary>
    /// <exception cref="FormatException">It isn't one.</exception>
    public DateTimeOffset Time()
    {
        var text = Id.Split(':')[0];
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : throw new FormatException($"its time '{text}' isn't one.");
    }
}
