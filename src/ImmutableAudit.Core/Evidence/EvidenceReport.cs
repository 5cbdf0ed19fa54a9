using ImmutableAudit.Signing;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Evidence;

/// <summary>One record of a package and what is shown of it.</summary>
/// <param name="Sequence">Its number in the log.</param>
/// <param name="IsProven">Whether it is shown to be under the checkpoint, in the log that was expected or is seen for the first time.</param>
/// <param name="IsSuspect">Whether a key that is reported compromised may have sealed it.</param>
/// <param name="Times">Between which times it came into the log, by others' clocks than its writer's; the earliest is never known from a package.</param>
/// <param name="Json">Its line as the log has it; null where it isn't proven.</param>
public sealed record EvidenceRecord(long Sequence, bool IsProven, bool IsSuspect, TimeBracket Times, string? Json)
{
    /// <summary>By when it existed, by a trusted timestamp; null where none shows it. UTC.</summary>
    public DateTimeOffset? ExistedBy => Times.Latest;
}

/// <summary>What a check of a package saw.</summary>
public sealed record EvidenceReport
{
    /// <summary>The package's absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 over the zip, hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>How it ended.</summary>
    public required ChainResult Result { get; init; }

    /// <summary>On what the log's first key is trusted.</summary>
    public required TrustBasis Trust { get; init; }

    /// <summary>The log's origin, as its first segment says; null where that isn't valid.</summary>
    public string? Origin { get; init; }

    /// <summary>SHA-256 of the first segment's stored bytes; null where that isn't valid.</summary>
    public string? GenesisHash { get; init; }

    /// <summary>The verifier keys that the first segment names: to compare with what is known of the log.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>The signed checkpoint that all records are proven under; null where it isn't good.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>How many records the checkpoint has; null where it isn't good.</summary>
    public long? CheckpointSize { get; init; }

    /// <summary>The key that signed the checkpoint, as a vkey; null where it isn't good.</summary>
    public string? CheckpointKey { get; init; }

    /// <summary>Up to which record (not included) no key record can have been left out; null where that isn't shown.</summary>
    public long? KeysShownTo { get; init; }

    /// <summary>The records.</summary>
    public required IReadOnlyList<EvidenceRecord> Records { get; init; }

    /// <summary>How many of them are proven.</summary>
    public int Proven { get; init; }

    /// <summary>Every sound timestamp, also those that aren't trusted.</summary>
    public IReadOnlyList<AuditTimestamp> Timestamps { get; init; } = [];

    /// <summary>What the exporter says. Nothing shows that it is true.</summary>
    public required EvidenceStatement ExporterSays { get; init; }

    /// <summary>What was found, worst first.</summary>
    public required IReadOnlyList<EvidenceFinding> Findings { get; init; }
}

/// <summary>What a checker brings along.</summary>
public sealed record EvidenceTrust
{
    /// <summary>Keys that are trusted: the log's first segment must be sealed by one of them. Empty: trusted at first sight, and said so.</summary>
    public IReadOnlyList<VerifierKey> TrustedKeys { get; init; } = [];

    /// <summary>The hash of the first segment if it is known, in hex; null if not.</summary>
    public string? GenesisHash { get; init; }

    /// <summary>The log's origin if it is known; null if not.</summary>
    public string? Origin { get; init; }

    /// <summary>Whose timestamps are believed; null for nobody's.</summary>
    public TimestampRoots? TimestampRoots { get; init; }
}
