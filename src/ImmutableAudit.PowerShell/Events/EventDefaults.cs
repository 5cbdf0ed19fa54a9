using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// What an event gets where its object says nothing: the values given as parameters, then who and where the caller is.
/// An object that tells of an actor, be it with an empty cell, never gets the caller's name: in an audit log a wrong
/// name is worse than none.
/// </summary>
internal sealed class EventDefaults
{
    /// <summary>The account under which this process, or this thread of it, runs.</summary>
    internal static readonly string CallerName = Environment.UserDomainName is { Length: > 0 } domain && domain != Environment.MachineName
        ? $"{Environment.UserName}@{domain}"
        : Environment.UserName;

    public EventDefaults(AuditEvent given)
    {
        Given = given;
        GivenOrCaller = NamesActor(given)
            ? given with { Host = given.Host ?? Environment.MachineName }
            : given with { ActorType = "User", ActorId = CallerName, Host = given.Host ?? Environment.MachineName };
    }

    /// <summary>The values given as parameters.</summary>
    public AuditEvent Given { get; }

    /// <summary>The same, completed by who and where the caller is.</summary>
    public AuditEvent GivenOrCaller { get; }

    public static bool HasOwnActor(EventDraft draft) =>
        draft.Has(EventMember.ActorType) || draft.Has(EventMember.ActorId) || draft.Has(EventMember.ActorName);

    /// <summary>Completes an event that was made elsewhere.</summary>
    public AuditEvent Complete(AuditEvent made)
    {
        var names = NamesActor(made) ? Given : GivenOrCaller;
        return made with
        {
            Action = string.IsNullOrEmpty(made.Action) ? Given.Action : made.Action,
            Time = made.Time ?? Given.Time,
            ActorType = made.ActorType ?? names.ActorType,
            ActorId = made.ActorId ?? names.ActorId,
            ActorName = made.ActorName ?? names.ActorName,
            Ip = made.Ip ?? Given.Ip,
            Session = made.Session ?? Given.Session,
            ResourceType = made.ResourceType ?? Given.ResourceType,
            ResourceId = made.ResourceId ?? Given.ResourceId,
            ResourceName = made.ResourceName ?? Given.ResourceName,
            Outcome = made.Outcome ?? Given.Outcome,
            Reason = made.Reason ?? Given.Reason,
            Host = made.Host ?? GivenOrCaller.Host,
            App = made.App ?? Given.App,
            Data = made.Data ?? Given.Data,
        };
    }

    private static bool NamesActor(AuditEvent given) => given.ActorType is not null || given.ActorId is not null || given.ActorName is not null;
}
