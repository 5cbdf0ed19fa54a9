namespace ImmutableAudit.Events.Summary;

/// <summary>
/// Who, what, when at a glance: counts records in one pass. Memory is bounded whatever the log holds. Not for use by
/// several threads at once.
/// </summary>
public sealed class RecordSummary
{
    /// <summary>How many values are shown by themselves where nobody says, except times.</summary>
    public const int DefaultTop = 10;

    /// <summary>How many different values are counted by themselves where nobody says.</summary>
    public const int DefaultMaxValues = 100_000;

    private readonly ValueCounter[] _counters;

    /// <summary>Begins a summary.</summary>
    /// <param name="by">What to count by, each once.</param>
    /// <param name="maxValues">How many different values of each are counted by themselves; later ones are counted together.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not one value is to be counted.</exception>
    public RecordSummary(IEnumerable<SummaryBy> by, int maxValues = DefaultMaxValues)
    {
        ArgumentNullException.ThrowIfNull(by);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxValues, 1);
        _counters = [.. by.Distinct().Select(member => new ValueCounter(member, maxValues))];
    }

    /// <summary>Counts one record.</summary>
    /// <param name="record">The record.</param>
    public void Add(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        foreach (var counter in _counters)
            counter.Add(record);
    }

    /// <summary>
    /// The rows, member by member in the order that was given: values with most records first, times in their order; then the
    /// records without a value, then all others together.
    /// </summary>
    /// <param name="top">How many values of each to show by themselves, those with most records; null for <see cref="DefaultTop"/>, and for all where they are times.</param>
    public IEnumerable<SummaryRow> Rows(int? top = null) => _counters.SelectMany(counter => counter.Rows(top));
}
