using System.Runtime.CompilerServices;
using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Log;

/// <summary>What a new log should be.</summary>
public sealed record LogPlan
{
    /// <summary>The first part of the origin, chosen by people: ASCII letters, digits and <c>. _ / -</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The key that seals.</summary>
    public required ISealKey SealKey { get; init; }

    /// <summary>The key that signs changes to keys, as its public half (DER SubjectPublicKeyInfo); null to let the sealing key do both.</summary>
    public ReadOnlyMemory<byte>? AdminPublicKey { get; init; }

    /// <summary>The lock promised for every segment; null for none.</summary>
    public PromisedRetention? Retention { get; init; }

    /// <summary>How far clocks may be apart, in seconds.</summary>
    public int ToleranceSeconds { get; init; } = LogFormat.DefaultToleranceSeconds;

    /// <summary>The longest silence promised, in seconds; null for no promise.</summary>
    public int? HeartbeatSeconds { get; init; }
}

/// <summary>A log as seen when it was opened: its genesis, its end, and reading from it.</summary>
public sealed class AuditLog
{
    private readonly IObjectStore _store;

    private AuditLog(IObjectStore store, LogHead head, IReadOnlyList<string> beyond)
    {
        _store = store;
        Head = head;
        Beyond = beyond;
    }

    internal LogHead Head { get; }

    /// <summary>The log's location.</summary>
    public string Location => _store.Location;

    /// <summary>The genesis.</summary>
    public Genesis Genesis => Head.State.Genesis!;

    /// <summary>How many records.</summary>
    public long Size => Head.State.Size;

    /// <summary>The signed checkpoint at the log's end.</summary>
    public string Checkpoint => Head.State.Note!;

    /// <summary>SHA-256 over the stored bytes of the first segment: what to pin a log by.</summary>
    public string GenesisHash => Head.State.GenesisSegment.ToString();

    /// <summary>The keys that may seal now, as the log's records have it.</summary>
    public IReadOnlyList<VerifierKey> Sealers => Head.State.Keys!.Sealers.ToArray();

    /// <summary>When the last record was recorded.</summary>
    public DateTimeOffset LastRecorded => new(Head.State.LastRecordedTicks, TimeSpan.Zero);

    /// <summary>When the store took the last segment, by the store's own clock; null in a directory, where file times are anybody's.</summary>
    public DateTimeOffset? LastStored => _store.KeepsVersions ? Head.Last?.LastModified : null;

    /// <summary>Whether the log was closed for ever.</summary>
    public bool IsClosed => Head.State.IsClosed;

    /// <summary>
    /// Segments, newest first, that lie behind the end and don't follow from it; none in a sound log. Where there are
    /// some, the log was longer than it seems: something was damaged or removed.
    /// </summary>
    public IReadOnlyList<string> Beyond { get; }

    /// <summary>Why only current objects are seen of this log, so that what hides newer records isn't noticed; null where all is seen.</summary>
    public string? VersionsUnseen => _store.VersionsUnseen;

    /// <summary>Why this log's end isn't certain: see <see cref="Beyond"/>; null where it is.</summary>
    public AuditException? Doubt => DoubtOf(_store, Head, Beyond);

    /// <summary>Creates a log: one ordinary commit at position 0, sealed, so that a log is never without a signature.</summary>
    /// <param name="store">Where.</param>
    /// <param name="plan">What.</param>
    /// <param name="options">How to behave; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels before anything is sent.</param>
    /// <exception cref="AuditException"><c>AuditLogAlreadyExists</c>, <c>NotAnAuditLog</c>, <c>FormatInvalid</c>, <c>RangeInvalid</c>, <c>CommittedNotLockedAsPromised</c>, and what the store throws.</exception>
    public static async Task<AuditLog> CreateAsync(IObjectStore store, LogPlan plan, WriterOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(plan);
        var genesis = MakeGenesis(plan);
        var left = store.KeepsVersions ? null : await LeftBehindAsync(store, cancellationToken).ConfigureAwait(false);
        using (var positions = new PositionReader(store))
        {
            var before = await positions.ReadAsync(LogHead.Empty, SegmentParts.None, cancellationToken).ConfigureAwait(false);
            if (before.Next is not null)
                throw AlreadyExists(store, before.Next.State.Origin);
        }

        if (left is not null)
            throw new AuditException(AuditErrors.NotALog, $"'{store.Location}' has segments ('{left}') but no genesis: its beginning was removed. No log was created there; choose another place. Test-AuditChain tells more.", store.Location);

        using var committer = new Committer(store, plan.SealKey, options ?? new WriterOptions(), null, LogHead.Empty, genesis.Origin);
        var batch = new EventBatch(options?.Time ?? TimeProvider.System, 1);
        batch.Add(new AuditEvent { Action = LogFormat.LogCreated, Data = EventData.Parse(genesis.ToJson()) }, reservedAllowed: true);
        var result = await committer.CommitGenesisAsync(batch, cancellationToken).ConfigureAwait(false);
        if (committer.Head.State.Genesis is { } winner && winner.Origin != genesis.Origin)
            throw AlreadyExists(store, winner.Origin);
        return result.Failure is { } failure ? throw failure : new AuditLog(store, committer.Head, []);
    }

    /// <summary>Opens a log for reading.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <exception cref="AuditException"><c>AuditLogNotFound</c>, <c>NotAnAuditLog</c>, <c>ObjectUnreadable</c>, and what the store throws.</exception>
    public static async Task<AuditLog> OpenAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        using var heads = new HeadFinder(store);
        var head = await heads.FindAsync(null, null, cancellationToken).ConfigureAwait(false);
        return new AuditLog(store, head, heads.Beyond);
    }

    /// <summary>
    /// Reads records in order. Each segment is read from the version that counts, folds to its signed root, and is
    /// linked to the one before it.
    /// </summary>
    /// <param name="first">The first record.</param>
    /// <param name="last">The last record, included; beyond the end means to the end.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="AuditException"><c>RangeInvalid</c>, <c>RecordNotVerified</c>, <c>ObjectUnreadable</c>, and what the store throws.</exception>
    public async IAsyncEnumerable<AuditRecord> ReadAsync(long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (first < 0 || last < first)
            throw new AuditException(AuditErrors.RangeInvalid, $"Records {first} to {last} can't be: numbers begin at 0, and the first comes before the last.", first);
        await foreach (var record in RecordStream.ReadAsync(_store, Head, first, Math.Min(last, Size - 1), cancellationToken).ConfigureAwait(false))
            yield return record;
    }

    /// <summary>Finds records by what they say, reading only the segments that may hold one as far as signed summaries tell.</summary>
    /// <param name="query">What to find.</param>
    /// <exception cref="AuditException"><c>FormatInvalid</c> for a pattern that isn't one.</exception>
    public Search.AuditSearch Search(Search.SearchQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new Search.AuditSearch(_store, Head, query);
    }

    internal static AuditException? DoubtOf(IObjectStore store, LogHead head, IReadOnlyList<string> beyond) => beyond.Count == 0 ? null : new AuditException(
        AuditErrors.EndInDoubt,
        $"The log at '{store.Location}' seems to end with record {head.State.Size - 1:N0}, but {(beyond.Count == 1 ? "a segment lies" : $"{beyond.Count:N0} segments lie")} behind that and can't be reached from there, the newest '{beyond[0]}': something was damaged or removed, and the log was longer. Run Test-AuditChain, and restore what is missing from a copy.",
        beyond[0]);

    /// <summary>Proves that a record is in the log, as one text that stands alone.</summary>
    /// <param name="sequence">The record.</param>
    /// <param name="checkpoint">A signed checkpoint of this log that was kept; null for the newest.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AuditException"><c>RangeInvalid</c>, <c>FormatInvalid</c>, <c>RecordNotVerified</c>, and what the store throws.</exception>
    public Task<RecordProof> ProveAsync(long sequence, string? checkpoint = null, CancellationToken cancellationToken = default)
    {
        var (note, parsed) = Kept(checkpoint);
        return LogProver.ProveAsync(_store, Head, sequence, note, parsed, cancellationToken);
    }

    /// <summary>Proves that the log continues an earlier state of itself.</summary>
    /// <param name="old">The earlier checkpoint.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AuditException"><c>RangeInvalid</c>, <c>RecordNotVerified</c> where it doesn't, and what the store throws.</exception>
    public Task<ContinuationProof> ProveContinuationAsync(Checkpoint old, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(old);
        var (note, parsed) = Kept(null);
        return LogProver.ContinueAsync(_store, Head, old, note, parsed, cancellationToken);
    }

    private (string Note, Checkpoint Checkpoint) Kept(string? note)
    {
        note ??= Checkpoint;
        var checkpoint = SignedNote.TryParse(note) is { } signed ? Signing.Checkpoint.TryParse(signed.Text) : null;
        if (checkpoint is null)
            throw new AuditException(AuditErrors.FormatInvalid, "What was given as a checkpoint isn't a signed one. It is the text that Get-AuditLog shows as Checkpoint.", note);
        return checkpoint.Origin == Genesis.Origin
            ? (note, checkpoint)
            : throw new AuditException(AuditErrors.RangeInvalid, $"The checkpoint is of '{checkpoint.Origin}', and this log is '{Genesis.Origin}'.", checkpoint.Origin);
    }

    // A new beginning in a directory before what is left of another log would hide that its own was removed. In a bucket
    // such names can be anybody's garbage, which blocks nothing, and a locked genesis can't be removed.
    private static async ValueTask<string?> LeftBehindAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        await foreach (var version in store.ListAsync(SegmentName.Prefix, null, 10, cancellationToken).ConfigureAwait(false))
        {
            if (SegmentName.TryParse(version.Key, out var first) && first > 0)
                return version.Key;
        }

        return null;
    }

    private static Genesis MakeGenesis(LogPlan plan)
    {
        if (plan.ToleranceSeconds is < LogFormat.MinToleranceSeconds or > 86_400)
            throw new AuditException(AuditErrors.RangeInvalid, $"A clock tolerance of {plan.ToleranceSeconds} s can't be: give {LogFormat.MinToleranceSeconds} to 86,400.", plan.ToleranceSeconds);
        if (plan.HeartbeatSeconds is < 1)
            throw new AuditException(AuditErrors.RangeInvalid, "A heartbeat is at least one second.", plan.HeartbeatSeconds);
        if (plan.Retention is { Days: < 1 or > 36_525 })
            throw new AuditException(AuditErrors.RetentionInvalid, $"A retention of {plan.Retention.Days} days can't be: give 1 to 36,525.", plan.Retention.Days);
        var origin = Genesis.NewOrigin(plan.Name);
        var seal = VerifierKey.Create(origin, plan.SealKey.PublicKey.Span);
        var admin = plan.AdminPublicKey is { } given ? VerifierKey.Create(origin, given.Span) : null;
        List<GenesisKey> keys = admin is null || admin.Equals(seal)
            ? [new GenesisKey(KeyRole.Seal | KeyRole.Admin, seal)]
            : [new GenesisKey(KeyRole.Seal, seal), new GenesisKey(KeyRole.Admin, admin)];
        return new Genesis(origin, keys, plan.Retention, plan.ToleranceSeconds, plan.HeartbeatSeconds);
    }

    private static AuditException AlreadyExists(IObjectStore store, string origin) =>
        new(AuditErrors.LogAlreadyExists, $"There is a log at '{store.Location}' already ({origin}); nothing was changed. Choose another place, or write to that one.", store.Location);
}
