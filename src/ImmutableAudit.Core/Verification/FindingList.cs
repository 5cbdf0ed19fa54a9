namespace ImmutableAudit.Verification;

/// <summary>Gathers findings. Keeps the first of each kind in full and counts the rest, so that a flood stays readable and small.</summary>
internal sealed class FindingList
{
    private const int MostOfAKind = 200;
    private readonly List<ChainFinding> _findings = [];
    private readonly Dictionary<(FindingKind, FindingSeverity), long> _counts = [];

    public void Add(
        FindingKind kind, FindingSeverity severity, string message, long? sequence = null, long? last = null, string? key = null, string? version = null)
    {
        var count = _counts[(kind, severity)] = _counts.GetValueOrDefault((kind, severity)) + 1;
        if (count <= MostOfAKind)
            _findings.Add(new ChainFinding(kind, severity, sequence, last, key, version, message));
    }

    /// <summary>
    /// Where only current objects could be seen, something that hides a genuine segment looks like damage: nothing found
    /// is certain then.
    /// </summary>
    public void Doubt(string reason)
    {
        for (var i = 0; i < _findings.Count; i++)
        {
            if (_findings[i].Severity == FindingSeverity.Failure)
                _findings[i] = _findings[i] with { Severity = FindingSeverity.Unknown };
        }

        foreach (var ((kind, severity), count) in _counts.Where(count => count.Key.Item2 == FindingSeverity.Failure).ToList())
        {
            _counts.Remove((kind, severity));
            _counts[(kind, FindingSeverity.Unknown)] = _counts.GetValueOrDefault((kind, FindingSeverity.Unknown)) + count;
        }

        Add(FindingKind.VersionsUnseen, FindingSeverity.Unknown, $"Only current objects could be listed, not their versions. What passed is genuine; what looks damaged or missing may be hidden only, and nobody can see here what lies under or over the log. {reason}");
    }

    /// <summary>Hands over what was found since the last time, in the order in which it was found.</summary>
    public IReadOnlyList<ChainFinding> Drain()
    {
        ChainFinding[] found = [.. _findings];
        _findings.Clear();
        _counts.Clear();
        return found;
    }

    public ChainResult Result =>
        _counts.Keys.Any(key => key.Item2 == FindingSeverity.Failure) ? ChainResult.Failed
        : _counts.Keys.Any(key => key.Item2 == FindingSeverity.Unknown) ? ChainResult.Unknown
        : ChainResult.Passed;

    /// <summary>All findings, worst first, otherwise in the log's order.</summary>
    public IReadOnlyList<ChainFinding> ToList()
    {
        var more = _counts.Where(count => count.Value > MostOfAKind).Select(count => new ChainFinding(
            FindingKind.MoreFindings, count.Key.Item2, null, null, null, null, $"{count.Value - MostOfAKind:N0} more findings of the kind {count.Key.Item1} aren't listed."));
        return _findings.Concat(more).OrderByDescending(finding => finding.Severity).ThenBy(finding => finding.Sequence ?? long.MaxValue).ToArray();
    }
}
