using System.Text.Unicode;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using Kind = ImmutableAudit.Evidence.EvidenceFindingKind;

namespace ImmutableAudit.Evidence;

/// <summary>
/// The keys of a log as a package shows them: the first segment, then each that holds key records, each naming the one
/// before it. So none can be left out between them; behind the last, the first record of the checkpoint's segment names it.
/// </summary>
internal sealed class KeyTrail : IDisposable
{
    private readonly EvidencePackage _package;
    private readonly EvidenceFindings _findings;
    private readonly SegmentParser _parser = new();
    private readonly List<ParsedSegment> _segments = [];
    private ChainState? _before;
    private ChainState? _state;

    public KeyTrail(EvidencePackage package, EvidenceFindings findings)
    {
        _package = package;
        _findings = findings;
        if (ReadGenesis())
            ReadOthers();
    }

    /// <summary>The genesis; null where it isn't valid.</summary>
    public Genesis? Genesis => _state?.Genesis;

    public string? GenesisHash => _state?.GenesisSegment.ToString();

    /// <summary>The key that sealed the first segment.</summary>
    public VerifierKey GenesisSealer => KeyRing.Of(Genesis!).FindSealer(_segments[0].Seal.Signature.KeyId)!;

    /// <summary>The keys after the last segment of the trail.</summary>
    public KeyRing? Keys => _state?.Keys;

    /// <summary>Up to which record no key record was left out; null before that is known.</summary>
    public long? ShownTo { get; private set; }

    /// <summary>The states of the log that the trail's segments end in.</summary>
    public IEnumerable<Checkpoint> Ends => _segments.Select(segment => segment.Seal.Checkpoint);

    /// <summary>The key in force that signed the checkpoint; null, and told, where none is shown.</summary>
    public VerifierKey? SealerOf(SignedNote note, string text, Checkpoint checkpoint)
    {
        if (_state is null)
            return null;
        var last = _segments[^1];
        var keys = _state.Keys!;
        if (last.End == checkpoint.Size)
        {
            if (last.Seal.Note != text)
                return Fail(EvidenceNames.Checkpoint, "The checkpoint isn't the one in the seal of the segment that ends there.");
            keys = _before?.Keys ?? KeyRing.Of(Genesis!);
            ShownTo = checkpoint.Size;
        }
        else if (!ReadAnchor(checkpoint, text))
        {
            return null;
        }

        if (note.Signatures is [var signature] && keys.FindSealer(signature.KeyId) is { } key && note.VerifiedBy([key]).Count == 1)
            return key;
        _findings.Fail(Kind.CheckpointInvalid, EvidenceNames.Checkpoint, null, "The checkpoint isn't signed by exactly one key that the log's records show in force there.");
        return null;
    }

    /// <summary>
    /// Where each key that is reported compromised may have sealed: which key sealed a record isn't in a package, so it is
    /// every record while the key was in force.
    /// </summary>
    public IEnumerable<(KeyRing.Entry Key, long From, long To)> Compromised => Keys?.Compromised.Where(entry => entry.Role.HasFlag(KeyRole.Seal)).Select(entry => (
        entry, entry.AddedAt, _segments.First(segment => segment.First <= entry.RetiredAt && entry.RetiredAt < segment.End).End)) ?? [];

    public void Dispose() => _parser.Dispose();

    private bool ReadGenesis()
    {
        var name = EvidenceNames.Segments.Of(0);
        if (_package.Demand(name) is not { } stored)
            return false;
        SegmentDefect? defect = null;
        if (_parser.Parse(stored, 0, SegmentParts.None, out var broken) is { } segment && ChainState.Empty.Accept(segment, out defect) is { } state)
        {
            _segments.Add(segment);
            _state = state;
            return true;
        }

        _findings.Fail(Kind.GenesisInvalid, name, 0, $"The first segment isn't one: {(broken ?? defect)!.Message}. Whose log it is isn't known.");
        return false;
    }

    private void ReadOthers()
    {
        foreach (var first in _package.Numbers(EvidenceNames.Segments).Where(first => first > 0))
        {
            var name = EvidenceNames.Segments.Of(first);
            SegmentDefect? defect = null;
            if (_parser.Parse(_package.Read(name)!, first, SegmentParts.None, out var broken) is not { } segment)
            {
                _findings.Fail(Kind.KeysNotShown, name, first, $"'{name}' isn't a segment: {broken!.Message}. Which keys were in force isn't shown from there on.");
                return;
            }

            // What it says of the records before it, the continuation proves; of the keys, its own member does.
            var before = first < _state!.Size ? null : new ChainState
            {
                Size = first,
                LastLeaf = segment.Previous,
                LastSegment = segment.PreviousSegment,
                KeysAt = _state.KeysAt,
                Frontier = segment.Seal.Frontier,
                Genesis = _state.Genesis,
                GenesisSegment = _state.GenesisSegment,
                Keys = _state.Keys,
                IsClosed = _state.IsClosed,
            };
            if (before?.Accept(segment, out defect) is not { } state)
            {
                _findings.Fail(Kind.KeysNotShown, name, first, $"'{name}' doesn't follow from the key records before it: {defect?.Message ?? "it lies inside of another"}. Which keys were in force isn't shown from there on.");
                return;
            }

            (_before, _state) = (before, state);
            _segments.Add(segment);
        }
    }

    private bool ReadAnchor(Checkpoint checkpoint, string note)
    {
        if (_package.Numbers(EvidenceNames.Anchor) is not [var first])
            return Fail(null, "There isn't exactly one first record of the checkpoint's segment, so key records may have been left out.") is not null;
        var name = EvidenceNames.Anchor.Of(first);
        var line = _package.Read(name)!;
        var scanner = new RecordScanner();
        if (!Utf8.IsValid(line) || scanner.Scan(line, out var fields) is not null || fields.Sequence != first || !fields.HasSegment)
            return Fail(name, $"'{name}' isn't the first record of a segment with that number.") is not null;
        if (first < _segments[^1].End || first >= checkpoint.Size || first / LogFormat.MaxSegmentRecords != (checkpoint.Size - 1) / LogFormat.MaxSegmentRecords)
            return Fail(name, $"'{name}' can't begin the segment that ends at the checkpoint.") is not null;
        if (fields.Keys != _state!.KeysAt)
            return Fail(name, $"Record {first} names record {fields.Keys} as the newest key record before it, and the package shows none newer than {_state.KeysAt}: a key record was left out.") is not null;
        if (InclusionCheck.Defect(_package, first, line, checkpoint, note) is { } defect)
            return Fail(name, $"'{name}' isn't shown to be under the checkpoint: {defect}") is not null;
        ShownTo = first;
        return true;
    }

    private VerifierKey? Fail(string? file, string message)
    {
        _findings.Fail(Kind.KeysNotShown, file, null, message);
        return null;
    }
}
