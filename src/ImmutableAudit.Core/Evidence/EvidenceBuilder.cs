using System.Globalization;
using System.Text;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Evidence;

/// <summary>
/// Exports records with all that proves them, in one zip (<c>docs/evidence.md</c>). Every record and every proof is verified
/// on the way, and the zip gets its name only once it is whole.
/// </summary>
public sealed class EvidenceBuilder
{
    /// <summary>Records in a package at most.</summary>
    public const int MaxRecords = 25_000;

    // A gap that is read over rather than asked across.
    private const long MaxGap = LogFormat.MaxSegmentRecords;
    private readonly IObjectStore _store;
    private readonly EvidencePlan _plan;
    private readonly AuditLog _log;
    private readonly LogHead _head;
    private readonly string _note;
    private readonly Checkpoint _checkpoint;
    private readonly ZipWriter _zip;
    private readonly TreeParts _parts;
    private readonly ObservedLocks _locks;
    private readonly List<(long Sequence, Digest Leaf)> _records = [];
    private readonly List<string> _unknown = [];
    private readonly Dictionary<long, Digest> _earlier = [];
    private readonly List<(long First, long End)> _beside = [];
    private (long Sequence, Digest Leaf)? _anchor;

    private EvidenceBuilder(IObjectStore store, EvidencePlan plan, AuditLog log, LogHead head, ZipWriter zip, TreeParts parts)
    {
        _store = store;
        _plan = plan;
        _log = log;
        _head = head;
        _note = head.State.Note!;
        _checkpoint = Checkpoint.TryParse(SignedNote.TryParse(_note)!.Text)!;
        _zip = zip;
        _parts = parts;
        _locks = new ObservedLocks(store, plan.Time);
    }

    /// <summary>Exports.</summary>
    /// <param name="store">The log's store.</param>
    /// <param name="plan">What.</param>
    /// <param name="destination">The absolute path of the zip.</param>
    /// <param name="replace">Whether a file that is there may be replaced.</param>
    /// <param name="cancellationToken">Ends it; nothing unfinished keeps its name.</param>
    /// <exception cref="AuditException">
    /// <c>ExportRefused</c>, <c>RangeInvalid</c> where nothing or too much was selected, <c>FormatInvalid</c>, <c>RecordNotVerified</c>,
    /// <c>ObjectUnreadable</c>, <c>AuditLogEndInDoubt</c>, <c>AuditLogNotFound</c>, <c>AccessDenied</c>, <c>DiskFull</c>, and what the store throws.
    /// </exception>
    public static async Task<EvidenceSummary> ExportAsync(IObjectStore store, EvidencePlan plan, string destination, bool replace, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        if (Directory.Exists(destination))
            throw Export.LogExport.Refused(destination, "it is a directory, and evidence is one file. Give a file's name.");
        if (File.Exists(destination) && !replace)
            throw Export.LogExport.Refused(destination, "there is a file of that name. Give another, or -Force to replace it.");
        // Before anything is read: what isn't a certificate shows.
        _ = TimestampRoots.Read(plan.TimestampRoots);
        var log = await AuditLog.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (log.Doubt is { } doubt)
            throw doubt;
        var head = await HeadAtAsync(store, log, plan.Checkpoint, cancellationToken).ConfigureAwait(false);
        var temporary = $"{destination}.{Guid.NewGuid():N}.tmp";
        try
        {
            EvidenceSummary summary;
            var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
            await using (file.ConfigureAwait(false))
            {
                using var zip = new ZipWriter(file);
                using var parts = new TreeParts(store, head);
                var builder = new EvidenceBuilder(store, plan, log, head, zip, parts);
                summary = await builder.RunAsync(destination, cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, destination, replace);
            return summary;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, destination);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<EvidenceSummary> RunAsync(string destination, CancellationToken cancellationToken)
    {
        if (_log.VersionsUnseen is { } unseen)
            _unknown.Add($"Only what is current could be listed, not what lies under or over it: {unseen}");
        Add(EvidenceNames.Readme, EvidenceReadme.Text(_checkpoint.Origin));
        await AddKeyTrailAsync(cancellationToken).ConfigureAwait(false);
        await SelectAsync(cancellationToken).ConfigureAwait(false);
        var stamps = new EvidenceStamps(_store, _head, _plan.TimestampRoots, _unknown);
        await stamps.ReadAsync(_records[0].Sequence, cancellationToken).ConfigureAwait(false);
        foreach (var (size, root) in stamps.Roots)
            WantContinuation(size, root);
        await AddProofsAsync(cancellationToken).ConfigureAwait(false);
        Add(EvidenceNames.Checkpoint, _note);
        Add(EvidenceNames.Keys, KeysText(Sealer()));
        stamps.AddTo(_zip);
        await _locks.ReadAsync(cancellationToken).ConfigureAwait(false);
        _zip.Add(EvidenceNames.Locks, _locks.ToJson());
        _unknown.AddRange(_locks.Unknown);
        if (_plan.Verify)
            await AddVerificationAsync(cancellationToken).ConfigureAwait(false);
        var statement = new EvidenceStatement(
            _store.Location, _plan.Time.GetUtcNow(), $"ImmutableAudit {typeof(EvidenceBuilder).Assembly.GetName().Version!.ToString(3)}", _plan.Note, Words(_plan.Selection), _unknown);
        _zip.Add(EvidenceNames.Manifest, new EvidenceManifest(_checkpoint.Origin, _records.Count, statement, _zip.Files).ToJson());
        return new EvidenceSummary
        {
            Path = destination,
            Sha256 = _zip.Finish(),
            Log = _store.Location,
            Origin = _checkpoint.Origin,
            Records = _records.Count,
            RecordsBeside = _beside.Sum(range => range.End - range.First - _records.Count(record => record.Sequence >= range.First && record.Sequence < range.End)),
            CheckpointSize = _checkpoint.Size,
            Timestamps = stamps.Count,
            Retention = _locks.Summary,
            Unknown = _unknown.ToArray(),
        };
    }

    /// <summary>The keys that a program needs which reads tlog-proofs alone, as a trust policy (C2SP tlog-policy).</summary>
    internal static string KeysText(VerifierKey sealer) => $"log {sealer}\nquorum none\n";

    // Only what was read from the version that counts is a statement of the log.
    private static async Task<LogHead> HeadAtAsync(IObjectStore store, AuditLog log, string? given, CancellationToken cancellationToken)
    {
        if (given is null || given == log.Checkpoint)
            return log.Head;
        var checkpoint = SignedNote.TryParse(given) is { } signed ? Checkpoint.TryParse(signed.Text) : null;
        if (checkpoint is null)
            throw new AuditException(AuditErrors.FormatInvalid, "What was given as a checkpoint isn't a signed one. It is the text that Get-AuditLog shows as Checkpoint.", given);
        using var heads = new HeadFinder(store);
        return checkpoint.Size > 0 && checkpoint.Size <= log.Size && await heads.BeforeAsync(checkpoint.Size, cancellationToken).ConfigureAwait(false) is { } head && head.State.Note == given
            ? head
            : throw new AuditException(AuditErrors.RecordNotVerified, $"The checkpoint of {checkpoint.Size:N0} records isn't one that this log has at the end of a segment. Leave it out to export under the newest; run Test-AuditChain with it if it was this log's.", checkpoint.Size);
    }

    /// <summary>The first segment, every one with a key record, and what shows that no key record is left out at the end.</summary>
    private async Task AddKeyTrailAsync(CancellationToken cancellationToken)
    {
        var trail = new Stack<(ParsedSegment Segment, StoredVersion Version)>();
        for (var at = Math.Max(0, _head.State.KeysAt); at >= 0;)
        {
            var holder = await HolderAsync(at, cancellationToken).ConfigureAwait(false);
            trail.Push(holder);
            at = holder.Segment.First == 0 ? -1 : holder.Segment.Keys;
        }

        var whole = false;
        foreach (var (segment, version) in trail)
        {
            var read = await _store.ReadAsync(version, LogFormat.MaxStoredBytes, cancellationToken).ConfigureAwait(false);
            var stored = read.Content.ToArray();
            read.Release();
            if (read.Status != ReadStatus.Ok || new Digest(System.Security.Cryptography.SHA256.HashData(stored)) != segment.StoredDigest)
                throw new AuditException(AuditErrors.ObjectUnreadable, $"'{version.Key}' was read and couldn't be read again: {read.Reason ?? "it changed"} Try again.", version.Key);
            _zip.Add(EvidenceNames.Segments.Of(segment.First), stored);
            WantContinuation(segment.End, segment.Seal.Checkpoint.Root);
            _beside.Add((segment.First, segment.End));
            whole = segment.End == _checkpoint.Size;
        }

        if (whole)
            return;
        var (last, _) = await HolderAsync(_head.State.LastFirst, cancellationToken).ConfigureAwait(false);
        Add(EvidenceNames.Anchor.Of(last.First), last.Line(0).Span);
        _anchor = (last.First, last.Leaves![0]);
        _parts.Want(ProofRanges.Inclusion(last.First, _checkpoint.Size), last);
        _beside.Add((last.First, last.First + 1));
    }

    private async Task<(ParsedSegment Segment, StoredVersion Version)> HolderAsync(long sequence, CancellationToken cancellationToken)
    {
        await foreach (var found in SegmentReader.ReadAsync(_store, _head, sequence, sequence, cancellationToken).ConfigureAwait(false))
            return found;
        throw new InvalidOperationException("A range of one record has a segment.");
    }

    private void WantContinuation(long size, Digest root)
    {
        if (size != _checkpoint.Size && _earlier.TryAdd(size, root))
            _parts.Want(ProofRanges.Consistency(size, _checkpoint.Size), null);
    }

    private async Task SelectAsync(CancellationToken cancellationToken)
    {
        var wanted = _plan.Selection.Sequences?.Distinct().Order().ToArray();
        if (wanted is { Length: > MaxRecords })
            throw TooMany();
        if (wanted is [.., var last] && (wanted[0] < 0 || last >= _checkpoint.Size))
            throw new AuditException(AuditErrors.RangeInvalid, $"There is no record {(wanted[0] < 0 ? wanted[0] : last)} under the checkpoint of {_checkpoint.Size:N0} records.", last);
        if (wanted is null)
            await ReadAsync(0, _checkpoint.Size - 1, null, cancellationToken).ConfigureAwait(false);
        for (var from = 0; wanted is not null && from < wanted.Length;)
        {
            var to = from;
            while (to + 1 < wanted.Length && wanted[to + 1] - wanted[to] <= MaxGap)
                to++;
            await ReadAsync(wanted[from], wanted[to], wanted.AsMemory(from, to - from + 1), cancellationToken).ConfigureAwait(false);
            from = to + 1;
        }

        if (_records.Count == 0)
            throw new AuditException(AuditErrors.RangeInvalid, $"No record of '{_store.Location}' is as selected, so nothing was exported. A package can't prove that there is none.", _store.Location);
    }

    private async Task ReadAsync(long first, long last, ReadOnlyMemory<long>? wanted, CancellationToken cancellationToken)
    {
        var next = 0;
        await foreach (var (segment, version) in SegmentReader.ReadAsync(_store, _head, first, last, cancellationToken).ConfigureAwait(false))
        {
            var before = _records.Count;
            if (wanted is { } numbers)
            {
                for (; next < numbers.Length && numbers.Span[next] < segment.End; next++)
                    Select(segment, version, (int)(numbers.Span[next] - segment.First));
            }
            else
            {
                for (var i = 0; i < segment.Count; i++)
                    Select(segment, version, i);
            }

            if (_records.Count == before)
                continue;
            _parts.Want(_records.Skip(before).SelectMany(record => ProofRanges.Inclusion(record.Sequence, _checkpoint.Size)), segment);
            _locks.Add(version, segment);
        }
    }

    private void Select(ParsedSegment segment, StoredVersion version, int at)
    {
        var line = segment.Line(at);
        var leaf = segment.Leaves![at];
        var record = AuditRecord.FromVerified(line, leaf, _checkpoint.Origin, version.Key, version.VersionId);
        if (_plan.Selection.LeafHashes.TryGetValue(record.Sequence, out var known) && known != record.LeafHash)
            throw new AuditException(AuditErrors.RecordNotVerified, $"Record {record.Sequence} isn't the one that was given: this log has another at that number. Was that one read from another log?", record.Sequence);
        if (!_plan.Selection.Matches(record))
            return;
        if (_records.Count == MaxRecords)
            throw TooMany();
        Add(EvidenceNames.Records.Of(record.Sequence), line.Span);
        _records.Add((record.Sequence, leaf));
    }

    private async Task AddProofsAsync(CancellationToken cancellationToken)
    {
        await _parts.ResolveAsync(cancellationToken).ConfigureAwait(false);
        if (!AreRight() && !(await _parts.ResolveAgainAsync(cancellationToken).ConfigureAwait(false) && AreRight()))
            throw new AuditException(AuditErrors.RecordNotVerified, $"The records don't fold to the root of the checkpoint of {_checkpoint.Size:N0} records: the history was changed. Run Test-AuditChain.", _checkpoint.Size);
        foreach (var (sequence, _) in Proven())
            Add(EvidenceNames.Proofs.Of(sequence), new TlogProof(sequence, _parts.Of(ProofRanges.Inclusion(sequence, _checkpoint.Size)), _note).ToText());
        foreach (var size in _earlier.Keys.Order())
            Add(EvidenceNames.Continuations.Of(size), new ContinuationProof(size, _parts.Of(ProofRanges.Consistency(size, _checkpoint.Size)), _note).ToText());
    }

    private IEnumerable<(long Sequence, Digest Leaf)> Proven() => _anchor is { } anchor && !_records.Contains(anchor) ? _records.Append(anchor) : _records;

    private bool AreRight() =>
        Proven().All(record => ProofCheck.IsIncluded(record.Leaf, record.Sequence, _checkpoint.Size, _parts.Of(ProofRanges.Inclusion(record.Sequence, _checkpoint.Size)), _checkpoint.Root))
        && _earlier.All(earlier => ProofCheck.IsContinued(earlier.Key, earlier.Value, _checkpoint.Size, _checkpoint.Root, _parts.Of(ProofRanges.Consistency(earlier.Key, _checkpoint.Size))));

    private async Task AddVerificationAsync(CancellationToken cancellationToken)
    {
        var report = await ChainVerifier.VerifyAsync(
            _store, new VerifyOptions { KnownCheckpoints = [_checkpoint], TimestampRoots = _plan.TimestampRoots.Count == 0 ? null : TimestampRoots.Read(_plan.TimestampRoots) }, cancellationToken).ConfigureAwait(false);
        if (report.Result != ChainResult.Passed)
            _unknown.Add($"Whether the whole log is sound: its verification ended with {report.Result}; see {EvidenceNames.Verification}.");
        _zip.Add(EvidenceNames.Verification, EvidenceManifest.Json(json =>
        {
            json.WriteString("note", "How the exporter's verification of the whole log ended. Nothing here is proven.");
            json.WriteString("result", report.Result.ToString());
            json.WriteNumber("records", report.Records);
            json.WriteStartArray("findings");
            foreach (var finding in report.Findings)
                json.WriteStringValue(finding.ToString());
            json.WriteEndArray();
        }));
    }

    private VerifierKey Sealer()
    {
        var id = SignedNote.TryParse(_note)!.Signatures[0].KeyId;
        return _head.State.Keys!.Find(id)!.Key;
    }

    private void Add(string name, string text) => _zip.Add(name, Encoding.UTF8.GetBytes(text));

    private void Add(string name, ReadOnlySpan<byte> content) => _zip.Add(name, content);

    private static string Words(EvidenceSelection selection)
    {
        var parts = new List<string>();
        if (selection.Sequences is { } numbers)
            parts.Add($"by number ({numbers.Count.ToString(CultureInfo.InvariantCulture)})");
        if (selection.After is { } after)
            parts.Add($"time at or after {LogTime.ToText(after.UtcTicks)}");
        if (selection.Before is { } before)
            parts.Add($"time before {LogTime.ToText(before.UtcTicks)}");
        Tell("actor", selection.Actors);
        Tell("resource", selection.Resources);
        Tell("action", selection.Actions);
        Tell("outcome", [.. selection.Outcomes.Select(outcome => outcome.ToString())]);
        return parts.Count == 0 ? "all records" : string.Join("; ", parts);

        void Tell(string what, IReadOnlyList<string> patterns)
        {
            if (patterns.Count > 0)
                parts.Add($"{what} like {string.Join(" or ", patterns)}");
        }
    }

    private static AuditException TooMany() => new(
        AuditErrors.RangeInvalid, $"More than {MaxRecords:N0} records are selected. Select less and make several packages, or use Export-AuditLog for the whole log.", MaxRecords);
}
