using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;

namespace ImmutableAudit.Log;

/// <summary>What an account remembers of one log, as <c>known_hosts</c> does of hosts.</summary>
public sealed record KnownLog
{
    /// <summary>The absolute directory or s3:// location.</summary>
    public required string Location { get; init; }

    /// <summary>The S3-compatible endpoint, since buckets of two endpoints can have one name; null for AWS and directories.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The log's origin.</summary>
    public required string Origin { get; init; }

    /// <summary>SHA-256 of the first segment's stored bytes, in hex.</summary>
    public required string GenesisHash { get; init; }

    /// <summary>Where the sealing key is: a file or a KMS key's name. Never the key.</summary>
    public string? Key { get; init; }

    /// <summary>The newest checkpoint seen; null where none was.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>The checkpoint up to which the log was last verified and passed; null where it never was. Seeing isn't verifying.</summary>
    public Checkpoint? Verified { get; init; }

    /// <summary>Checkpoints seen over time, oldest first: by when their records existed. At most <see cref="SeenCheckpoint.Most"/>.</summary>
    public IReadOnlyList<SeenCheckpoint> Seen { get; init; } = [];

    /// <summary>The same log, verified up to a checkpoint.</summary>
    /// <param name="note">A signed checkpoint of this log, read from the version that counts.</param>
    /// <param name="now">The time.</param>
    public KnownLog Verify(string note, DateTimeOffset now)
    {
        var advanced = Advance(note, now);
        var seen = SignedNote.TryParse(note) is { } signed ? Checkpoint.TryParse(signed.Text) : null;
        return seen is null || seen.Origin != Origin || seen.Size <= (Verified?.Size ?? 0) ? advanced : advanced with { Verified = seen };
    }

    /// <summary>The same log with a checkpoint, where that is newer than the remembered one.</summary>
    /// <param name="note">A signed checkpoint of this log, read from the version that counts.</param>
    /// <param name="now">The time.</param>
    public KnownLog Advance(string note, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(note);
        var seen = SignedNote.TryParse(note) is { } signed ? Checkpoint.TryParse(signed.Text) : null;
        return seen is null || seen.Origin != Origin || seen.Size <= (Checkpoint?.Size ?? 0)
            ? this
            : this with { Checkpoint = seen, Seen = SeenCheckpoint.Add(Seen, new SeenCheckpoint(seen, now.ToUniversalTime())) };
    }
}
