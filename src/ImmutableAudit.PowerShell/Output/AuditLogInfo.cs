using System.Globalization;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.PowerShell;

/// <summary>What kind of place a log is in.</summary>
public enum AuditLogKind
{
    /// <summary>A directory: tamper-evident. Whoever may write there can delete, and is found out.</summary>
    Directory,

    /// <summary>A bucket: tamper-evident, and tamper-proof as far as the bucket locks what is written.</summary>
    S3,
}

/// <summary>A log as it says of itself. The members are flat, so that tables and exports are too.</summary>
public sealed record AuditLogInfo
{
    internal AuditLogInfo(AuditLog log, AuditLogKind kind)
    {
        var genesis = log.Genesis;
        Log = log.Location;
        Kind = kind;
        Origin = genesis.Origin;
        Records = log.Size;
        LastRecorded = log.LastRecorded;
        Closed = log.IsClosed;
        Mode = genesis.Retention?.Mode;
        RetentionDays = genesis.Retention?.Days;
        ToleranceSeconds = genesis.ToleranceSeconds;
        HeartbeatSeconds = genesis.HeartbeatSeconds;
        KeyIds = genesis.Keys.Select(key => key.Key.KeyId.ToString("x8", CultureInfo.InvariantCulture)).ToArray();
        Keys = genesis.Keys.Select(key => key.Key.ToString()).ToArray();
        KeysInForce = log.Sealers.Select(key => key.ToString()).ToArray();
        GenesisHash = log.GenesisHash;
        Checkpoint = log.Checkpoint;
    }

    /// <summary>The location.</summary>
    public string Log { get; }

    /// <summary>Directory or S3.</summary>
    public AuditLogKind Kind { get; }

    /// <summary>The log's name and 128 random bits: no other log has the same.</summary>
    public string Origin { get; }

    /// <summary>How many records, the log's own included.</summary>
    public long Records { get; }

    /// <summary>When the last record was recorded.</summary>
    public DateTimeOffset LastRecorded { get; }

    /// <summary>Whether the log was closed for ever.</summary>
    public bool Closed { get; }

    /// <summary>The promised lock's mode; null where none is promised.</summary>
    public RetentionMode? Mode { get; }

    /// <summary>The promised lock's days; null where none is promised.</summary>
    public int? RetentionDays { get; }

    /// <summary>How far clocks may be apart.</summary>
    public int ToleranceSeconds { get; }

    /// <summary>The longest silence promised; null for no promise.</summary>
    public int? HeartbeatSeconds { get; }

    /// <summary>The ids of the keys that the log began with.</summary>
    public IReadOnlyList<string> KeyIds { get; }

    /// <summary>Those keys, as verifier keys to be trusted elsewhere.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The keys that may seal now, as verifier keys: what checks the newest checkpoint.</summary>
    public IReadOnlyList<string> KeysInForce { get; }

    /// <summary>SHA-256 of the first segment: what to pin the log by.</summary>
    public string GenesisHash { get; }

    /// <summary>The signed checkpoint at the log's end: keep it to prove later that nothing before it was changed.</summary>
    public string Checkpoint { get; }
}
