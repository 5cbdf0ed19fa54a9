using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Timestamps;

namespace ImmutableAudit.Verification;

/// <summary>How a verification ended.</summary>
public enum ChainResult
{
    /// <summary>Everything promised was seen to hold. There may be warnings about what others left in the store.</summary>
    Passed,

    /// <summary>Nothing is known to be wrong, and something couldn't be seen.</summary>
    Unknown,

    /// <summary>A promise is broken; see the findings.</summary>
    Failed,
}

/// <summary>On what the verification trusts the log's first key.</summary>
public enum TrustBasis
{
    /// <summary>A key or genesis hash that the verifier was given.</summary>
    Given,

    /// <summary>The origin and genesis hash that this account remembers from an earlier visit.</summary>
    Remembered,

    /// <summary>The log's own genesis, as seen now for the first time: proves consistency, not whose log it is.</summary>
    FirstSight,
}

/// <summary>What a verification saw.</summary>
public sealed record ChainReport
{
    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>How it ended.</summary>
    public required ChainResult Result { get; init; }

    /// <summary>The log's origin; null where there is no valid genesis.</summary>
    public string? Origin { get; init; }

    /// <summary>On what the log's first key is trusted.</summary>
    public TrustBasis Trust { get; init; } = TrustBasis.FirstSight;

    /// <summary>The first record that was verified: 0, or how many were verified before and are proven to be the same still.</summary>
    public long From { get; init; }

    /// <summary>Records that were verified.</summary>
    public long Records { get; init; }

    /// <summary>Segments that were verified.</summary>
    public long Segments { get; init; }

    /// <summary>Bytes of the segments as stored.</summary>
    public long StoredBytes { get; init; }

    /// <summary>The Merkle root over all records, in base64 as the checkpoint has it; null where there is none.</summary>
    public string? Root { get; init; }

    /// <summary>The signed checkpoint at the log's end, to keep for the next verification.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>SHA-256 of the first segment's stored bytes: what to pin the log by.</summary>
    public string? GenesisHash { get; init; }

    /// <summary>The verifier keys that the genesis names.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>When the last record was recorded.</summary>
    public DateTimeOffset? LastRecorded { get; init; }

    /// <summary>
    /// Every sound timestamp over a checkpoint of the log, also those that aren't trusted. Where only what is newer was
    /// verified, those over that.
    /// </summary>
    public IReadOnlyList<AuditTimestamp> Timestamps { get; init; } = [];

    /// <summary>Between which times the records came into the log that <see cref="VerifyOptions.BracketRecords"/> asks for.</summary>
    public IReadOnlyList<TimeBracket> Brackets { get; init; } = [];

    /// <summary>What was found, worst first.</summary>
    public IReadOnlyList<ChainFinding> Findings { get; init; } = [];

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }
}

/// <summary>What a verifier brings along, and how he is told of progress.</summary>
public sealed record VerifyOptions
{
    /// <summary>Keys that the verifier trusts: position 0 must be sealed by one of them. Empty: trusted at first sight, and said so.</summary>
    public IReadOnlyList<VerifierKey> TrustedKeys { get; init; } = [];

    /// <summary>The hash of the first segment if it is known, in hex; null if not.</summary>
    public string? GenesisHash { get; init; }

    /// <summary>The origin expected at this place; null if not known.</summary>
    public string? Origin { get; init; }

    /// <summary>Checkpoints of this log that the verifier has kept. The log must contain the history of each.</summary>
    public IReadOnlyList<Checkpoint> KnownCheckpoints { get; init; } = [];

    /// <summary>
    /// Checkpoints that the verifier saw, and when: those that the log still contains clear what a compromised key sealed
    /// before. That it contains them isn't demanded.
    /// </summary>
    public IReadOnlyList<SeenCheckpoint> SeenCheckpoints { get; init; } = [];

    /// <summary>
    /// A checkpoint up to which the log was verified before: only what is newer is verified, if the log still ends its
    /// segment there with that very root; otherwise everything. What became of older objects since then isn't looked at.
    /// </summary>
    public Checkpoint? Since { get; init; }

    /// <summary>Receipts that the verifier has kept: number and leaf hash in hex.</summary>
    public IReadOnlyList<(long Sequence, string LeafHash)> Receipts { get; init; } = [];

    /// <summary>What of the objects that are derived from the log is compared with it.</summary>
    public DerivedCheck Derived { get; init; } = DerivedCheck.Tiles;

    /// <summary>Whose timestamps the verifier believes; null for nobody's: they are looked at then, and prove nothing.</summary>
    public TimestampRoots? TimestampRoots { get; init; }

    /// <summary>Records of which to tell between which times they came into the log. Those that aren't among the verified ones are left out.</summary>
    public IReadOnlyList<long> BracketRecords { get; init; } = [];

    /// <summary>How many threads; 0 for one a core.</summary>
    public int Threads { get; init; }

    /// <summary>Told now and then how many records were verified.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>The clock, for the heartbeat.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>Which of the objects beside a log are compared with its records. None of them decides over a record.</summary>
public enum DerivedCheck
{
    /// <summary>None.</summary>
    None,

    /// <summary>The Merkle tiles, which costs next to nothing beside the records.</summary>
    Tiles,

    /// <summary>The summaries for searches, too: all that each record can be found by is read again, for about as long as the rest takes.</summary>
    All,
}
