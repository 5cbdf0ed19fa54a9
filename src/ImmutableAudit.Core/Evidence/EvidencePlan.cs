using ImmutableAudit.Events;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Evidence;

/// <summary>What is to be exported as evidence.</summary>
public sealed record EvidencePlan
{
    /// <summary>Which records.</summary>
    public required EvidenceSelection Selection { get; init; }

    /// <summary>A signed checkpoint of this log at the end of one of its segments; null for the newest.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>The certificates of the timestamping authorities' roots that the exporter believes: each file's name, for messages, and its content.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> TimestampRoots { get; init; } = [];

    /// <summary>Who asked, a case's number: the exporter's word. Null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Whether the whole log is verified as well, and the result put in.</summary>
    public bool Verify { get; init; }

    /// <summary>The clock, for when it was made.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>Which records: by their numbers, or by what they say. All that is given must hold.</summary>
public sealed record EvidenceSelection
{
    /// <summary>Their numbers; null for any.</summary>
    public IReadOnlyCollection<long>? Sequences { get; init; }

    /// <summary>Leaf hashes (hex) of records that were read before, by their numbers: the export stops where the log has others.</summary>
    public IReadOnlyDictionary<long, string> LeafHashes { get; init; } = new Dictionary<long, string>();

    /// <summary>Only events that happened then or later; null for any.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Only events that happened before; null for any.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Actors' ids or names, with * and ?, in any case; empty for any.</summary>
    public IReadOnlyList<string> Actors { get; init; } = [];

    /// <summary>Resources' ids or names, with * and ?, in this case; empty for any.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>Actions, with * and ?, in any case; empty for any.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>Outcomes; empty for any.</summary>
    public IReadOnlyList<AuditOutcome> Outcomes { get; init; } = [];

    /// <summary>Whether a record is meant, apart from its number.</summary>
    internal bool Matches(AuditRecord record) =>
        (After is null || record.Time >= After) && (Before is null || record.Time < Before)
        && (Outcomes.Count == 0 || (record.Outcome is { } outcome && Outcomes.Contains(outcome)))
        && IsAny(Actors, true, record.ActorId, record.ActorName)
        && IsAny(Resources, false, record.ResourceId, record.ResourceName)
        && IsAny(Actions, true, record.Action);

    private static bool IsAny(IReadOnlyList<string> patterns, bool ignoreCase, params ReadOnlySpan<string?> texts)
    {
        foreach (var pattern in patterns)
        {
            foreach (var text in texts)
            {
                if (text is not null && IsLike(text, pattern, ignoreCase))
                    return true;
            }
        }

        return patterns.Count == 0;
    }

    // The last star takes one character more each time that what follows it doesn't fit.
    private static bool IsLike(string text, string pattern, bool ignoreCase)
    {
        int at = 0, of = 0, star = -1, taken = 0;
        while (at < text.Length)
        {
            if (of < pattern.Length && pattern[of] == '*')
            {
                star = of++;
                taken = at;
            }
            else if (of < pattern.Length && (pattern[of] == '?' || pattern[of] == text[at] || (ignoreCase && char.ToUpperInvariant(pattern[of]) == char.ToUpperInvariant(text[at]))))
            {
                at++;
                of++;
            }
            else if (star >= 0)
            {
                of = star + 1;
                at = ++taken;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(of).IndexOfAnyExcept('*') < 0;
    }
}

/// <summary>What an export wrote.</summary>
public sealed record EvidenceSummary
{
    /// <summary>The zip's absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 over the zip, hex: to be told to who checks it, in another way than the zip.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>The log's origin.</summary>
    public required string Origin { get; init; }

    /// <summary>Records that were asked for and are proven.</summary>
    public required int Records { get; init; }

    /// <summary>Other records that the package discloses: the first segment, those with key records, and the first record of the checkpoint's segment.</summary>
    public required long RecordsBeside { get; init; }

    /// <summary>How many records the checkpoint has.</summary>
    public required long CheckpointSize { get; init; }

    /// <summary>How many timestamps.</summary>
    public required int Timestamps { get; init; }

    /// <summary>How the records' objects are locked, as the store told: a count of each, in words.</summary>
    public required string Retention { get; init; }

    /// <summary>What couldn't be seen or was left out, so that the package says nothing of it.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }
}
