using System.Text;
using System.Text.Json;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Signing;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// A run's honest people beside its writers: an administrator who changes keys, and an auditor who remembers
/// checkpoints, verifies now and then, and asks for proofs. Nobody tampers, so nothing may be told but lost races and,
/// where a commit came to nothing, what it left.
/// </summary>
internal sealed class HonestPeople(Simulation run)
{
    // Where the store's times, its clock's and the writers' differ by all they may.
    private static readonly TimeSpan LongAfter = TimeSpan.FromSeconds((2 * SimulatedLog.ToleranceSeconds) + 5);

    private readonly List<Checkpoint> _remembered = [];
    private readonly Dictionary<uint, DateTimeOffset> _retired = [];
    private Checkpoint? _verified;
    private string? _genesisHash;

    /// <summary>The keys that are added in the course of a run.</summary>
    public static IReadOnlyList<MemoryKey> MoreKeys { get; } = [.. Enumerable.Range(1, 4).Select(i => new MemoryKey("simulated key " + i))];

    public Sights Seen { get; } = new();

    private static IEnumerable<MemoryKey> Keys => [SimulatedLog.Key, .. MoreKeys];

    /// <summary>Lets the auditor look in at random moments.</summary>
    public void Schedule(TimeSpan within)
    {
        for (var i = run.Random.Next(5); i > 0; i--)
            run.Scheduler.After(within * run.Random.NextDouble(), LookIn);
    }

    /// <summary>A key that may seal, as its holder sees the log.</summary>
    public MemoryKey KeyFor(LogHead head)
    {
        var sealers = head.State.Keys!.Sealers.Select(KeyOf).ToList();
        return sealers[run.Random.Next(sealers.Count)];
    }

    /// <summary>The administrator changes a key through a writer without a spool. What comes of it the log will tell.</summary>
    public async Task ChangeKeysAsync(Life life, Committer committer)
    {
        try
        {
            var keys = committer.Head.State.Keys!;
            if (Draw(keys) is not { } change)
                return;
            var admins = keys.Admins.Select(KeyOf).ToList();
            run.Trace(life, $"is to {change}");
            var result = await committer.CommitKeyChangeAsync(change, admins[run.Random.Next(admins.Count)], default);
            if (!life.Alive)
                return;
            run.Trace(life, $"is told of the keys: {result.Failure?.ErrorId ?? "done"}");
            Seen.KeyChanges += result.Failure is null ? 1 : 0;
        }
        catch (AuditException e)
        {
            // Others change keys as well, and the store has its faults: nothing was written.
            run.Trace(life, $"can't change keys: {e.ErrorId}");
        }
    }

    /// <summary>When all is over: everything that was remembered is held against the log.</summary>
    public void CheckAtTheEnd()
    {
        LookIn();
        var view = new ServerView(run.Server);
        var log = AuditLog.OpenAsync(view, default).GetAwaiter().GetResult();
        var receipts = Attempts().Where(attempt => attempt.Receipt is not null).Select(attempt => (attempt.Receipt!.Sequence, attempt.Receipt.LeafHash)).ToList();
        var report = Verify(new VerifyOptions { KnownCheckpoints = _remembered, Receipts = receipts });
        foreach (var finding in report.Findings)
            CheckFinding(finding, report);

        // From each remembered state on, only what is newer; unless news of a key concerns what is older.
        foreach (var old in _remembered.OrderBy(_ => run.Random.Next()).Take(2))
        {
            var newer = Verify(new VerifyOptions { Since = old, KnownCheckpoints = [.. _remembered.Where(known => known.Size >= old.Size)] });
            if (newer.From != old.Size && !(newer.From == 0 && log.Head.State.Keys!.Compromised.Any(entry => entry.CompromisedAt >= old.Size)))
                throw new ViolationException($"A verification since {old.Size} began at {newer.From}.");
            Seen.Incremental++;
            CheckProofs(log, old);
        }
    }

    private void CheckProofs(AuditLog log, Checkpoint old)
    {
        // Near the boundary of a segment a proof reads thousands of records.
        if (log.Size > LogFormat.MaxSegmentRecords / 2 && run.Random.Next(4) > 0)
            return;
        VerifierKey[] trusted = [.. Keys.Select(key => VerifierKey.Create(log.Genesis.Origin, key.PublicKey.Span))];
        var continued = log.ProveContinuationAsync(old).GetAwaiter().GetResult();
        var result = ProofVerifier.VerifyContinuation(continued.ToText(), old, trusted);
        if (!result.IsValid)
            throw new ViolationException($"The log doesn't prove that it continues its first {old.Size} records: {result.Reason}");
        var sequence = run.Random.NextInt64(log.Size);
        var proof = log.ProveAsync(sequence).GetAwaiter().GetResult();
        result = ProofVerifier.VerifyInclusion(proof.Proof.ToText(), proof.Record.Json, trusted);
        if (!result.IsValid)
            throw new ViolationException($"Record {sequence} isn't proven: {result.Reason}");
        Seen.Proofs += 2;
    }

    private void LookIn()
    {
        var view = new ServerView(run.Server);
        AuditLog log;
        try
        {
            log = AuditLog.OpenAsync(view, default).GetAwaiter().GetResult();
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.LogNotFound && run.NeedsCreating)
        {
            return;
        }

        if (log.Doubt is { } doubt)
            throw new ViolationException("The log's end is in doubt: " + doubt.Message);
        _genesisHash ??= log.GenesisHash;
        _remembered.Add(log.Head.State.Note is { } note ? Checkpoint.TryParse(SignedNote.TryParse(note)!.Text)! : throw new ViolationException("A log without a checkpoint."));
        if (run.Random.Next(3) > 0)
            return;
        var report = Verify(new VerifyOptions { Since = _verified, KnownCheckpoints = [_remembered[^1]] });
        // While a writer is at it, what it sent last may look unfinished.
        if (report.Findings.FirstOrDefault(finding => finding.Kind is not (FindingKind.LostRace or FindingKind.Unfinished)) is { } finding)
            throw new ViolationException($"While the log was being written: {finding}");
        _verified = Checkpoint.TryParse(SignedNote.TryParse(report.Checkpoint!)!.Text);
    }

    private ChainReport Verify(VerifyOptions options)
    {
        var origin = _remembered[0].Origin;
        var report = ChainVerifier.VerifyAsync(new ServerView(run.Server), options with
        {
            Threads = 1, TrustedKeys = [VerifierKey.Create(origin, SimulatedLog.Key.PublicKey.Span)], Origin = origin, GenesisHash = _genesisHash,
        }, default).GetAwaiter().GetResult();
        Seen.Verifications++;
        return report.Result == ChainResult.Passed ? report : throw new ViolationException($"An honest history didn't pass: {report.Result}, {string.Join("; ", report.Findings)}");
    }

    // What a lost race sent is in the log elsewhere; what is called unfinished was never acknowledged to anybody, and is
    // nowhere, because its writer died or told its caller that it came to nothing.
    private void CheckFinding(ChainFinding finding, ChainReport report)
    {
        var version = run.Server.Versions(finding.ObjectKey!).First(candidate => candidate.Id == finding.VersionId);
        var inTheLog = run.Log.Records.Select(record => record.Id).ToHashSet();
        var (ids, isKeyChange) = Read(version);
        var missing = ids.Where(id => !inTheLog.Contains(id)).ToHashSet();
        switch (finding)
        {
            case { Kind: FindingKind.LostRace, Severity: FindingSeverity.Information } when missing.Count == 0:
                Seen.LostRaces++;
                return;
            case { Kind: FindingKind.Unfinished, Severity: FindingSeverity.Warning } when missing.Count > 0:
                var attempts = Attempts().Where(attempt => missing.Contains(attempt.Id)).ToList();
                // A change of keys that was overtaken is signed again, as another record.
                if ((isKeyChange || attempts.Count == missing.Count) && attempts.TrueForAll(attempt => attempt.Known is Known.Failed or Known.InDoubt && attempt.Receipt is null))
                {
                    Seen.Unfinished++;
                    return;
                }

                throw new ViolationException($"{finding}\nEvents of it were {string.Join(", ", attempts.Select(attempt => attempt.Known))}.");
            default:
                throw new ViolationException($"Told of an honest history: {finding} ({report.Result})");
        }
    }

    private static (List<Guid> Ids, bool IsKeyChange) Read(ServerVersion version)
    {
        var ids = new List<Guid>();
        var isKeyChange = false;
        foreach (var line in Encoding.UTF8.GetString(SegmentForge.Gunzip(version.Content)).Split('\n')[..^2])
        {
            using var json = JsonDocument.Parse(line);
            ids.Add(json.RootElement.GetProperty("id").GetGuid());
            isKeyChange |= json.RootElement.GetProperty("action").GetString()!.StartsWith(LogFormat.ReservedPrefix, StringComparison.Ordinal);
        }

        return (ids, isKeyChange);
    }

    private IEnumerable<Attempt> Attempts() => run.Writers.SelectMany(writer => writer.Caller.Events).SelectMany(given => given.Attempts);

    private KeyChange? Draw(KeyRing keys)
    {
        var now = run.Scheduler.UtcNow;
        var known = Keys.Select(key => (Key: key, Entry: keys.Find(VerifierKey.KeyIdOf(key.PublicKey.Span)))).ToList();
        foreach (var (key, entry) in known.Where(pair => pair.Entry is { InForce: false }))
            _retired.TryAdd(entry!.Key.KeyId, now);
        var some = known[run.Random.Next(known.Count)];
        // News of a compromise comes late, so it is looked for.
        if (known.Find(pair => pair.Entry is { InForce: false, CompromisedSince: long.MaxValue }) is { Entry: not null } old && run.Random.Next(2) == 0)
            some = old;
        switch (some.Entry)
        {
            case null:
                return KeyChange.Add(KeyRole.Seal, some.Key.PublicKey);
            case { InForce: true } entry when run.Random.Next(2) == 0:
                return KeyChange.Add(entry.Role.HasFlag(KeyRole.Admin) ? KeyRole.Seal : KeyRole.Admin, some.Key.PublicKey);
            case { InForce: true }:
                return KeyChange.Retire(some.Key.PublicKey);
            // A directory has no times that could show what a key sealed before.
            case { } entry when run.Server.KeepsVersions && now > _retired[entry.Key.KeyId] + (2 * LongAfter):
                Seen.Compromised++;
                return KeyChange.Compromise(some.Key.PublicKey, _retired[entry.Key.KeyId] + LongAfter);
            default:
                return null;
        }
    }

    private static MemoryKey KeyOf(VerifierKey key) => Keys.First(one => one.PublicKey.Span.SequenceEqual(key.PublicKey.Span));

    /// <summary>What there was to see, so that runs are known to be worth something.</summary>
    internal sealed class Sights
    {
        public int Verifications { get; set; }

        public int Incremental { get; set; }

        public int Proofs { get; set; }

        public int KeyChanges { get; set; }

        public int Compromised { get; set; }

        public int LostRaces { get; set; }

        public int Unfinished { get; set; }
    }
}
