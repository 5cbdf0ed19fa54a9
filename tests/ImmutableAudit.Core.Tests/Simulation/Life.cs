namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>One life of a writer's process, from its start to its end or to its being killed.</summary>
internal sealed class Life(Simulation run, SimulatedWriter writer, int number)
{
    public Simulation Run { get; } = run;

    public SimulatedWriter Writer { get; } = writer;

    public bool Alive { get; private set; } = true;

    public string Name { get; } = $"{writer.Name}#{number}";

    /// <summary>A point where the process may be killed. False if it is dead: what it does from here on has no effect.</summary>
    public bool Point()
    {
        Run.Scheduler.Check();
        if (Alive && Run.KillsLeft > 0 && Faults.Happens(Run.Random, Run.Faults.Kill))
            Kill();
        return Alive;
    }

    /// <summary>An answer for the process arrives; it may be killed right before, and then never hears it.</summary>
    public void Hear(Action hear)
    {
        if (Point())
            hear();
    }

    public void End() => Alive = false;

    private void Kill()
    {
        Run.KillsLeft--;
        Alive = false;
        Run.Trace(this, "is killed");
        var starts = Run.Random.Next(2) == 0 ? TimeSpan.FromMilliseconds(Run.Random.Next(2000)) : TimeSpan.FromSeconds(Run.Random.Next(300));
        Run.Scheduler.After(starts, () => Writer.Start());
    }
}
