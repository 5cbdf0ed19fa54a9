namespace ImmutableAudit.Chain;

/// <summary>The numbers and names of the log format, version 1 (<c>docs/log-format.md</c>).</summary>
public static class LogFormat
{
    /// <summary>The version that a genesis names.</summary>
    public const int Version = 1;

    /// <summary>Bytes in a record's line at most, without its line feed.</summary>
    public const int MaxRecordBytes = 65_535;

    /// <summary>Records in a segment at most. Also the boundary that no segment crosses.</summary>
    public const int MaxSegmentRecords = 16_384;

    /// <summary>Bytes in a segment at most, uncompressed, with its seal.</summary>
    public const int MaxSegmentBytes = 16 * 1024 * 1024;

    /// <summary>Bytes stored for a segment at most; a larger object is invalid unread.</summary>
    public const int MaxStoredBytes = 17 * 1024 * 1024;

    /// <summary>How deep JSON may be nested; the record itself is level 1.</summary>
    public const int MaxDepth = 64;

    /// <summary>Seconds that clocks may differ where a genesis says nothing else.</summary>
    public const int DefaultToleranceSeconds = 300;

    /// <summary>The least tolerance: a store's Last-Modified is in whole seconds.</summary>
    public const int MinToleranceSeconds = 5;

    /// <summary>The largest sequence number: 18 digits.</summary>
    public const long MaxSequence = 999_999_999_999_999_999;

    /// <summary>How the actions of the log's own records begin. Callers can't use them.</summary>
    public const string ReservedPrefix = "immutableaudit:";

    /// <summary>The action of record 0.</summary>
    public const string LogCreated = ReservedPrefix + "LogCreated";

    // What a record's line can need before the caller's part: {"seq":…,"prev":"…","segment":"…","keys":…,"recorded":"…".
    internal const int MaxHeadBytes = 260;
}
