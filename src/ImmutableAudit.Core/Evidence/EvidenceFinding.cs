using ImmutableAudit.Verification;

namespace ImmutableAudit.Evidence;

/// <summary>What was found in a package.</summary>
public enum EvidenceFindingKind
{
    /// <summary>A file isn't as the manifest lists it.</summary>
    FileAltered,

    /// <summary>A file that the manifest lists, or that a package can't do without, isn't there.</summary>
    FileMissing,

    /// <summary>A file that the manifest doesn't list, or whose name no file of a package has.</summary>
    FileUnknown,

    /// <summary>A file doesn't follow its format.</summary>
    FileInvalid,

    /// <summary>The first segment isn't one.</summary>
    GenesisInvalid,

    /// <summary>The log isn't the one that was expected, or isn't sealed by a key that is trusted.</summary>
    NotTrusted,

    /// <summary>Which keys were in force at the checkpoint isn't shown.</summary>
    KeysNotShown,

    /// <summary>The checkpoint isn't one of this log, signed by a key in force.</summary>
    CheckpointInvalid,

    /// <summary>The log at the checkpoint isn't shown to continue an earlier state of itself.</summary>
    ContinuationInvalid,

    /// <summary>A record isn't shown to be under the checkpoint.</summary>
    RecordNotProven,

    /// <summary>A record claims to have been recorded after a trusted timestamp shows that it existed.</summary>
    RecordedTooLate,

    /// <summary>A record may have been sealed by a key that the log reports compromised, and no trusted timestamp shows that it is older.</summary>
    Suspect,

    /// <summary>A timestamp that isn't a sound one over a checkpoint of this log.</summary>
    TimestampInvalid,

    /// <summary>A sound timestamp by somebody whom the checker doesn't trust.</summary>
    TimestampUntrusted,

    /// <summary>Sound timestamps, and nobody said whose to believe.</summary>
    TimestampUnchecked,

    /// <summary>More findings than are listed.</summary>
    MoreFindings,
}

/// <summary>One thing that was found in a package.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Severity">How much it weighs.</param>
/// <param name="File">The file in the zip; null where it is about none.</param>
/// <param name="Sequence">The record; null where it is about none.</param>
/// <param name="Message">What was seen and what it means, for a person.</param>
public sealed record EvidenceFinding(EvidenceFindingKind Kind, FindingSeverity Severity, string? File, long? Sequence, string Message)
{
    /// <summary>The message with where it is about.</summary>
    public override string ToString() => $"{Severity}: {Kind}: {Message}";
}

/// <summary>Gathers findings; keeps the first of each kind in full and counts the rest.</summary>
internal sealed class EvidenceFindings
{
    private const int MostOfAKind = 200;
    private readonly List<EvidenceFinding> _findings = [];
    private readonly Dictionary<(EvidenceFindingKind Kind, FindingSeverity Severity), long> _counts = [];

    public void Fail(EvidenceFindingKind kind, string? file, long? sequence, string message) => Add(kind, FindingSeverity.Failure, file, sequence, message);

    public void Add(EvidenceFindingKind kind, FindingSeverity severity, string? file, long? sequence, string message)
    {
        if ((_counts[(kind, severity)] = _counts.GetValueOrDefault((kind, severity)) + 1) <= MostOfAKind)
            _findings.Add(new EvidenceFinding(kind, severity, file, sequence, message));
    }

    public ChainResult Result =>
        _counts.Keys.Any(key => key.Severity == FindingSeverity.Failure) ? ChainResult.Failed
        : _counts.Keys.Any(key => key.Severity == FindingSeverity.Unknown) ? ChainResult.Unknown
        : ChainResult.Passed;

    /// <summary>All findings, worst first.</summary>
    public IReadOnlyList<EvidenceFinding> ToList()
    {
        var more = _counts.Where(count => count.Value > MostOfAKind).Select(count => new EvidenceFinding(
            EvidenceFindingKind.MoreFindings, count.Key.Severity, null, null, $"{count.Value - MostOfAKind:N0} more findings of the kind {count.Key.Kind} aren't listed."));
        return _findings.Concat(more).OrderByDescending(finding => finding.Severity).ToArray();
    }
}
