using System.Collections.Frozen;

namespace ImmutableAudit.PowerShell;

/// <summary>The members of an event that have a name of their own.</summary>
internal enum EventMember
{
    Action,
    Time,
    ActorType,
    ActorId,
    ActorName,
    Ip,
    Session,
    ResourceType,
    ResourceId,
    ResourceName,
    Outcome,
    Reason,
    Host,
    App,
    Data,

    /// <summary>Only as the log writes it: an object with host and app.</summary>
    Source,

    /// <summary>Any other name: goes into the event's data.</summary>
    Other,
}

/// <summary>The names under which members are known, whatever their case.</summary>
internal static class EventMembers
{
    public const int Count = (int)EventMember.Other;

    private static readonly FrozenDictionary<string, (EventMember Member, bool IsAlias)> ByName = Names();

    public static (EventMember Member, bool IsAlias) Find(string name) => ByName.TryGetValue(name, out var found) ? found : (EventMember.Other, false);

    private static FrozenDictionary<string, (EventMember Member, bool IsAlias)> Names()
    {
        var names = new Dictionary<string, (EventMember, bool)>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in Enum.GetValues<EventMember>())
        {
            if (member != EventMember.Other)
                names.Add(member.ToString(), (member, false));
        }

        foreach (var (alias, member) in new (string, EventMember)[]
        {
            ("Actor", EventMember.ActorId), ("User", EventMember.ActorId), ("UserName", EventMember.ActorId),
            ("Resource", EventMember.ResourceId), ("Target", EventMember.ResourceId), ("Path", EventMember.ResourceId),
            ("ComputerName", EventMember.Host),
        })
            names.Add(alias, (member, true));
        return names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
