namespace ImmutableAudit.Log;

/// <summary>
/// Which events of a batch aren't in the log yet. As long as our own segments count that is simply the rest of the
/// batch; only where another's segment counts does it take looking ids up.
/// </summary>
internal sealed class PendingEvents(EventBatch batch)
{
    /// <summary>The batch that holds what is pending, from <see cref="From"/> on.</summary>
    public EventBatch Batch { get; private set; } = batch;

    public int From { get; private set; }

    public int Count => Batch.Count - From;

    /// <summary>The ids of so many of them, from the first on.</summary>
    public UInt128[] Ids(int count) => [.. Enumerable.Range(From, Math.Min(count, Count)).Select(Batch.Id)];

    /// <summary>Takes note of a segment that counts.</summary>
    /// <param name="ids">The ids of its records.</param>
    /// <param name="only">Which of them are ours; null if all are.</param>
    /// <returns>Whether any is ours.</returns>
    public bool Take(UInt128[] ids, out HashSet<UInt128>? only)
    {
        only = null;
        if (IsNext(ids))
        {
            From += ids.Length;
            return true;
        }

        var pending = new HashSet<UInt128>(Count);
        for (var i = From; i < Batch.Count; i++)
            pending.Add(Batch.Id(i));
        only = [.. ids.Where(pending.Contains)];
        if (only.Count == 0)
            return false;
        Batch = Without(only);
        From = 0;
        return true;
    }

    private bool IsNext(UInt128[] ids)
    {
        if (ids.Length > Count)
            return false;
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] != Batch.Id(From + i))
                return false;
        }

        return true;
    }

    private EventBatch Without(HashSet<UInt128> taken)
    {
        var rest = new EventBatch(TimeProvider.System, Batch.Capacity);
        for (var i = From; i < Batch.Count; i++)
        {
            if (!taken.Contains(Batch.Id(i)))
                rest.AddBody(Batch.Body(i), Batch.Id(i));
        }

        return rest;
    }
}
