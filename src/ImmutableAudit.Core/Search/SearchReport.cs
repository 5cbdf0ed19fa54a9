namespace ImmutableAudit.Search;

/// <summary>What a search read, and what it could leave out.</summary>
public sealed record SearchReport
{
    /// <summary>The log's location.</summary>
    public required string Log { get; init; }

    /// <summary>Records in the log.</summary>
    public required long RecordsInLog { get; init; }

    /// <summary>Records that were compared with the query, each verified.</summary>
    public required long RecordsRead { get; init; }

    /// <summary>Records that summaries said can't match.</summary>
    public required long RecordsLeftOut { get; init; }

    /// <summary>Records that were given out.</summary>
    public required long Matches { get; init; }

    /// <summary>Fetches of segments, those included that show that others are in the log.</summary>
    public required long SegmentsFetched { get; init; }

    /// <summary>Bytes of those as stored.</summary>
    public required long SegmentBytes { get; init; }

    /// <summary>Summaries that were read and believed.</summary>
    public required long SummariesUsed { get; init; }

    /// <summary>Bytes of summaries that were fetched.</summary>
    public required long SummaryBytes { get; init; }

    /// <summary>Bytes of Merkle tiles that were fetched to show that segments are in the log.</summary>
    public required long TileBytes { get; init; }

    /// <summary>Requests that were sent: objects fetched, and listings begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Bytes as stored of the segments that were left out, as the summaries say.</summary>
    public required long BytesLeftOut { get; init; }

    /// <summary>Summaries that weren't believed, with the reason. The segments were read instead. The first 100.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    /// <summary>How many weren't believed.</summary>
    public required long SummariesIgnored { get; init; }

    /// <summary>Records no summary covered, so that all of them were read: those behind the newest summary, or of a log without.</summary>
    public required long RecordsUncovered { get; init; }

    /// <summary>Whether the search came to the log's other end, and didn't end with the number that was asked for.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Bytes fetched: segments, summaries and tiles. Finding the log's end, as for any reading, isn't counted.</summary>
    public long BytesFetched => SegmentBytes + SummaryBytes + TileBytes;

    /// <summary>That as a share of the bytes of the records that were searched, from 0 to 1; above 1 where little could be left out.</summary>
    public double Share => SegmentBytes + BytesLeftOut == 0 ? 0 : (double)BytesFetched / (SegmentBytes + BytesLeftOut);

    /// <summary>One line for a person.</summary>
    public override string ToString() =>
        $"{Matches:N0} of {RecordsInLog:N0} records match. {SegmentsFetched:N0} segments with {RecordsRead:N0} records were read and verified, {RecordsLeftOut:N0} records left out by {SummariesUsed:N0} signed summaries; {BytesFetched:N0} bytes fetched, {Share:P1} of what was searched.";
}
