using ImmutableAudit.Chain;

namespace ImmutableAudit.Log;

/// <summary>
/// A segment's final bytes for one position and one predecessor. Every further attempt at this position sends these
/// bytes again: signing is random, so new bytes would be a second segment with the same events.
/// </summary>
/// <param name="Key">The object's key.</param>
/// <param name="Stored">The bytes.</param>
/// <param name="Segment">The bytes read back by the rules of validity.</param>
/// <param name="Next">The chain behind it.</param>
internal sealed record FrozenSegment(string Key, byte[] Stored, ParsedSegment Segment, ChainState Next);
