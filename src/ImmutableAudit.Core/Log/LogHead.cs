using ImmutableAudit.Chain;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>Where a log ends: the chain's state there, and the version that holds the last segment.</summary>
/// <param name="State">The chain before the next position.</param>
/// <param name="Last">The last segment's version; null before the genesis.</param>
internal sealed record LogHead(ChainState State, StoredVersion? Last)
{
    public static LogHead Empty { get; } = new(ChainState.Empty, null);
}
