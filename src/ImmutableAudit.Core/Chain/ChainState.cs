using ImmutableAudit.Merkle;

namespace ImmutableAudit.Chain;

/// <summary>
/// The log before position <see cref="Size"/>: all that decides whether an object at that position is valid, and all
/// that a writer needs to go on. Immutable.
/// </summary>
internal sealed record ChainState
{
    /// <summary>Before the genesis.</summary>
    public static ChainState Empty { get; } = new()
    {
        Frontier = new CompactRange(),
        LastRecordedTicks = DateTime.MinValue.Ticks,
        KeysAt = -1,
        LastFirst = -1,
    };

    /// <summary>The next position: how many records there are.</summary>
    public long Size { get; init; }

    /// <summary>The leaf hash of the last record; zeros if there is none.</summary>
    public Digest LastLeaf { get; init; }

    /// <summary>SHA-256 of the stored bytes of the last segment; zeros if there is none.</summary>
    public Digest LastSegment { get; init; }

    /// <summary>The first record of the last segment; −1 if there is none.</summary>
    public long LastFirst { get; init; }

    public long LastRecordedTicks { get; init; }

    /// <summary>The newest key record; −1 before the genesis.</summary>
    public long KeysAt { get; init; }

    /// <summary>The compact range of [0, size). Never changed once it is here.</summary>
    public required CompactRange Frontier { get; init; }

    public Genesis? Genesis { get; init; }

    /// <summary>SHA-256 over the stored bytes of the first segment, which pins the genesis.</summary>
    public Digest GenesisSegment { get; init; }

    public KeyRing? Keys { get; init; }

    public bool IsClosed { get; init; }

    /// <summary>The last segment's checkpoint as a signed note; null before the genesis.</summary>
    public string? Note { get; init; }

    public string Origin => Genesis?.Origin ?? throw new InvalidOperationException("There is no genesis yet.");

    /// <summary>The state behind a segment, or why the segment doesn't follow here.</summary>
    public ChainState? Accept(ParsedSegment segment, out SegmentDefect? defect)
    {
        defect = Misfit(segment);
        if (defect is not null)
            return null;
        var genesis = Genesis ?? ReadGenesis(segment, out defect);
        if (genesis is null)
            return null;
        var keys = Keys ?? KeyRing.Of(genesis);
        defect = CheckSeal(segment, genesis, keys);
        if (defect is not null)
            return null;

        var keysAt = Size == 0 ? 0 : KeysAt;
        var keysAfter = keys;
        var closed = false;
        foreach (var reserved in segment.Reserved)
        {
            if (reserved.Sequence == 0)
                continue;
            if (closed)
                return Refuse(reserved.Sequence, "a record follows LogClosed", out defect);
            if (AdminRecord.TryParse(reserved.Sequence, reserved.Action, reserved.Data) is not { } record)
                return Refuse(reserved.Sequence, $"'{reserved.Action}' isn't a record of the log's own that this format knows, or its data is wrong", out defect);
            if (!record.IsSignedBy(keys.Admins, genesis.Origin, keysAt))
                return Refuse(reserved.Sequence, $"'{reserved.Action}' isn't signed by an admin key of this log for this place", out defect);
            if (keysAfter.After(record) is not { } changed)
                return Refuse(reserved.Sequence, $"'{reserved.Action}' names a key that can't be changed so: unknown, in force already, of another log, or with the ID of another", out defect);
            keysAfter = changed;
            if (record.IsKeyRecord)
                keysAt = record.Sequence;
            closed = record.Action == AdminRecord.LogClosed;
            if (closed && record.Sequence != segment.End - 1)
                return Refuse(reserved.Sequence + 1, "a record follows LogClosed", out defect);
        }

        return After(segment, genesis, keysAfter, keysAt, closed, Size == 0 ? segment.StoredDigest : GenesisSegment);
    }

    /// <summary>
    /// The state behind a segment whose own words about the log before it were checked in another way
    /// (a cold start: it proves itself and agrees with the segment before it).
    /// </summary>
    public static ChainState After(ParsedSegment segment, Genesis genesis, KeyRing keys, long keysAt, bool closed, Digest genesisSegment) => new()
    {
        Size = segment.End,
        LastLeaf = segment.LastLeaf,
        LastSegment = segment.StoredDigest,
        LastFirst = segment.First,
        LastRecordedTicks = segment.LastRecordedTicks,
        KeysAt = keysAt,
        Frontier = segment.EndFrontier,
        Genesis = genesis,
        GenesisSegment = genesisSegment,
        Keys = keys,
        IsClosed = closed,
        Note = segment.Seal.Note,
    };

    /// <summary>Whether the seal is by a key of the ring that may seal. Null if so.</summary>
    public static SegmentDefect? CheckSeal(ParsedSegment segment, Genesis genesis, KeyRing keys)
    {
        var signature = segment.Seal.Signature;
        if (segment.Seal.Checkpoint.Origin != genesis.Origin)
            return new SegmentDefect(DefectKind.Signature, null, $"the seal is of another log ('{segment.Seal.Checkpoint.Origin}')");
        if (keys.FindSealer(signature.KeyId) is not { } key)
        {
            var why = keys.Find(signature.KeyId) switch
            {
                null => $"the seal is by key {signature.KeyId:x8}, which this log doesn't know",
                { InForce: false } retired => $"the seal is by key {signature.KeyId:x8}, which record {retired.RetiredAt} took out of force",
                _ => $"the seal is by key {signature.KeyId:x8}, which may not seal",
            };
            return new SegmentDefect(DefectKind.Signature, null, why);
        }

        // A worker may have verified this very signature with this very key already.
        return segment.Seal.IsVerifiedBy(key) ? null : new SegmentDefect(DefectKind.Signature, null, "the seal's signature is false");
    }

    private SegmentDefect? Misfit(ParsedSegment segment)
    {
        if (IsClosed)
            return new SegmentDefect(DefectKind.Misfit, segment.First, "the log was closed before this segment");
        if (segment.First != Size)
            return new SegmentDefect(DefectKind.Misfit, segment.First, $"the log goes on at {Size}, not here");
        if (segment.Previous != LastLeaf)
            return new SegmentDefect(DefectKind.Misfit, segment.First, $"record {segment.First} names another record before it than the one that is there");
        if (segment.PreviousSegment != LastSegment)
            return new SegmentDefect(DefectKind.Misfit, segment.First, $"record {segment.First} names another segment before it than the one that is there");
        if (segment.Keys != KeysAt)
            return new SegmentDefect(DefectKind.Misfit, segment.First, $"record {segment.First} names record {segment.Keys} as the newest key record; it is {KeysAt}");
        return segment.Seal.Frontier.SameAs(Frontier)
            ? null
            : new SegmentDefect(DefectKind.Misfit, segment.First, "the seal's frontier isn't that of the log before it");
    }

    private static Genesis? ReadGenesis(ParsedSegment segment, out SegmentDefect? defect)
    {
        var first = segment.Reserved.Count > 0 ? segment.Reserved[0] : null;
        var genesis = first is { Sequence: 0, Action: LogFormat.LogCreated } && first.Data.Length > 0 ? Chain.Genesis.TryParse(first.Data) : null;
        defect = genesis is null ? new SegmentDefect(DefectKind.Admin, 0, "record 0 isn't a genesis of this format") : null;
        return genesis;
    }

    private static ChainState? Refuse(long sequence, string message, out SegmentDefect? defect)
    {
        defect = new SegmentDefect(DefectKind.Admin, sequence, message);
        return null;
    }
}
