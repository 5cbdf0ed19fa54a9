using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell;

/// <summary>What this account remembers of a log, so that a rollback, a fork or another log in its place is noticed.</summary>
public sealed record AuditTrustInfo
{
    internal AuditTrustInfo(KnownLog known)
    {
        Log = known.Location;
        Endpoint = known.Endpoint;
        Origin = known.Origin;
        GenesisHash = known.GenesisHash;
        Key = known.Key;
        Records = known.Checkpoint?.Size;
        Root = known.Checkpoint?.Root.ToBase64();
        Verified = known.Verified?.Size;
    }

    /// <summary>The location.</summary>
    public string Log { get; }

    /// <summary>The S3-compatible endpoint; null for AWS and directories.</summary>
    public string? Endpoint { get; }

    /// <summary>The log's origin.</summary>
    public string Origin { get; }

    /// <summary>SHA-256 of the first segment.</summary>
    public string GenesisHash { get; }

    /// <summary>Where the sealing key is: a file or a KMS key's name. Never the key.</summary>
    public string? Key { get; }

    /// <summary>The size of the newest checkpoint that was seen.</summary>
    public long? Records { get; }

    /// <summary>Its Merkle root in base64.</summary>
    public string? Root { get; }

    /// <summary>How many records the last verification that passed covered; null where none did.</summary>
    public long? Verified { get; }
}
