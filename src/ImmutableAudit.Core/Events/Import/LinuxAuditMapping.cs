namespace ImmutableAudit.Events.Import;

/// <summary>
/// What the records of one event of the Linux audit daemon become. All of them are kept in <c>data.records</c>, decoded.
/// </summary>
internal static class LinuxAuditMapping
{
    // Records that only add to another.
    private static readonly string[] Additions = ["CWD", "PATH", "PROCTITLE", "EXECVE", "SOCKADDR", "EOE", "BPRM_FCAPS", "CAPSET", "MMAP", "FD_PAIR", "OBJ_PID"];

    // The system calls that rules watch most, on 64-bit x86. The daemon can be told to name all (log_format=ENRICHED).
    private static readonly Dictionary<string, string> Calls = new()
    {
        ["2"] = "open", ["42"] = "connect", ["49"] = "bind", ["59"] = "execve", ["62"] = "kill", ["76"] = "truncate", ["77"] = "ftruncate",
        ["82"] = "rename", ["83"] = "mkdir", ["84"] = "rmdir", ["85"] = "creat", ["86"] = "link", ["87"] = "unlink", ["88"] = "symlink",
        ["90"] = "chmod", ["91"] = "fchmod", ["92"] = "chown", ["93"] = "fchown", ["94"] = "lchown", ["101"] = "ptrace", ["105"] = "setuid",
        ["155"] = "pivot_root", ["159"] = "adjtimex", ["161"] = "chroot", ["164"] = "settimeofday", ["165"] = "mount", ["166"] = "umount2",
        ["169"] = "reboot", ["170"] = "sethostname", ["171"] = "setdomainname", ["175"] = "init_module", ["176"] = "delete_module", ["188"] = "setxattr",
        ["189"] = "lsetxattr", ["190"] = "fsetxattr", ["197"] = "removexattr", ["227"] = "clock_settime", ["257"] = "openat", ["258"] = "mkdirat",
        ["260"] = "fchownat", ["263"] = "unlinkat", ["264"] = "renameat", ["265"] = "linkat", ["266"] = "symlinkat", ["268"] = "fchmodat",
        ["313"] = "finit_module", ["316"] = "renameat2", ["322"] = "execveat", ["437"] = "openat2",
    };

    /// <summary>Makes an event of the lines of its records.</summary>
    /// <exception cref="FormatException">A line isn't a record.</exception>
    public static MappedEvent ToEvent(SourceText text)
    {
        var records = text.Text.Split('\n').Select(LinuxAuditRecord.Parse).ToList();
        var main = records.Find(record => !Additions.Contains(record.Type)) ?? records[0];
        var call = records.Find(record => record.Type == "SYSCALL");
        var who = call ?? main;
        var login = who.Name("AUID") is { } name and not "unset" ? name : Set(who["auid"]);
        var path = PathOf(records);
        var made = new AuditEvent
        {
            Time = main.Time(),
            Action = "linux:" + (main.Type == "SYSCALL" ? CallOf(main) : main.Type),
            ActorType = "User",
            // Who logged in stays the same over su and sudo; a login that failed has nobody yet but who was asked for.
            ActorId = login ?? main["acct"] ?? who.Name("UID") ?? Set(who["uid"]),
            ActorName = main["acct"],
            Ip = main["addr"],
            Session = Set(who["ses"]),
            ResourceType = path is not null ? "File" : main["cmd"] is not null ? "Command" : main["unit"] is not null ? "Unit" : null,
            ResourceId = path ?? main["cmd"] ?? main["unit"],
            Outcome = OutcomeOf(main, call),
            Reason = call?["success"] == "no" ? $"exit {call.Name("EXIT") ?? call["exit"]}" : null,
            Host = main.Node ?? main["hostname"],
            App = who["exe"],
            Data = KeptData.Of(Data(records), text),
        };
        // With its lines: where a rotation parts an event, neither half may hide the other.
        return new MappedEvent(made, [main.Node ?? "", main.Id, text.Text]);
    }

    private static string CallOf(LinuxAuditRecord record) =>
        record.Name("SYSCALL") ?? (record["arch"] == "c000003e" && record["syscall"] is { } number ? Calls.GetValueOrDefault(number) : null) ?? $"syscall:{record["syscall"]}";

    private static AuditOutcome? OutcomeOf(LinuxAuditRecord main, LinuxAuditRecord? call)
    {
        if (main.Type == "AVC" && main["text"]?.Contains("denied", StringComparison.Ordinal) == true)
            return AuditOutcome.Denied;
        return ((call ?? main)["success"] ?? main["res"])?.ToUpperInvariant() switch
        {
            "YES" or "SUCCESS" or "1" => AuditOutcome.Success,
            // EPERM and EACCES.
            "NO" when call?["exit"] is "-1" or "-13" or "EPERM" or "EACCES" => AuditOutcome.Denied,
            "NO" or "FAILED" or "FAIL" or "0" => AuditOutcome.Failure,
            null => null,
            _ => AuditOutcome.Unknown,
        };
    }

    // The last of an event's paths is the one that was acted on; the folder above comes first.
    private static string? PathOf(List<LinuxAuditRecord> records)
    {
        var paths = records.Where(record => record.Type == "PATH" && record["name"] is not null).ToList();
        var named = (paths.FindLast(record => record["nametype"] != "PARENT") ?? paths.LastOrDefault())?["name"];
        if (records.Exists(record => record.Type == "EXECVE") && paths.Count > 0)
            named = paths[0]["name"]; // The others are the loader and the interpreter.
        if (named is null || named.StartsWith('/'))
            return named;
        return records.Find(record => record.Type == "CWD")?["cwd"] is { } folder ? $"{folder.TrimEnd('/')}/{named}" : named;
    }

    private static List<KeyValuePair<string, object?>> Data(List<LinuxAuditRecord> records) =>
    [
        new("id", records[0].Id),
        new("records", records.Where(record => record.Type != "EOE").Select(record =>
        {
            var members = new List<KeyValuePair<string, object?>> { new("type", record.Type) };
            members.AddRange(record.Fields.Select(field => new KeyValuePair<string, object?>(field.Key == "type" ? "type_" : field.Key, field.Value)));
            if (record.Names.Count > 0)
                members.Add(new("names", record.Names.Select(field => new KeyValuePair<string, object?>(field.Key, field.Value))));
            return members;
        })),
    ];

    // The largest number says "not set".
    private static string? Set(string? id) => id is "4294967295" or "-1" ? null : id;
}
