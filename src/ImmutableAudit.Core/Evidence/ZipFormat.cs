namespace ImmutableAudit.Evidence;

/// <summary>The numbers of the zip format (APPNOTE 6.3.10) as far as a package uses it, and the bounds of a package.</summary>
internal static class ZipFormat
{
    public const ushort Stored = 0;
    public const ushort Deflated = 8;

    /// <summary>What a local header and an entry of the directory have in common: from the version needed to the length of the extra field.</summary>
    public const int SharedLength = 26;
    public const int LocalLength = 30;
    public const int EntryLength = 46;
    public const int EndLength = 22;

    /// <summary>Below where zip needs its 64-bit forms, which are refused.</summary>
    public const int MaxEntries = 65_000;

    /// <summary>The largest file: a segment.</summary>
    public const int MaxFileBytes = Chain.LogFormat.MaxStoredBytes;

    /// <summary>All files together, uncompressed.</summary>
    public const long MaxTotalBytes = 2L * 1024 * 1024 * 1024;

    public const int MaxNameLength = 200;

    public static ReadOnlySpan<byte> LocalSignature => "PK\x03\x04"u8;

    public static ReadOnlySpan<byte> EntrySignature => "PK\x01\x02"u8;

    public static ReadOnlySpan<byte> EndSignature => "PK\x05\x06"u8;
}
