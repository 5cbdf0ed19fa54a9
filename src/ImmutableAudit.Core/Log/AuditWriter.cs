using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Summaries;
using ImmutableAudit.Tiles;

namespace ImmutableAudit.Log;

/// <summary>
/// Appends events to a log. An event is acknowledged, by its receipt, only once its segment is the one that counts at
/// its place and is durable; what was acknowledged is never lost, with any number of writers.
/// </summary>
/// <remarks>
/// Two ways to use it: <see cref="NewBatch"/> and <see cref="CommitAsync"/> for pipelines, one commit at a time; and
/// <see cref="AppendAsync"/> for services, where many callers at once share commits.
/// </remarks>
public sealed class AuditWriter : IAsyncDisposable
{
    // Half a segment: a batch is being committed while the next one fills, and smaller ones leave less to wait for at
    // the end. Twice as many objects cost less than that.
    private const int BatchRecords = LogFormat.MaxSegmentRecords / 2;
    private readonly Committer _committer;
    private readonly WriterOptions _options;
    private readonly TileFollower? _tiles;
    private readonly SummaryFollower? _summaries;
    private readonly Lock _gate = new();
    private readonly Stack<EventBatch> _spare = [];
    private GroupCommit? _waiting;
    private Task _last = Task.CompletedTask;
    private Task _lastGroup = Task.CompletedTask;
    private long _expectedSize;

    private AuditWriter(IObjectStore store, ISealKey key, Committer committer, WriterOptions options, CommitResult? recovered)
    {
        _committer = committer;
        _options = options;
        _tiles = options.Tiles ? new TileFollower(store) : null;
        _summaries = options.Summaries ? new SummaryFollower(store, key) : null;
        committer.Counted = _summaries is null ? null : _summaries.Take;
        Recovered = recovered;
        _expectedSize = committer.Head.State.Size;
    }

    /// <summary>
    /// What became of the events that a writer had been sending last, if it ended without being disposed of: its spool
    /// keeps them until the next segment, so they may have been reported to its caller before. All of them are in the log.
    /// </summary>
    public CommitResult? Recovered { get; }

    /// <summary>The log's genesis.</summary>
    public Genesis Genesis => _committer.Head.State.Genesis!;

    /// <summary>SHA-256 over the stored bytes of the first segment: what to pin a log by.</summary>
    public string GenesisHash => _committer.Head.State.GenesisSegment.ToString();

    /// <summary>How many records the log had when this writer last looked.</summary>
    public long Size => _committer.Head.State.Size;

    /// <summary>The signed checkpoint of the log as this writer last saw it, read from the version that counts.</summary>
    public string Checkpoint => _committer.Head.State.Note!;

    /// <summary>What the Merkle tiles of this writer's commits came to so far; null where it writes none. Never a commit's failure.</summary>
    public TileProgress? Tiles => _tiles?.Progress;

    /// <summary>What the summaries of this writer's commits came to so far; null where it writes none. Never a commit's failure.</summary>
    public SummaryProgress? Summaries => _summaries?.Progress;

    /// <summary>Opens a log for writing and settles what the spool holds.</summary>
    /// <param name="store">The log's store.</param>
    /// <param name="key">A key that may seal the log. The caller disposes of it, after the writer.</param>
    /// <param name="options">How to behave; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <exception cref="AuditException">
    /// <c>AuditLogNotFound</c>, <c>NotAnAuditLog</c>, <c>AuditLogEndInDoubt</c>, <c>AuditLogClosed</c>, <c>KeyNotInForce</c>, <c>ObjectUnreadable</c>,
    /// <c>SpoolInUse</c>, <c>SpoolInvalid</c>, <c>CommitUnknown</c>, and what the store throws.
    /// </exception>
    public static async Task<AuditWriter> OpenAsync(IObjectStore store, ISealKey key, WriterOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(key);
        options ??= new WriterOptions();
        LogHead head;
        using (var heads = new HeadFinder(store))
        {
            head = await heads.FindAsync(null, null, cancellationToken).ConfigureAwait(false);
            if (store.VersionsUnseen is { } unseen)
                throw new AuditException(AuditErrors.AccessDenied, $"Writing takes the list of all versions, which decides what counts: {unseen}", store.Location);
            // To go on from here would fork the log, and hide what became of it.
            if (AuditLog.DoubtOf(store, head, heads.Beyond) is { } doubt)
                throw doubt;
        }

        var spool = options.SpoolDirectory is { } directory ? FileSpool.Open(directory) : null;
        var (committer, recovered) = await StartAsync(store, key, options, spool, head, cancellationToken).ConfigureAwait(false);
        return new AuditWriter(store, key, committer, options, recovered);
    }

    /// <summary>Makes a committer for a log that ends at <paramref name="head"/> and settles what the spool holds. Takes the spool over.</summary>
    internal static async Task<(Committer Committer, CommitResult? Recovered)> StartAsync(
        IObjectStore store, ISealKey key, WriterOptions options, ISpool? spool, LogHead head, CancellationToken cancellationToken)
    {
        var committer = new Committer(store, key, options, spool, head, head.State.Origin);
        try
        {
            committer.CheckWritable();
            var recovered = spool is null ? null : await SpoolRecovery.RunAsync(store, spool, committer, cancellationToken).ConfigureAwait(false);
            return (committer, recovered);
        }
        catch
        {
            committer.Dispose();
            throw;
        }
    }

    /// <summary>
    /// An empty batch, sized to end with half a segment if nobody else writes meanwhile.
    /// Fill it while the one before is being committed.
    /// </summary>
    public EventBatch NewBatch()
    {
        lock (_gate)
        {
            var capacity = (int)(BatchRecords - _expectedSize % BatchRecords);
            if (!_spare.TryPop(out var batch))
                return new EventBatch(_options.Time, capacity, _options.Summaries);
            batch.Reuse(capacity);
            return batch;
        }
    }

    /// <summary>
    /// Commits a batch on another thread; returns at once. Batches are committed one at a time, in the order of the
    /// calls where each call comes after the one before has returned.
    /// </summary>
    /// <param name="batch">The batch; not to be used afterwards.</param>
    /// <param name="cancellationToken">Stops before the next segment is sent; what is under way is settled first.</param>
    /// <returns>Receipts for what is in the log, and an error for what isn't.</returns>
    public Task<CommitResult> CommitAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (_gate)
        {
            _expectedSize += batch.Count;
            var before = _last;
            var commit = Task.Run(() => CommitInTurnAsync(before, batch, cancellationToken), CancellationToken.None);
            _last = commit;
            return commit;
        }
    }

    /// <summary>
    /// Appends one event and waits until it is durable. Calls that wait at the same time share a commit, so many
    /// callers are much faster than one.
    /// </summary>
    /// <param name="auditEvent">The event.</param>
    /// <exception cref="AuditException">
    /// <c>EventInvalid</c>, <c>EventTooLarge</c>, <c>CommitUnknown</c>, <c>CommittedNotLockedAsPromised</c>, and what the store throws.
    /// </exception>
    public async Task<AuditReceipt> AppendAsync(AuditEvent auditEvent)
    {
        GroupCommit group;
        Guid id;
        lock (_gate)
        {
            group = _waiting is { Batch.IsFull: false } open ? open : _waiting = new GroupCommit(NewBatch());
            id = group.Batch.Add(auditEvent);
            if (group.Result is null)
                _lastGroup = group.Result = CommitGroupAsync(group, _lastGroup);
        }

        var result = await group.Result.ConfigureAwait(false);
        if (result.Receipts.TryGetValue(id, out var receipt) && result.Commit.Failure?.ErrorId != AuditErrors.NotLockedAsPromised)
            return receipt;
        throw result.Commit.Failure!;
    }

    /// <summary>
    /// Records a change of the log's keys, behind what is being committed. The record is signed by an admin key, and its
    /// segment sealed by this writer's; the change holds from the next segment on. Only for a writer without a spool:
    /// what is signed for one place can't be sent again at another.
    /// </summary>
    /// <param name="change">The change.</param>
    /// <param name="adminKey">An admin key of the log, in force. The caller disposes of it.</param>
    /// <param name="cancellationToken">Stops before anything is sent.</param>
    /// <exception cref="AuditException">
    /// <c>KeyNotInForce</c>, <c>KeyAlreadyExists</c>, <c>KeyNotFound</c>, <c>KeyInvalid</c>, <c>AuditLogClosed</c>, and what the store throws.
    /// </exception>
    public Task<CommitResult> ChangeKeysAsync(KeyChange change, ISealKey adminKey, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(adminKey);
        if (_options.SpoolDirectory is not null)
            throw new InvalidOperationException("Keys are changed by a writer without a spool.");
        lock (_gate)
        {
            var before = _last;
            var commit = Task.Run(
                async () =>
                {
                    await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    var result = await _committer.CommitKeyChangeAsync(change, adminKey, cancellationToken).ConfigureAwait(false);
                    Follow(result);
                    lock (_gate)
                        _expectedSize = Size;
                    return result;
                },
                CancellationToken.None);
            _last = commit;
            return commit;
        }
    }

    /// <summary>Waits for what is under way, and until the Merkle tiles and summaries that it completed are put or can't be.</summary>
    /// <returns>What came of the tiles; null where this writer writes none.</returns>
    public async Task<TileProgress?> FinishTilesAsync()
    {
        Task group, last;
        lock (_gate)
            group = _lastGroup;
        await group.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
            last = _last;
        await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_tiles is not null)
            await _tiles.FinishAsync().ConfigureAwait(false);
        if (_summaries is not null)
            await _summaries.FinishAsync().ConfigureAwait(false);
        return Tiles;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await FinishTilesAsync().ConfigureAwait(false);
        if (_tiles is not null)
            await _tiles.DisposeAsync().ConfigureAwait(false);
        if (_summaries is not null)
            await _summaries.DisposeAsync().ConfigureAwait(false);
        _committer.Dispose();
    }

    private void Follow(CommitResult result)
    {
        _tiles?.Follow(result.Segments, _committer.Head);
        if (result.Segments.Count > 0)
            _summaries?.Follow(result.Segments[0].First, _committer.Head);
    }

    private async Task<CommitResult> CommitInTurnAsync(Task before, EventBatch batch, CancellationToken cancellationToken)
    {
        // Whether the one before went well is its caller's business.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var result = await _committer.CommitAsync(batch, cancellationToken).ConfigureAwait(false);
        Follow(result);
        lock (_gate)
        {
            if (result.Acknowledged != result.Submitted || _expectedSize < Size)
                _expectedSize = Size;
            if (_spare.Count < 2)
                _spare.Push(batch);
        }

        return result;
    }

    private async Task<(CommitResult Commit, Dictionary<Guid, AuditReceipt> Receipts)> CommitGroupAsync(GroupCommit group, Task groupBefore)
    {
        // A group that became full hands over to this one, and its events come first.
        await Task.Yield();
        await groupBefore.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Whoever comes while the commit before is under way joins this one.
        Task before;
        lock (_gate)
            before = _last;
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (ReferenceEquals(_waiting, group))
                _waiting = null;
        }

        var commit = await CommitAsync(group.Batch, CancellationToken.None).ConfigureAwait(false);
        return (commit, commit.Receipts().ToDictionary(receipt => receipt.Id));
    }

    private sealed class GroupCommit(EventBatch batch)
    {
        public EventBatch Batch { get; } = batch;

        public Task<(CommitResult Commit, Dictionary<Guid, AuditReceipt> Receipts)>? Result { get; set; }
    }
}
