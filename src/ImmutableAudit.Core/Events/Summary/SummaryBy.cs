namespace ImmutableAudit.Events.Summary;

/// <summary>What records are counted by.</summary>
public enum SummaryBy
{
    /// <summary>Who did it: the actor's id.</summary>
    Actor,

    /// <summary>What was done.</summary>
    Action,

    /// <summary>To what it was done: the resource's id.</summary>
    Resource,

    /// <summary>How it ended.</summary>
    Outcome,

    /// <summary>From which address.</summary>
    Ip,

    /// <summary>In which hour it happened, UTC.</summary>
    Hour,

    /// <summary>On which day it happened, UTC.</summary>
    Day,

    /// <summary>In which month it happened, UTC.</summary>
    Month,
}
