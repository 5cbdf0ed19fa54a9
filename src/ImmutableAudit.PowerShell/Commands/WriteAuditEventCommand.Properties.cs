using System.Management.Automation;
using ImmutableAudit.Events;

namespace ImmutableAudit.PowerShell.Commands;

/// <content>An event's members as parameters. Beside a pipeline they apply where an object says nothing.</content>
public sealed partial class WriteAuditEventCommand
{
    /// <summary>What was done.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PropertySet)]
    public string? Action { get; set; }

    /// <summary>When it happened.</summary>
    [Parameter]
    public DateTimeOffset? Time { get; set; }

    /// <summary>The kind of actor.</summary>
    [Parameter]
    public string? ActorType { get; set; }

    /// <summary>Who.</summary>
    [Parameter]
    [Alias("Actor", "User", "UserName")]
    public string? ActorId { get; set; }

    /// <summary>The actor's name for people.</summary>
    [Parameter]
    public string? ActorName { get; set; }

    /// <summary>The network address that it came from.</summary>
    [Parameter]
    public string? Ip { get; set; }

    /// <summary>The session under which it was done.</summary>
    [Parameter]
    public string? Session { get; set; }

    /// <summary>The kind of resource.</summary>
    [Parameter]
    public string? ResourceType { get; set; }

    /// <summary>Which resource.</summary>
    [Parameter]
    [Alias("Resource", "Target", "Path")]
    public string? ResourceId { get; set; }

    /// <summary>The resource's name for people.</summary>
    [Parameter]
    public string? ResourceName { get; set; }

    /// <summary>How it ended.</summary>
    [Parameter]
    public AuditOutcome? Outcome { get; set; }

    /// <summary>Why.</summary>
    [Parameter]
    public string? Reason { get; set; }

    /// <summary>The host that saw it.</summary>
    [Parameter]
    [Alias("ComputerName")]
    public new string? Host { get; set; }

    /// <summary>The program that saw it.</summary>
    [Parameter]
    public string? App { get; set; }

    /// <summary>Anything else: a dictionary, an object or a JSON text.</summary>
    [Parameter]
    public object? Data { get; set; }

    private AuditEvent GivenEvent() => new()
    {
        Action = Action ?? "",
        Time = Time,
        ActorType = ActorType,
        ActorId = ActorId,
        ActorName = ActorName,
        Ip = Ip,
        Session = Session,
        ResourceType = ResourceType,
        ResourceId = ResourceId,
        ResourceName = ResourceName,
        Outcome = Outcome,
        Reason = Reason,
        Host = Host,
        App = App,
        Data = DataBuilder.Of(Data),
    };
}
