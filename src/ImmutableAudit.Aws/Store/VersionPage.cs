using ImmutableAudit.Storage;

namespace ImmutableAudit.Aws;

/// <summary>Where a listing goes on: after a key, and within a key after a version.</summary>
/// <param name="Key">The key, relative to the log; null for the beginning.</param>
/// <param name="VersionId">The version; null for all of the key's.</param>
internal readonly record struct VersionMarker(string? Key, string? VersionId);

/// <summary>One answer of ListObjectVersions.</summary>
/// <param name="Entries">Versions and delete markers in the store's order.</param>
/// <param name="Next">Where the next page begins; null after the last.</param>
internal sealed record VersionPage(IReadOnlyList<StoredVersion> Entries, VersionMarker? Next);
