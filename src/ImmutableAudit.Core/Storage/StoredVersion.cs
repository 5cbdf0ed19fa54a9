namespace ImmutableAudit.Storage;

/// <summary>One entry of a version listing.</summary>
/// <param name="Key">The object's key, relative to the log.</param>
/// <param name="VersionId">The version's id; null where the store keeps no versions.</param>
/// <param name="ETag">The ETag without quotes; empty for a delete marker and in a directory.</param>
/// <param name="Size">Bytes stored; 0 for a delete marker.</param>
/// <param name="LastModified">The store's clock at the write, UTC. Never used to order versions.</param>
/// <param name="IsDeleteMarker">Whether it only hides what is below it.</param>
public sealed record StoredVersion(
    string Key, string? VersionId, string ETag, long Size, DateTimeOffset LastModified, bool IsDeleteMarker)
{
    /// <summary>
    /// Whether it was assembled from parts: S3 marks such ETags with <c>-N</c>. On AWS an upload begun early and
    /// completed late sorts by its beginning, so such a version could slip below others; it never counts.
    /// </summary>
    public bool IsMultipart => ETag.Contains('-', StringComparison.Ordinal);
}
