namespace ImmutableAudit.Aws;

/// <summary>The store's clock minus ours, as told by the <c>Date</c> header of its newest answer.</summary>
internal sealed class ServerClock
{
    // Date has whole seconds and is cut off, not rounded: on average the moment meant is half a second later.
    private static readonly TimeSpan HalfOfDatesUnit = TimeSpan.FromMilliseconds(500);

    private const long Untold = long.MinValue;

    private long _offsetTicks = Untold;

    /// <summary>The offset; null until an answer told.</summary>
    public TimeSpan? Offset => Interlocked.Read(ref _offsetTicks) is var ticks && ticks == Untold ? null : TimeSpan.FromTicks(ticks);

    /// <summary>Takes note of one answer.</summary>
    /// <param name="date">The answer's <c>Date</c>.</param>
    /// <param name="sent">Our clock when the request began.</param>
    /// <param name="elapsed">How long the answer took. The store stamped it somewhere within: the middle is the best guess.</param>
    public void Observe(DateTimeOffset date, DateTimeOffset sent, TimeSpan elapsed) =>
        Interlocked.Exchange(ref _offsetTicks, (date + HalfOfDatesUnit - (sent + (elapsed / 2))).Ticks);
}
