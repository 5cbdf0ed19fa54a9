namespace ImmutableAudit.Timestamps;

/// <summary>What is known of who issued a timestamp.</summary>
public enum TimestampTrust
{
    /// <summary>No roots were given to judge by: whoever made the token may be anybody.</summary>
    NotValidated,

    /// <summary>The certificates lead to a root that was given.</summary>
    Trusted,

    /// <summary>They don't.</summary>
    Untrusted,
}

/// <summary>
/// A timestamp (RFC 3161) over a log's checkpoint: somebody else's word that the checkpoint, and so every record below it,
/// existed at a time. The members are flat, so that tables and exports are too.
/// </summary>
public sealed record AuditTimestamp
{
    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>How many records the checkpoint has: the token stands for records 0 to this number less one.</summary>
    public required long Size { get; init; }

    /// <summary>The token's time, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How far the authority says that its time may be off, to either side; null where it doesn't say.</summary>
    public required TimeSpan? Accuracy { get; init; }

    /// <summary>The subject of the certificate that signed the token.</summary>
    public required string Tsa { get; init; }

    /// <summary>The authority's policy under which it was issued: an object identifier in dots.</summary>
    public required string Policy { get; init; }

    /// <summary>The token's serial number at its authority, hex.</summary>
    public required string SerialNumber { get; init; }

    /// <summary>The token's object, relative to the log.</summary>
    public required string ObjectKey { get; init; }

    /// <summary>The object's version; null where the store keeps none.</summary>
    public string? VersionId { get; init; }

    /// <summary>What is known of who issued it.</summary>
    public required TimestampTrust Trust { get; init; }

    /// <summary>The root that the certificates lead to, by its subject and the SHA-256 of the certificate; null where there is none.</summary>
    public string? Root { get; init; }

    /// <summary>By when what it stands for existed: its time and its accuracy, UTC.</summary>
    internal DateTimeOffset Latest => Accuracy is { } accuracy && DateTimeOffset.MaxValue - Time > accuracy ? Time + accuracy : Time;
}
