using System.Text.Json;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>Makes an event's data of the member Data and of every member that an event has no name for.</summary>
internal static class DataBuilder
{
    public static EventData? Build(EventDraft draft)
    {
        var given = PlainValue.Unwrap(draft[EventMember.Data]);
        if (draft.Others.Count == 0)
        {
            switch (given)
            {
                case null or "":
                    return null;
                case EventData data:
                    return data;
                case string text when TryParse(text) is { } data:
                    return data;
            }
        }

        var members = new List<KeyValuePair<string, object?>>(draft.Others.Count + 4);
        switch (given)
        {
            case null or "":
                break;
            case EventData data:
                AddMembers(members, data);
                break;
            case string text when TryParse(text) is { } data:
                AddMembers(members, data);
                break;
            default:
                if (PlainValue.Members(given) is { } named)
                    members.AddRange(named.Select(member => new KeyValuePair<string, object?>(member.Key, PlainValue.Of(member.Value))));
                else
                    members.Add(new(draft.NameOf(EventMember.Data), PlainValue.Of(given)));
                break;
        }

        foreach (var (name, value) in draft.Others)
            members.Add(new(name, PlainValue.Of(value)));
        return EventData.From(members);
    }

    /// <summary>Makes data of the parameter -Data.</summary>
    public static EventData? Of(object? value)
    {
        if (value is null)
            return null;
        var draft = new EventDraft();
        draft.Put(EventMember.Data, nameof(EventMember.Data), value);
        return Build(draft);
    }

    // Text that isn't a JSON object is a text; a JSON object that breaks the format's rules is an error.
    private static EventData? TryParse(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{"))
            return null;
        try
        {
            return EventData.Parse(text);
        }
        catch (AuditException e) when (e.InnerException is JsonException)
        {
            return null;
        }
    }

    private static void AddMembers(List<KeyValuePair<string, object?>> members, EventData data)
    {
        using var document = JsonDocument.Parse(data.Utf8);
        foreach (var member in document.RootElement.EnumerateObject())
            members.Add(new(member.Name, member.Value.Clone()));
    }
}
