using System.Diagnostics;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Verification;

/// <summary>
/// Verifies a whole log: every position present, every line, link, digest, fold and signature, the order of times,
/// locks, what lies over and beside it, and that it continues what the verifier remembers. Reads everything once, on
/// all cores, in bounded memory.
/// </summary>
public sealed class ChainVerifier
{
    private readonly IObjectStore _store;
    private readonly VerifyOptions _options;

    private ChainVerifier(IObjectStore store, VerifyOptions options) => (_store, _options) = (store, options);

    /// <summary>Verifies a log.</summary>
    /// <param name="store">The log's store.</param>
    /// <param name="options">What the verifier brings along; null for nothing.</param>
    /// <param name="cancellationToken">Ends the verification; there is no report then.</param>
    /// <returns>What was seen. Tampering is a finding, never an exception.</returns>
    /// <exception cref="AuditException"><c>AuditLogNotFound</c> where there is nothing at all, and what the store throws where it can't be asked.</exception>
    public static Task<ChainReport> VerifyAsync(IObjectStore store, VerifyOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new ChainVerifier(store, options ?? new VerifyOptions()).RunAsync(cancellationToken);
    }

    private async Task<ChainReport> RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var findings = new FindingList();
        var known = new KnownHistory(_options);
        var stamps = new TimestampChecks(_store, _options.TimestampRoots);
        var brackets = new TimeBrackets(_options.BracketRecords);
        using var join = new ChainJoiner(_store, findings, known, _options is { Origin: null, GenesisHash: null, KnownCheckpoints.Count: 0, Receipts.Count: 0 })
        {
            Stamps = stamps,
            Brackets = brackets,
        };
        var threads = _options.Threads > 0 ? _options.Threads : Environment.ProcessorCount;
        using var reader = new SlotReader(_store, threads, () => join.Head.State.Keys, first => join.Tiles is not null || known.ConcernsSegmentAt(first), () => join.Summaries is not null, () => _store.KeepsVersions && join.PromisesRetention);

        // The genesis first and alone: what it promises decides what the workers have to ask for.
        await join.BeginAsync(cancellationToken).ConfigureAwait(false);
        await stamps.ListAsync(findings, cancellationToken).ConfigureAwait(false);
        var from = await ResumeAsync(join, cancellationToken).ConfigureAwait(false);
        using var tiles = _options.Derived == DerivedCheck.None ? null : await TileCheck.BeginAsync(_store, findings, cancellationToken).ConfigureAwait(false);
        join.Tiles = tiles;
        join.Summaries = _options.Derived != DerivedCheck.All ? null : await SummaryCheck.BeginAsync(_store, findings, cancellationToken).ConfigureAwait(false);
        await foreach (var slot in reader.ReadAsync(from, cancellationToken).ConfigureAwait(false))
        {
            await join.TakeAsync(slot, cancellationToken).ConfigureAwait(false);
            _options.Progress?.Report(join.Records);
        }

        var state = join.Head.State;
        // That a key is compromised is news about old records, too.
        if (from > 0 && state.Keys!.Compromised.Any(entry => entry.CompromisedAt >= from))
            return await new ChainVerifier(_store, _options with { Since = null }).RunAsync(cancellationToken).ConfigureAwait(false);
        if (tiles is not null)
            await tiles.FinishAsync().ConfigureAwait(false);
        if (join.Summaries is not null)
            await join.Summaries.FinishAsync(state, cancellationToken).ConfigureAwait(false);
        var times = await stamps.JudgeAsync(state.Size, state.Genesis?.ToleranceSeconds ?? LogFormat.DefaultToleranceSeconds, findings, cancellationToken).ConfigureAwait(false);
        join.Finish(_options.Time.GetUtcNow(), times.With(_options.SeenCheckpoints.Where(seen => known.IsKept(seen.Checkpoint))));
        if (state.Genesis is { } genesis)
            TrustCheck.Check(genesis, state.GenesisSegment, join.GenesisSealer!, _options, findings);
        if (_store.VersionsUnseen is { } unseen)
            findings.Doubt(unseen);
        return new ChainReport
        {
            Log = _store.Location,
            Result = findings.Result,
            Origin = state.Genesis?.Origin,
            Trust = _options.TrustedKeys.Count > 0 || _options.GenesisHash is not null ? TrustBasis.Given : TrustBasis.FirstSight,
            From = from,
            Records = join.Records,
            Segments = join.Segments,
            StoredBytes = join.StoredBytes,
            Root = state.Genesis is null ? null : join.Root.ToBase64(),
            Checkpoint = state.Note,
            GenesisHash = state.Genesis is null ? null : state.GenesisSegment.ToString(),
            Keys = state.Genesis?.Keys.Select(key => key.Key.ToString()).ToArray() ?? [],
            LastRecorded = state.Genesis is null ? null : new DateTimeOffset(state.LastRecordedTicks, TimeSpan.Zero),
            Timestamps = stamps.Sound,
            Brackets = brackets.Finish(times),
            Findings = findings.ToList(),
            Duration = clock.Elapsed,
        };
    }

    /// <summary>
    /// Goes on from what was verified before, if the log still says of that place exactly what is known of it. Otherwise
    /// everything is verified, which finds out why.
    /// </summary>
    private async Task<long> ResumeAsync(ChainJoiner join, CancellationToken cancellationToken)
    {
        if (_options.Since is not { Size: > 0 } since || !join.IsBegun)
            return 0;
        // What is to be held against older records needs them.
        if (_options.KnownCheckpoints.Any(known => known.Size < since.Size) || _options.Receipts.Any(receipt => receipt.Sequence < since.Size))
            return 0;
        try
        {
            using var heads = new HeadFinder(_store);
            using var hasher = new MerkleHasher();
            if (await heads.BeforeAsync(since.Size, cancellationToken).ConfigureAwait(false) is not { } head
                || head.State.Origin != since.Origin || head.State.Frontier.Root(hasher) != since.Root)
                return 0;
            join.ResumeAt(head);
            return since.Size;
        }
        catch (AuditException e) when (e.ErrorId is AuditErrors.ObjectUnreadable or AuditErrors.NotALog or AuditErrors.LogNotFound)
        {
            return 0;
        }
    }
}
