using ImmutableAudit.Chain;

namespace ImmutableAudit.Log;

/// <summary>
/// A segment's final bytes for one position and one predecessor. Every further attempt at this position sends these
/// bytes again: signing is random, so new bytes would be a second segment with the same events.
/// </summary>
/// <param name="Key">The object's key.</param>
/// <param name="Stored">The bytes. They lie in the builder's buffer until it builds the next segment.</param>
/// <param name="Segment">What the bytes say, checked by the rules of validity.</param>
/// <param name="Next">The chain behind it.</param>
internal sealed record FrozenSegment(string Key, ReadOnlyMemory<byte> Stored, ParsedSegment Segment, ChainState Next);
