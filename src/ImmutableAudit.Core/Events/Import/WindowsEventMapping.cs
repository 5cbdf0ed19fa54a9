using System.Globalization;

namespace ImmutableAudit.Events.Import;

/// <summary>
/// What each part of a Windows event becomes. The security events that people ask for have names, and their own
/// resource; of all others provider and number are the action. All values are kept in the data.
/// </summary>
internal static class WindowsEventMapping
{
    private const string SecurityProvider = "Microsoft-Windows-Security-Auditing";
    private const string LogProvider = "Microsoft-Windows-Eventlog";
    private const ulong AuditFailure = 0x10000000000000;
    private const ulong AuditSuccess = 0x20000000000000;

    private static readonly Dictionary<int, Known> Security = new()
    {
        [4624] = new("Logon", null, null, ActorIsTarget: true),
        [4625] = new("LogonFailed", null, null, ActorIsTarget: true),
        [4634] = new("Logoff", null, null, ActorIsTarget: true),
        [4647] = new("LogoffInitiated", null, null, ActorIsTarget: true),
        [4648] = new("LogonWithCredentials", "User", "TargetUserName"),
        [4656] = new("HandleRequested", null, "ObjectName"),
        [4657] = new("RegistryValueModified", "RegistryKey", "ObjectName"),
        [4658] = new("HandleClosed", null, "ObjectName"),
        [4660] = new("ObjectDeleted", null, "ObjectName"),
        [4663] = new("ObjectAccessed", null, "ObjectName"),
        [4670] = new("PermissionsChanged", null, "ObjectName"),
        [4672] = new("SpecialPrivilegesAssigned", null, null),
        [4688] = new("ProcessCreated", "Process", "NewProcessName"),
        [4689] = new("ProcessExited", "Process", "ProcessName"),
        [4697] = new("ServiceInstalled", "Service", "ServiceName"),
        [4698] = new("TaskCreated", "Task", "TaskName"),
        [4699] = new("TaskDeleted", "Task", "TaskName"),
        [4702] = new("TaskUpdated", "Task", "TaskName"),
        [4719] = new("AuditPolicyChanged", "AuditPolicy", "SubcategoryGuid"),
        [4720] = new("UserCreated", "User", "TargetUserName"),
        [4722] = new("UserEnabled", "User", "TargetUserName"),
        [4723] = new("PasswordChangeAttempted", "User", "TargetUserName"),
        [4724] = new("PasswordResetAttempted", "User", "TargetUserName"),
        [4725] = new("UserDisabled", "User", "TargetUserName"),
        [4726] = new("UserDeleted", "User", "TargetUserName"),
        [4727] = new("GlobalGroupCreated", "Group", "TargetUserName"),
        [4728] = new("GlobalGroupMemberAdded", "Group", "TargetUserName"),
        [4729] = new("GlobalGroupMemberRemoved", "Group", "TargetUserName"),
        [4730] = new("GlobalGroupDeleted", "Group", "TargetUserName"),
        [4731] = new("LocalGroupCreated", "Group", "TargetUserName"),
        [4732] = new("LocalGroupMemberAdded", "Group", "TargetUserName"),
        [4733] = new("LocalGroupMemberRemoved", "Group", "TargetUserName"),
        [4734] = new("LocalGroupDeleted", "Group", "TargetUserName"),
        [4738] = new("UserChanged", "User", "TargetUserName"),
        [4740] = new("UserLockedOut", "User", "TargetUserName"),
        [4756] = new("UniversalGroupMemberAdded", "Group", "TargetUserName"),
        [4757] = new("UniversalGroupMemberRemoved", "Group", "TargetUserName"),
        [4767] = new("UserUnlocked", "User", "TargetUserName"),
        [4768] = new("KerberosTicketRequested", "Service", "ServiceName", ActorIsTarget: true),
        [4769] = new("KerberosServiceTicketRequested", "Service", "ServiceName", ActorIsTarget: true),
        [4771] = new("KerberosPreauthenticationFailed", "Service", "ServiceName", ActorIsTarget: true),
        [4776] = new("CredentialsValidated", null, null, ActorIsTarget: true),
        [5140] = new("ShareAccessed", "Share", "ShareName"),
        [5142] = new("ShareAdded", "Share", "ShareName"),
        [5144] = new("ShareDeleted", "Share", "ShareName"),
        [5145] = new("ShareObjectChecked", "File", "ShareName"),
    };

    private static readonly string[] ReasonFields = ["Status", "SubStatus", "FailureReason", "AccessReason"];

    // Events of the event log itself, which have no audit keywords worth the name: they tell what was done.
    private static readonly Dictionary<int, string> Logs = new() { [104] = "LogCleared", [1100] = "LoggingStopped", [1102] = "AuditLogCleared", [1104] = "AuditLogFull" };

    /// <summary>Makes an event.</summary>
    /// <exception cref="FormatException">Something that every Windows event has is missing.</exception>
    public static MappedEvent ToEvent(WindowsEventXml xml)
    {
        var (id, time) = (xml.Id, xml.Time);
        var known = xml.Provider == SecurityProvider ? Security.GetValueOrDefault(id) : null;
        var (actor, actorId) = Actor(xml, known);
        var resource = known?.ResourceField is { } field ? xml.Value(field) : null;
        if (id == 5145 && known is not null && xml.Value("RelativeTargetName") is { } below)
            resource = $@"{resource?.TrimEnd('\\')}\{below}";
        var outcome = OutcomeOf(xml, id);
        var made = new AuditEvent
        {
            Time = time,
            Action = "windows:" + (known?.Action ?? (xml.Provider == LogProvider ? Logs.GetValueOrDefault(id) : null)
                ?? string.Create(CultureInfo.InvariantCulture, $"{xml.Provider ?? "unknown"}:{id}")),
            ActorType = actorId is null ? null : "User",
            ActorId = actorId,
            ActorName = actor,
            Ip = xml.Value("IpAddress") ?? xml.Value("ClientAddress"),
            Session = xml.Value(known?.ActorIsTarget == true ? "TargetLogonId" : "SubjectLogonId"),
            ResourceType = resource is null ? null : known!.ResourceType ?? xml.Value("ObjectType"),
            ResourceId = resource,
            Outcome = outcome,
            Reason = outcome is AuditOutcome.Failure or AuditOutcome.Denied ? Why(xml) : null,
            Host = xml.Computer,
            App = xml.Value("ProcessName") ?? xml.Provider,
            Data = KeptData.Of(Data(xml), xml.Source),
        };
        // With the time: a machine that is set up again under its name counts from 1 again.
        string[]? identity = xml.RecordId is { } record
            ? [xml.Channel ?? "", xml.Computer ?? "", record, time.UtcTicks.ToString(CultureInfo.InvariantCulture)] : null;
        return new MappedEvent(made, identity);
    }

    private static (string? Name, string? Id) Actor(WindowsEventXml xml, Known? known)
    {
        var role = known?.ActorIsTarget == true && xml.Value("TargetUserName") is not null ? "Target" : "Subject";
        var name = xml.Value(role + "UserName");
        if (name is null)
            return (null, xml.Value(role + "UserSid") ?? xml.UserId);
        return (name, xml.Value(role + "DomainName") is { } domain ? $@"{domain}\{name}" : name);
    }

    private static AuditOutcome? OutcomeOf(WindowsEventXml xml, int id)
    {
        if ((xml.Keywords & AuditFailure) != 0)
            return id is 4656 or 4663 or 5140 or 5145 ? AuditOutcome.Denied : AuditOutcome.Failure;
        return (xml.Keywords & AuditSuccess) != 0 || xml.Provider == LogProvider ? AuditOutcome.Success : null;
    }

    private static string? Why(WindowsEventXml xml)
    {
        var parts = ReasonFields.Select(name => xml.Value(name) is { } value && value != "0x0" ? $"{name} {value}" : null).Where(part => part is not null);
        return string.Join(", ", parts) is { Length: > 0 } why ? why : null;
    }

    private static List<KeyValuePair<string, object?>> Data(WindowsEventXml xml)
    {
        var data = new List<KeyValuePair<string, object?>>();
        Add("eventId", xml.Text("EventID"));
        Add("provider", xml.Provider);
        Add("channel", xml.Channel);
        Add("computer", xml.Computer);
        Add("recordId", xml.RecordId);
        foreach (var name in (string[])["Version", "Level", "Task", "Opcode", "Keywords"])
            Add(name.ToLowerInvariant(), xml.Text(name));
        Add("activityId", xml.Attribute("Correlation", "ActivityID"));
        Add("processId", xml.Attribute("Execution", "ProcessID"));
        Add("threadId", xml.Attribute("Execution", "ThreadID"));
        Add("userId", xml.UserId);
        if (xml.Data.Count > 0)
            data.Add(new("data", xml.Data));
        Add("message", xml.Message);
        return data;

        void Add(string name, string? value)
        {
            if (value is not null)
                data.Add(new(name, value));
        }
    }

    /// <param name="Action">Its name.</param>
    /// <param name="ResourceType">The kind of resource; null where the event says it.</param>
    /// <param name="ResourceField">The value that names the resource; null for none.</param>
    /// <param name="ActorIsTarget">Whether the one that the event calls target is who did it: who logs on does so by himself.</param>
    private sealed record Known(string Action, string? ResourceType, string? ResourceField, bool ActorIsTarget = false);
}
