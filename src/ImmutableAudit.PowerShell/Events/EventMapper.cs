using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Makes events of what comes down a pipeline: custom objects, dictionaries, JSON texts, any other object, events.
/// Members are known by their names; what has no name of an event's goes into its data, so that nothing is lost.
/// </summary>
internal sealed class EventMapper(EventDefaults defaults)
{
    private readonly EventDraft _draft = new();
    private readonly PropertyReader _reader = new();

    /// <summary>Makes an event of an object.</summary>
    /// <exception cref="AuditException"><c>EventInvalid</c>.</exception>
    public AuditEvent Map(PSObject? input)
    {
        _draft.Clear();
        switch (input?.BaseObject)
        {
            case null:
                throw new AuditException(AuditErrors.EventInvalid, "The input is null. Give an object, a dictionary or a JSON text.");
            case AuditEvent made:
                return defaults.Complete(made);
            case string text:
                return MapJson(text);
            case IDictionary map:
                foreach (DictionaryEntry entry in map)
                    _draft.Take(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", entry.Value);
                break;
            case JsonElement json:
                Take(json);
                break;
            default:
                _reader.Read(input, _draft);
                break;
        }

        return Build();
    }

    /// <summary>Makes an event of the parameters alone.</summary>
    public AuditEvent MapNothing()
    {
        _draft.Clear();
        return Build();
    }

    private AuditEvent MapJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            Take(document.RootElement);
            return Build();
        }
        catch (JsonException e)
        {
            throw new AuditException(AuditErrors.EventInvalid, $"The text isn't a JSON object: {e.Message} Give objects (ConvertFrom-Csv, Import-Csv) or JSON Lines.", text, e);
        }
    }

    private void Take(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new AuditException(AuditErrors.EventInvalid, $"The JSON text is of the kind {json.ValueKind}, and an event is a JSON object.");
        foreach (var member in json.EnumerateObject())
            _draft.Take(member.Name, member.Value);
    }

    private AuditEvent Build()
    {
        NestedMembers.TakeApart(_draft);
        var names = EventDefaults.HasOwnActor(_draft) ? defaults.Given : defaults.GivenOrCaller;
        return new AuditEvent
        {
            Action = Text(EventMember.Action) ?? defaults.Given.Action,
            Time = MemberValue.Time(_draft.NameOf(EventMember.Time), _draft[EventMember.Time]) ?? defaults.Given.Time,
            ActorType = Text(EventMember.ActorType) ?? names.ActorType,
            ActorId = Text(EventMember.ActorId) ?? names.ActorId,
            ActorName = Text(EventMember.ActorName) ?? names.ActorName,
            Ip = Text(EventMember.Ip) ?? names.Ip,
            Session = Text(EventMember.Session) ?? names.Session,
            ResourceType = Text(EventMember.ResourceType) ?? names.ResourceType,
            ResourceId = Text(EventMember.ResourceId) ?? names.ResourceId,
            ResourceName = Text(EventMember.ResourceName) ?? names.ResourceName,
            Outcome = MemberValue.Outcome(_draft.NameOf(EventMember.Outcome), _draft[EventMember.Outcome]) ?? names.Outcome,
            Reason = Text(EventMember.Reason) ?? names.Reason,
            Host = Text(EventMember.Host) ?? (_draft.Has(EventMember.Host) ? defaults.Given : defaults.GivenOrCaller).Host,
            App = Text(EventMember.App) ?? names.App,
            Data = DataBuilder.Build(_draft) ?? names.Data,
        };
    }

    private string? Text(EventMember member) => _draft[member] is { } value ? MemberValue.Text(_draft.NameOf(member), value) : null;
}
