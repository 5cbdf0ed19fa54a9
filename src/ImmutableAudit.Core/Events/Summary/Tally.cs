namespace ImmutableAudit.Events.Summary;

/// <summary>Counts of records that have something in common.</summary>
internal sealed class Tally
{
    private readonly long[] _outcomes = new long[Enum.GetValues<AuditOutcome>().Length];
    private DateTimeOffset _first = DateTimeOffset.MaxValue;
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    public long Count { get; private set; }

    public void Add(AuditRecord record)
    {
        Count++;
        _outcomes[(int)(record.Outcome ?? AuditOutcome.Unknown)]++;
        Widen(record.Time, record.Time);
    }

    public void Add(Tally other)
    {
        Count += other.Count;
        for (var i = 0; i < _outcomes.Length; i++)
            _outcomes[i] += other._outcomes[i];
        Widen(other._first, other._last);
    }

    public SummaryRow ToRow(SummaryBy by, SummaryKind kind, string? value, long? values, bool isComplete) => new()
    {
        By = by,
        Value = value,
        Records = Count,
        Success = _outcomes[(int)AuditOutcome.Success],
        Failure = _outcomes[(int)AuditOutcome.Failure],
        Denied = _outcomes[(int)AuditOutcome.Denied],
        Unknown = _outcomes[(int)AuditOutcome.Unknown],
        First = _first,
        Last = _last,
        Kind = kind,
        Values = values,
        IsComplete = isComplete,
    };

    private void Widen(DateTimeOffset first, DateTimeOffset last)
    {
        if (first < _first)
            _first = first;
        if (last > _last)
            _last = last;
    }
}
