using ImmutableAudit.Log;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>What a spool's disk holds: it outlives the processes.</summary>
internal sealed class SpoolDisk
{
    public (string Origin, KeptSegment Kept)? Content { get; set; }

    /// <summary>Whether a change ever failed.</summary>
    public bool HasFailed { get; set; }
}

/// <summary>A spool as one life of a process has it open. A kill comes before or after the change on disk, never in the middle.</summary>
internal sealed class MemorySpool(SpoolDisk disk, Life life) : ISpool
{
    public void Keep(string origin, FrozenSegment frozen, EventBatch batch, int rest)
    {
        if (!life.Point())
            return;
        var after = new List<KeptEvent>();
        for (var i = rest; i < batch.Count; i++)
            after.Add(new KeptEvent(batch.Id(i), batch.Body(i).ToArray()));
        Change($"keeps {Simulation.Short(frozen.Key)} and {after.Count} events", () =>
            disk.Content = (origin, new KeptSegment(frozen.Key, frozen.Segment.Previous, frozen.Stored.ToArray(), after)));
    }

    public void Drop()
    {
        if (life.Point())
            Change("drops what it keeps", () => disk.Content = null);
    }

    public KeptSegment? Load(string origin) => disk.Content is not { } content ? null
        : content.Origin == origin ? content.Kept
        : throw new AuditException(AuditErrors.SpoolInvalid, "The spool is of another log.");

    public void Dispose()
    {
    }

    // The disk may fail before the change or after it.
    private void Change(string what, Action change)
    {
        var run = life.Run;
        var fails = Faults.Happens(run.Random, run.Faults.Spool);
        var done = !fails || run.Random.Next(2) == 0;
        if (done)
            change();
        run.Trace(life, $"{what}{(fails ? done ? ": done, and fails" : ": fails" : "")}");
        if (!life.Point() || !fails)
            return;
        disk.HasFailed = true;
        throw new AuditException(AuditErrors.DiskFull, "The simulated disk fails.");
    }
}
