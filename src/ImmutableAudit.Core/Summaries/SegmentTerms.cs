using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Merkle;

namespace ImmutableAudit.Summaries;

/// <summary>What the records of a segment, or of several that follow each other, can be found by.</summary>
internal sealed class SegmentTerms
{
    // So many beginnings of one resource are kept.
    public const int MostPrefixes = 16;
    private readonly HashSet<string> _actors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _actions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _resources = new(StringComparer.Ordinal);
    private readonly HashSet<string> _under = new(StringComparer.Ordinal);

    private SegmentTerms(long first, long bytes, Digest stored) => (First, Bytes, Stored) = (first, bytes, stored);

    public long First { get; private set; }

    public long Count { get; private set; }

    public long End => First + Count;

    public int Segments { get; private set; } = 1;

    /// <summary>Bytes as stored.</summary>
    public long Bytes { get; private set; }

    /// <summary>The stored digest, of one segment.</summary>
    public Digest Stored { get; private set; }

    public long MinTime { get; private set; } = long.MaxValue;

    public long MaxTime { get; private set; } = long.MinValue;

    public long MinRecorded { get; private set; } = long.MaxValue;

    public long MaxRecorded { get; private set; } = long.MinValue;

    public HashSet<AuditOutcome> Outcomes { get; } = [];

    /// <summary>None yet: of a segment that is being written.</summary>
    public static SegmentTerms Begin() => new(0, 0, default);

    /// <summary>Takes an event as it was written: its texts stand in the record as they are. The same as to read its line.</summary>
    /// <param name="auditEvent">The event.</param>
    /// <param name="timeTicks">When it happened, as the record has it.</param>
    public void Add(AuditEvent auditEvent, long timeTicks)
    {
        Count++;
        MinTime = Math.Min(MinTime, timeTicks);
        MaxTime = Math.Max(MaxTime, timeTicks);
        if (auditEvent.Outcome is { } outcome)
            Outcomes.Add(outcome);
        AddFolded(_actions, auditEvent.Action);
        AddFolded(_actors, auditEvent.ActorId);
        AddFolded(_actors, auditEvent.ActorName);
        AddResource(auditEvent.ResourceId);
        AddResource(auditEvent.ResourceName);
    }

    /// <summary>Says which segment the events became.</summary>
    /// <param name="first">Its first record.</param>
    /// <param name="bytes">Bytes as stored.</param>
    /// <param name="stored">Its stored digest.</param>
    /// <param name="recordedTicks">When all of its records were recorded.</param>
    public void Become(long first, long bytes, Digest stored, long recordedTicks)
    {
        (First, Bytes, Stored) = (first, bytes, stored);
        (MinRecorded, MaxRecorded) = (recordedTicks, recordedTicks);
    }

    /// <summary>Reads a segment that was parsed, with its text.</summary>
    public static SegmentTerms Of(ParsedSegment segment, long bytes)
    {
        var terms = new SegmentTerms(segment.First, bytes, segment.StoredDigest);
        var line = new LineTerms();
        for (var i = 0; i < segment.Count; i++)
        {
            // Not the text at once: the parser lends the line feeds to its hashes.
            line.Read(segment.Line(i).Span);
            terms.Take(line);
        }

        return terms;
    }

    /// <summary>What several say together. At least one.</summary>
    public static SegmentTerms Join(IReadOnlyList<SegmentTerms> all)
    {
        var joined = new SegmentTerms(all[0].First, 0, default) { Segments = 0 };
        foreach (var one in all)
        {
            joined.Count += one.Count;
            joined.Segments += one.Segments;
            joined.Bytes += one.Bytes;
            joined.MinTime = Math.Min(joined.MinTime, one.MinTime);
            joined.MaxTime = Math.Max(joined.MaxTime, one.MaxTime);
            joined.MinRecorded = Math.Min(joined.MinRecorded, one.MinRecorded);
            joined.MaxRecorded = Math.Max(joined.MaxRecorded, one.MaxRecorded);
            joined.Outcomes.UnionWith(one.Outcomes);
            joined._actors.UnionWith(one._actors);
            joined._actions.UnionWith(one._actions);
            joined._resources.UnionWith(one._resources);
            joined._under.UnionWith(one._under);
        }

        return joined;
    }

    /// <summary>As a line of a summary.</summary>
    public SummaryEntry ToEntry() => new()
    {
        First = First,
        Count = Count,
        Segments = Segments,
        Bytes = Bytes,
        Stored = Segments == 1 ? Stored : null,
        MinTime = MinTime,
        MaxTime = MaxTime,
        MinRecorded = MinRecorded,
        MaxRecorded = MaxRecorded,
        Outcomes = [.. Outcomes.Order()],
        Actors = TermSet.Of(_actors, First),
        Actions = TermSet.Of(_actions, First),
        Resources = TermSet.Of(_resources, First),
        Under = TermSet.Of(_under, First),
    };

    /// <summary>The longest beginning of a resource, up to and with a <c>/</c> or <c>:</c>, that summaries tell of; null where there is none.</summary>
    public static string? PrefixOf(ReadOnlySpan<char> lead)
    {
        int found = 0, end = 0;
        for (var i = 0; i < lead.Length && found < MostPrefixes; i++)
        {
            if (lead[i] is '/' or ':')
                (found, end) = (found + 1, i + 1);
        }

        return end == 0 ? null : lead[..end].ToString();
    }

    private void Take(LineTerms line)
    {
        Count++;
        MinTime = Math.Min(MinTime, line.TimeTicks);
        MaxTime = Math.Max(MaxTime, line.TimeTicks);
        MinRecorded = Math.Min(MinRecorded, line.RecordedTicks);
        MaxRecorded = Math.Max(MaxRecorded, line.RecordedTicks);
        if (line.Outcome is { } outcome)
            Outcomes.Add(outcome);
        if (line.TryAction(out var name))
            Add(_actions, name);
        if (line.TryActorId(out name))
            Add(_actors, name);
        if (line.TryActorName(out name))
            Add(_actors, name);
        if (line.TryResourceId(out name) && Add(_resources, name))
            AddPrefixes(name);
        if (line.TryResourceName(out name) && Add(_resources, name))
            AddPrefixes(name);
    }

    private static void AddFolded(HashSet<string> names, string? name)
    {
        if (name is null)
            return;
        Span<char> folded = name.Length <= 512 ? stackalloc char[name.Length] : new char[name.Length];
        name.CopyTo(folded);
        LineTerms.Fold(folded);
        Add(names, folded);
    }

    private void AddResource(string? name)
    {
        if (name is not null && _resources.Add(name))
            AddPrefixes(name);
    }

    private void AddPrefixes(ReadOnlySpan<char> name)
    {
        var found = 0;
        for (var i = 0; i < name.Length && found < MostPrefixes; i++)
        {
            if (name[i] is not ('/' or ':'))
                continue;
            found++;
            Add(_under, name[..(i + 1)]);
        }
    }

    private static bool Add(HashSet<string> names, ReadOnlySpan<char> name) => names.GetAlternateLookup<ReadOnlySpan<char>>().Add(name);
}
