using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using ImmutableAudit.Chain;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Timestamps;
using ImmutableAudit.Verification;
using Kind = ImmutableAudit.Evidence.EvidenceFindingKind;

namespace ImmutableAudit.Evidence;

/// <summary>
/// Checks a package by itself: no log, no network. What the exporter says is shown as that and decides nothing; whatever is
/// altered is named.
/// </summary>
public sealed class EvidenceVerifier
{
    private readonly EvidencePackage _package;
    private readonly EvidenceTrust _trust;
    private readonly EvidenceFindings _findings;
    private readonly List<AuditTimestamp> _sound = [];
    private string? _note;
    private Checkpoint? _checkpoint;

    private EvidenceVerifier(EvidencePackage package, EvidenceTrust trust, EvidenceFindings findings) => (_package, _trust, _findings) = (package, trust, findings);

    /// <summary>Checks a package.</summary>
    /// <param name="path">The zip's absolute path.</param>
    /// <param name="trust">What the checker brings along; null for nothing.</param>
    /// <param name="cancellationToken">Ends the check; there is no report then.</param>
    /// <returns>What was seen. Tampering is a finding; only what can't be read as a package at all is an exception.</returns>
    /// <exception cref="AuditException"><c>EvidenceInvalid</c>, <c>AccessDenied</c>, <c>LocationInvalid</c>, <c>StoreFailed</c>.</exception>
    public static EvidenceReport Verify(string path, EvidenceTrust? trust, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new AuditException(AuditErrors.LocationInvalid, $"There is no file '{path}'. Give the zip that Export-AuditEvidence made.", path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            var hash = Convert.ToHexStringLower(SHA256.HashData(file));
            var findings = new EvidenceFindings();
            var package = EvidencePackage.Open(file, path, findings);
            return new EvidenceVerifier(package, trust ?? new EvidenceTrust(), findings).Run(path, hash, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Translate(e, path);
        }
    }

    private EvidenceReport Run(string path, string hash, CancellationToken cancellationToken)
    {
        using var trail = new KeyTrail(_package, _findings);
        var isExpected = IsExpected(trail);
        var sealer = CheckCheckpoint(trail);
        var times = CheckStamps(trail, sealer is not null);
        var records = CheckRecords(trail, isExpected, sealer is not null, times, cancellationToken);
        _package.CheckRest();
        return new EvidenceReport
        {
            Path = path,
            Sha256 = hash,
            Result = _findings.Result,
            Trust = _trust.TrustedKeys.Count > 0 || _trust.GenesisHash is not null ? TrustBasis.Given : TrustBasis.FirstSight,
            Origin = trail.Genesis?.Origin,
            GenesisHash = trail.GenesisHash,
            Keys = trail.Genesis?.Keys.Select(key => key.Key.ToString()).ToArray() ?? [],
            Checkpoint = sealer is null ? null : _note,
            CheckpointSize = sealer is null ? null : _checkpoint!.Size,
            CheckpointKey = sealer?.ToString(),
            KeysShownTo = sealer is null ? null : trail.ShownTo,
            Records = records,
            Proven = records.Count(record => record.IsProven),
            Timestamps = _sound.ToArray(),
            ExporterSays = _package.Manifest.Statement,
            Findings = _findings.ToList(),
        };
    }

    // As a verification of the log itself does.
    private bool IsExpected(KeyTrail trail)
    {
        if (trail.Genesis is not { } genesis)
            return false;
        if (_package.Manifest.Origin != genesis.Origin)
            _findings.Fail(Kind.FileInvalid, EvidenceNames.Manifest, null, $"The manifest is of '{_package.Manifest.Origin}', and the records are of '{genesis.Origin}'.");
        string?[] reasons =
        [
            _trust.Origin is { } expected && expected != genesis.Origin ? $"The records are of the log '{genesis.Origin}', and not of '{expected}'." : null,
            _trust.GenesisHash is { } hash && !hash.Equals(trail.GenesisHash, StringComparison.OrdinalIgnoreCase) ? "The first segment isn't the one that is known: the records are of another log." : null,
            IsTrusted(trail, genesis) ? null : $"The log's first segment is sealed by {trail.GenesisSealer}, which isn't among the trusted keys.",
        ];
        foreach (var reason in reasons.OfType<string>())
            _findings.Fail(Kind.NotTrusted, EvidenceNames.Segments.Of(0), 0, reason);
        return reasons.All(reason => reason is null);
    }

    private bool IsTrusted(KeyTrail trail, Genesis genesis) => _trust.TrustedKeys.Count == 0 || _trust.TrustedKeys.Any(key => key.Equals(trail.GenesisSealer)
        || (_trust.GenesisHash is not null && genesis.Keys.Any(known => known.Role.HasFlag(KeyRole.Admin) && known.Key.Equals(key))));

    private VerifierKey? CheckCheckpoint(KeyTrail trail)
    {
        if (_package.Demand(EvidenceNames.Checkpoint) is not { } bytes || trail.Genesis is null)
            return null;
        _note = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : "";
        if (SignedNote.TryParse(_note) is not { } note || (_checkpoint = Checkpoint.TryParse(note.Text)) is null || _checkpoint.Origin != trail.Genesis.Origin)
        {
            _checkpoint = null;
            _findings.Fail(Kind.CheckpointInvalid, EvidenceNames.Checkpoint, null, "It isn't a signed checkpoint of this log.");
            return null;
        }

        if (trail.SealerOf(note, _note, _checkpoint) is not { } sealer)
            return null;
        // All of them, so that each that fails is named.
        if (trail.Ends.Where(end => !IsContinued(end)).ToList().Count > 0)
            return null;
        if (_package.Demand(EvidenceNames.Keys) is { } keys && !keys.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(EvidenceBuilder.KeysText(sealer))))
            _findings.Fail(Kind.FileInvalid, EvidenceNames.Keys, null, $"'{EvidenceNames.Keys}' doesn't name the key that signed the checkpoint.");
        return sealer;
    }

    private bool IsContinued(Checkpoint old)
    {
        var why = Discontinuity(old);
        if (why is not null)
            _findings.Fail(Kind.ContinuationInvalid, EvidenceNames.Continuations.Of(old.Size), null, $"That the log at the checkpoint continues its first {old.Size:N0} records isn't shown: {why}.");
        return why is null;
    }

    private string? Discontinuity(Checkpoint old)
    {
        if (old.Size == _checkpoint!.Size && old.Root == _checkpoint.Root)
            return null;
        var name = EvidenceNames.Continuations.Of(old.Size);
        var why = _package.Read(name) is not { } bytes ? "isn't there"
            : !Utf8.IsValid(bytes) || ContinuationProof.TryParse(Encoding.UTF8.GetString(bytes)) is not { } proof ? "isn't a proof of continuation"
            : proof.OldSize != old.Size ? $"is from {proof.OldSize:N0} records on"
            : proof.Note != _note ? "is under another checkpoint"
            : ProofCheck.IsContinued(old.Size, old.Root, _checkpoint.Size, _checkpoint.Root, proof.Hashes) ? null
            : "doesn't lead to the checkpoint's root";
        return why is null ? null : $"'{name}' {why}";
    }

    private TrustedTimes CheckStamps(KeyTrail trail, bool isSealed)
    {
        var tokens = _package.Names.Select(name => (Name: name, Size: TimestampName.TryParse(name, out var size) ? size : -1)).Where(token => token.Size > 0).ToList();
        foreach (var ofSize in tokens.GroupBy(token => token.Size).OrderBy(group => group.Key))
        {
            var (note, why) = StampedNote(ofSize.Key, trail, isSealed);
            foreach (var (name, size) in ofSize)
                CheckStamp(name, size, note, why);
        }

        var unjudged = _sound.Count(stamp => stamp.Trust == TimestampTrust.NotValidated);
        if (unjudged > 0)
            _findings.Add(Kind.TimestampUnchecked, FindingSeverity.Information, null, null, $"{unjudged:N0} {(unjudged == 1 ? "timestamp is" : "timestamps are")} sound, and nobody said whose to believe: they prove nothing until the roots of their authorities are given. Those in the package are the exporter's word.");
        return TrustedTimes.Of(_sound.Where(stamp => stamp.Trust == TimestampTrust.Trusted));
    }

    // A token is over the whole note; that the note is of this log, its signature and the continuation show.
    private (string? Note, string? Why) StampedNote(long size, KeyTrail trail, bool isSealed)
    {
        var name = EvidenceNames.Stamped.Of(size);
        if (!isSealed)
            return (null, "the package's own checkpoint isn't good");
        if (_package.Read(name) is not { } bytes || !Utf8.IsValid(bytes))
            return (null, $"'{name}' isn't there, or isn't text");
        var text = Encoding.UTF8.GetString(bytes);
        if (SignedNote.TryParse(text) is not { Signatures: [var signature] } note || Checkpoint.TryParse(note.Text) is not { } checkpoint || checkpoint.Origin != trail.Genesis!.Origin || checkpoint.Size != size)
            return (null, $"'{name}' isn't a checkpoint of this log of {size:N0} records");
        if (trail.Keys!.Find(signature.KeyId) is not { } key || note.VerifiedBy([key.Key]).Count != 1)
            return (null, $"'{name}' isn't signed by a key of this log");
        return Discontinuity(checkpoint) is { } broken ? (null, $"'{name}' isn't shown to be of the same history: {broken}") : (text, null);
    }

    private void CheckStamp(string name, long size, string? note, string? why)
    {
        var bytes = _package.Read(name)!;
        var token = note is null ? null : TimestampToken.TryRead(bytes);
        why ??= TimestampName.Format(size, bytes) != name ? "it doesn't hold the bytes that its name is for"
            : token is null ? "it isn't a timestamp token by a certificate that may issue one, and was valid when it did"
            : token.Defect(TimestampToken.HashOf(note!));
        if (why is not null)
        {
            _findings.Add(Kind.TimestampInvalid, FindingSeverity.Warning, name, null, $"'{name}' proves nothing: {why}.");
            return;
        }

        var (trust, root, distrust) = _trust.TimestampRoots?.Judge(token!) ?? (TimestampTrust.NotValidated, null, null);
        if (trust == TimestampTrust.Untrusted)
            _findings.Add(Kind.TimestampUntrusted, FindingSeverity.Warning, name, null, $"'{name}' is signed by '{token!.Signer!.Subject}', whose certificates don't lead to a root that was given ({distrust}); it proves nothing.");
        _sound.Add(Timestamper.Describe(_package.Manifest.Statement.Location, size, token!, name, null, trust, root));
    }

    private List<EvidenceRecord> CheckRecords(KeyTrail trail, bool isExpected, bool isSealed, TrustedTimes times, CancellationToken cancellationToken)
    {
        var tolerance = TimeSpan.FromSeconds(trail.Genesis?.ToleranceSeconds ?? LogFormat.DefaultToleranceSeconds).Ticks;
        var compromised = trail.Compromised.Select(key => (key.Key, From: Math.Max(key.From, times.CountBefore(key.Key.CompromisedSince - tolerance)), key.To)).ToList();
        var scanner = new RecordScanner();
        var numbers = _package.Numbers(EvidenceNames.Records);
        var records = new List<EvidenceRecord>(numbers.Count);
        foreach (var number in numbers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = EvidenceNames.Records.Of(number);
            var line = _package.Read(name)!;
            var why = !Utf8.IsValid(line) ? "it isn't UTF-8"
                : scanner.Scan(line, out var fields) ?? (fields.Sequence != number ? $"it says that it is number {fields.Sequence}" : null);
            why = why is not null ? $"its line isn't a record's: {why}."
                : !isSealed ? "the checkpoint isn't good." : InclusionCheck.Defect(_package, number, line, _checkpoint!, _note!);
            if (why is not null)
            {
                _findings.Fail(Kind.RecordNotProven, name, number, $"Record {number} isn't proven: {why}");
                records.Add(new EvidenceRecord(number, false, false, Bracket(number, null), null));
                continue;
            }

            scanner.Scan(line, out var proven);
            var shown = times.ExistedBy(number);
            if (shown is { } by && proven.RecordedTicks > by.Latest.UtcTicks + tolerance)
                _findings.Add(Kind.RecordedTooLate, FindingSeverity.Warning, name, number, $"Record {number} claims to have been recorded at {LogTime.ToText(proven.RecordedTicks)}; '{by.From}' shows that it existed at {by.Latest:u} already. The writer's clock was wrong.");
            var suspect = compromised.Find(key => key.From <= number && number < key.To).Key;
            if (suspect is not null)
                _findings.Add(Kind.Suspect, FindingSeverity.Unknown, name, number, $"Record {number} may be sealed by key {suspect.Key.KeyId:x8}, which record {suspect.CompromisedAt} reports compromised since {LogTime.ToText(suspect.CompromisedSince)}, and no trusted timestamp shows that it is older. Whoever has the key may have written it.");
            // Of a log that isn't the expected one nothing is handed out as if it were.
            records.Add(!isExpected ? new EvidenceRecord(number, false, false, Bracket(number, null), null) : new EvidenceRecord(number, true, suspect is not null, Bracket(number, shown), Encoding.UTF8.GetString(line)));
        }

        CheckCounts(numbers);
        return records;
    }

    private void CheckCounts(List<long> records)
    {
        if (records.Count != _package.Manifest.Records)
            _findings.Fail(Kind.FileMissing, EvidenceNames.Manifest, null, $"The manifest counts {_package.Manifest.Records:N0} records, and there are {records.Count:N0}.");
        if (records.Count == 0)
            _findings.Fail(Kind.FileMissing, null, null, "There is no record in the package, so it proves nothing.");
        var proven = records.Concat(_package.Numbers(EvidenceNames.Anchor)).ToHashSet();
        foreach (var proof in _package.Numbers(EvidenceNames.Proofs).Where(proof => !proven.Contains(proof)))
            _findings.Fail(Kind.FileMissing, EvidenceNames.Records.Of(proof), proof, $"'{EvidenceNames.Proofs.Of(proof)}' is here, and the record that it is for isn't.");
    }

    private static TimeBracket Bracket(long sequence, (DateTimeOffset Latest, string From)? shown) => new(
        sequence, null, TimeSource.Unknown, null, shown?.Latest, shown is null ? TimeSource.Unknown : TimeSource.Timestamp, shown?.From);
}
