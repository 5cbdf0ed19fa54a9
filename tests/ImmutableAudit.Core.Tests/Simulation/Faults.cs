namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>What may happen to one PUT on its way.</summary>
internal enum PutFate
{
    /// <summary>It arrives and is answered.</summary>
    Normal,

    /// <summary>It never arrives, and there is no answer.</summary>
    Lost,

    /// <summary>It arrives; the answer is lost.</summary>
    ReplyLost,

    /// <summary>There is no answer; it arrives long afterwards.</summary>
    Late,

    /// <summary>It arrives twice, the second time perhaps much later.</summary>
    Twice,

    /// <summary>A server error, and nothing was stored.</summary>
    ServerError,

    /// <summary>A server error, and it was stored.</summary>
    ServerErrorStored,

    /// <summary>A conflict with another PUT, and nothing was stored.</summary>
    Conflict,

    /// <summary>Refused for certain.</summary>
    Refused,

    /// <summary>Refused, and yet it is there: a directory that couldn't be flushed after the name was given.</summary>
    RefusedStored,
}

/// <summary>How rough a run is. Everything is a chance in a thousand.</summary>
internal sealed record Faults
{
    private static readonly PutFate[] Bad = Enum.GetValues<PutFate>()[1..^1];

    public static Faults None { get; } = new();

    /// <summary>That a PUT meets one of the fates but the normal one.</summary>
    public int Put { get; init; }

    /// <summary>That a page of a listing fails.</summary>
    public int List { get; init; }

    /// <summary>That a read fails.</summary>
    public int Read { get; init; }

    /// <summary>That a change of what a spool holds fails.</summary>
    public int Spool { get; init; }

    /// <summary>That a process is killed, at each point where it can be.</summary>
    public int Kill { get; init; }

    /// <summary>How many kills in a run at most.</summary>
    public int Kills { get; init; }

    /// <summary>How many things an attacker does.</summary>
    public int Attacks { get; init; }

    /// <summary>The longest time that a request or an answer is under way.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(40);

    public static Faults Draw(Random random, StoreKind kind)
    {
        int[] chances = [0, 20, 100, 300];
        return new Faults
        {
            Put = chances[random.Next(4)],
            List = chances[random.Next(3)],
            Read = chances[random.Next(3)],
            Spool = random.Next(6) == 0 ? 100 : 0,
            Kill = new[] { 0, 10, 40 }[random.Next(3)],
            Kills = random.Next(1, 8),
            Attacks = random.Next(3) == 0 ? 0 : random.Next(kind == StoreKind.Directory ? 4 : 25),
            Latency = TimeSpan.FromMilliseconds(new[] { 1, 40, 1500 }[random.Next(3)]),
        };
    }

    public PutFate FateOfPut(Random random, StoreKind kind)
    {
        if (!Happens(random, Put))
            return PutFate.Normal;
        if (kind == StoreKind.Directory)
            return random.Next(2) == 0 ? PutFate.Refused : PutFate.RefusedStored;
        return Bad[random.Next(Bad.Length)];
    }

    public static bool Happens(Random random, int chance) => random.Next(1000) < chance;

    /// <summary>A time that is mostly short and sometimes very long.</summary>
    public static TimeSpan Late(Random random) => random.Next(3) switch
    {
        0 => TimeSpan.FromMilliseconds(random.Next(500)),
        1 => TimeSpan.FromSeconds(random.Next(30)),
        _ => TimeSpan.FromSeconds(random.Next(900)),
    };
}
