using System.Globalization;

namespace ImmutableAudit.Events.Summary;

/// <summary>
/// Counts records by one of their members. It keeps the values that it sees first, up to a bound, and counts all later
/// ones together: what it keeps is counted from its first record on, and so exactly.
/// </summary>
internal sealed class ValueCounter(SummaryBy by, int maxValues)
{
    // Values can be as long as records. Together they take no more than about 16 MiB.
    private const long MaxCharacters = 8 * 1024 * 1024;

    private readonly Dictionary<string, Tally> _values = new(StringComparer.Ordinal);
    private readonly Tally _none = new();
    private readonly Tally _beyond = new();
    private long _characters;

    private bool IsTime => by is SummaryBy.Hour or SummaryBy.Day or SummaryBy.Month;

    public void Add(AuditRecord record) => Of(ValueOf(record)).Add(record);

    /// <summary>The rows: values with most records first, or in the order of time; then those without a value, then the others.</summary>
    /// <param name="top">How many values to show by themselves; null for ten, and for all where they are times.</param>
    public IEnumerable<SummaryRow> Rows(int? top)
    {
        var ranked = _values.OrderByDescending(pair => pair.Value.Count).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var shown = Math.Min(top ?? (IsTime ? int.MaxValue : RecordSummary.DefaultTop), ranked.Count);
        var isComplete = _beyond.Count == 0;
        var rows = ranked.Take(shown);
        foreach (var (value, tally) in IsTime ? rows.OrderBy(pair => pair.Key, StringComparer.Ordinal) : rows)
            yield return tally.ToRow(by, SummaryKind.Value, value, 1, isComplete);
        if (_none.Count > 0)
            yield return _none.ToRow(by, SummaryKind.None, null, 1, isComplete);
        var others = new Tally();
        foreach (var (_, tally) in ranked.Skip(shown))
            others.Add(tally);
        others.Add(_beyond);
        if (others.Count > 0)
            yield return others.ToRow(by, SummaryKind.Others, null, isComplete ? ranked.Count - shown : null, isComplete);
    }

    private Tally Of(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return _none;
        if (_values.TryGetValue(value, out var tally))
            return tally;
        // Once full it stays so: a short value that still fitted would be one that was counted in part before.
        if (_values.Count >= maxValues || _beyond.Count > 0 || _characters + value.Length > MaxCharacters)
            return _beyond;
        _characters += value.Length;
        return _values[value] = new Tally();
    }

    private string? ValueOf(AuditRecord record) => by switch
    {
        SummaryBy.Actor => record.ActorId,
        SummaryBy.Action => record.Action,
        SummaryBy.Resource => record.ResourceId,
        SummaryBy.Outcome => record.Outcome?.ToString(),
        SummaryBy.Ip => record.Ip,
        SummaryBy.Hour => Moment(record, "yyyy-MM-dd HH:00"),
        SummaryBy.Day => Moment(record, "yyyy-MM-dd"),
        SummaryBy.Month => Moment(record, "yyyy-MM"),
        _ => throw new InvalidOperationException($"Records can't be counted by '{by}'."),
    };

    private static string Moment(AuditRecord record, string pattern) => record.Time.UtcDateTime.ToString(pattern, CultureInfo.InvariantCulture);
}
