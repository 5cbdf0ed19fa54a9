namespace ImmutableAudit.PowerShell;

/// <summary>Takes apart the objects <c>actor</c>, <c>resource</c> and <c>source</c> of a record as the log itself writes it.</summary>
internal static class NestedMembers
{
    public static void TakeApart(EventDraft draft)
    {
        TakeApart(draft, EventMember.ActorId, name => name switch
        {
            "type" => EventMember.ActorType,
            "id" => EventMember.ActorId,
            "name" => EventMember.ActorName,
            "ip" => EventMember.Ip,
            "session" => EventMember.Session,
            _ => EventMember.Other,
        });
        TakeApart(draft, EventMember.ResourceId, name => name switch
        {
            "type" => EventMember.ResourceType,
            "id" => EventMember.ResourceId,
            "name" => EventMember.ResourceName,
            _ => EventMember.Other,
        });
        TakeApart(draft, EventMember.Source, name => name switch
        {
            "host" => EventMember.Host,
            "app" => EventMember.App,
            _ => EventMember.Other,
        });
    }

    private static void TakeApart(EventDraft draft, EventMember member, Func<string, EventMember> place)
    {
        if (!draft.Has(member))
            return;
        var name = draft.NameOf(member);
        var value = draft[member];
        if (value is string or null || PlainValue.Members(value) is not { } parts)
        {
            // "Source" means something only where it is such an object.
            if (member == EventMember.Source)
            {
                draft.Remove(member);
                draft.Others.Add(new(name, value));
            }

            return;
        }

        draft.Remove(member);
        var rest = new List<KeyValuePair<string, object?>>();
        foreach (var part in parts)
        {
#pragma warning disable CA1308 // The format's own names are in lower case.
            var at = place(part.Key.ToLowerInvariant());
#pragma warning restore CA1308
            if (at == EventMember.Other || draft.Has(at))
                rest.Add(part);
            else
                draft.Put(at, $"{name}.{part.Key}", part.Value);
        }

        if (rest.Count > 0)
            draft.Others.Add(new(name, rest.ToDictionary(part => part.Key, part => part.Value)));
    }
}
