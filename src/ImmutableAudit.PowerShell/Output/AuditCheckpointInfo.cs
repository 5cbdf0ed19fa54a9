using System.Globalization;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;

namespace ImmutableAudit.PowerShell;

/// <summary>The newest signed checkpoint of a log, with what belongs to it. As text it is the signed note.</summary>
public sealed record AuditCheckpointInfo
{
    internal AuditCheckpointInfo(AuditLog log)
    {
        var note = SignedNote.TryParse(log.Checkpoint)!;
        Log = log.Location;
        Origin = log.Genesis.Origin;
        Size = log.Size;
        Root = Signing.Checkpoint.TryParse(note.Text)!.Root.ToBase64();
        KeyId = note.Signatures[0].KeyId.ToString("x8", CultureInfo.InvariantCulture);
        LastRecorded = log.LastRecorded;
        Stored = log.LastStored;
        GenesisHash = log.GenesisHash;
        Checkpoint = log.Checkpoint;
    }

    /// <summary>The location.</summary>
    public string Log { get; }

    /// <summary>The log's name and 128 random bits: no other log has the same.</summary>
    public string Origin { get; }

    /// <summary>How many records it covers.</summary>
    public long Size { get; }

    /// <summary>The RFC 6962 root over them, in base64.</summary>
    public string Root { get; }

    /// <summary>The id of the key that signed it, 8 hex digits.</summary>
    public string KeyId { get; }

    /// <summary>When the last record was recorded, by its writer's clock.</summary>
    public DateTimeOffset LastRecorded { get; }

    /// <summary>When the store took the last segment, by its own clock; null in a directory, which has none.</summary>
    public DateTimeOffset? Stored { get; }

    /// <summary>SHA-256 of the first segment: what to pin the log by.</summary>
    public string GenesisHash { get; }

    /// <summary>The signed note: what to keep.</summary>
    public string Checkpoint { get; }

    /// <summary>The note without its last line feed, which whatever writes lines adds.</summary>
    public override string ToString() => Checkpoint.TrimEnd('\n');
}
