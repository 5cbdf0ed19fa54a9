namespace ImmutableAudit.Summaries;

/// <summary>
/// Cuts the segments that go by into parts: one ends with each segment that reaches or crosses a multiple of 256 positions.
/// So a stream of small commits has a part for many of them, and a large segment one of its own.
/// </summary>
internal sealed class PartBuilder(long start)
{
    private List<SegmentTerms> _segments = [];

    /// <summary>Where the part at hand begins.</summary>
    public long PartStart { get; private set; } = start;

    /// <summary>The position that comes next.</summary>
    public long Next { get; private set; } = start;

    /// <summary>Whether a log of a size has a whole part more.</summary>
    public static bool HasEnd(long partStart, long size) => partStart / SummaryId.PartSize < size / SummaryId.PartSize;

    /// <summary>Takes the next segment; the part that it ends, or null.</summary>
    public Summary? Append(SegmentTerms segment)
    {
        if (segment.First != Next)
            throw new ArgumentException("Segments are missing before this one.", nameof(segment));
        _segments.Add(segment);
        Next = segment.End;
        if (!HasEnd(PartStart, Next))
            return null;
        var part = Summary.OfSegments(_segments);
        _segments = [];
        PartStart = Next;
        return part;
    }
}
