using System.Runtime.CompilerServices;
using ImmutableAudit.Log;
using ImmutableAudit.Merkle;
using ImmutableAudit.Signing;
using ImmutableAudit.Storage;
using ImmutableAudit.Verification;

namespace ImmutableAudit.Watching;

/// <summary>
/// Follows a log as it grows: verifies each new segment by the rules of <see cref="ChainVerifier"/>, hands out its records,
/// and raises alerts. It polls; what a poll costs and what it can see is in <c>docs/watching.md</c>.
/// </summary>
public sealed class LogWatcher : IDisposable
{
    private const string Outage = "outage";
    private static readonly TimeSpan Coalesce = TimeSpan.FromMilliseconds(50);
    private readonly IObjectStore _store;
    private readonly WatchOptions _options;
    private readonly AlertBook _alerts;
    private readonly ActorWatch _actors;
    private readonly PromiseWatch _promises;
    private readonly WatchStart _start;
    private readonly LogFollower _follower;
    private readonly MerkleHasher _hasher = new();
    private long _savedSize = -1;
    private long _swept;
    private DateTimeOffset _outageSince;

    private LogWatcher(IObjectStore store, WatchOptions options, AlertBook alerts, WatchStart start)
    {
        (_store, _options, _alerts, _start) = (store, options, alerts, start);
        _actors = new ActorWatch(options, alerts);
        _promises = new PromiseWatch(store, options, alerts);
        _follower = new LogFollower(store, start.Head, start.From, options, alerts, _actors.Saw);
    }

    /// <summary>How many polls failed one after the other.</summary>
    internal int Failures { get; private set; }

    internal LogFollower Follower => _follower;

    /// <summary>The log's origin.</summary>
    public string Origin => _start.Log.Genesis.Origin;

    /// <summary>The number behind the newest record that was handed out: what <see cref="WatchOptions.Since"/> goes on from.</summary>
    public long Position => _follower.Head.State.Size;

    /// <summary>Opens a log to watch it, checks it against what is known of it, and remembers what is there.</summary>
    /// <param name="store">The log's store. It stays open until the caller closes it.</param>
    /// <param name="options">From where and how; null for the defaults: from the log's end.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <exception cref="AuditException"><c>AuditLogNotFound</c>, <c>NotAnAuditLog</c>, <c>ObjectUnreadable</c>, <c>RangeInvalid</c>, <c>WatchStateInvalid</c>, <c>RecordNotVerified</c>, and what the store throws.</exception>
    public static async Task<LogWatcher> OpenAsync(IObjectStore store, WatchOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        options ??= new WatchOptions();
        Check(options);
        var alerts = new AlertBook(store, options.Time);
        var start = await WatchStart.OpenAsync(store, options, alerts, cancellationToken).ConfigureAwait(false);
        var watcher = new LogWatcher(store, options, alerts, start);
        try
        {
            if (start.Refusal is null)
                await watcher.LearnAsync(cancellationToken).ConfigureAwait(false);
            return watcher;
        }
        catch
        {
            watcher.Dispose();
            throw;
        }
    }

    /// <summary>Watches until it is cancelled. Each poll's records come in the log's order, alerts before the records that they are about.</summary>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="AuditException"><c>RecordNotVerified</c> where the log isn't the one that is known, and what keeps the state file from being written. An outage of the store isn't thrown.</exception>
    public async IAsyncEnumerable<WatchItem> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var signal = new FolderSignal(_store.KeepsVersions ? null : Path.Combine(_store.Location, "segments"));
        var isWoken = false;
        while (true)
        {
            foreach (var item in _start.Refusal is null ? await PollAsync(IsSweepDue(isWoken), cancellationToken).ConfigureAwait(false) : _alerts.Take())
                yield return item;
            if (_start.Refusal is { } refusal)
                throw refusal;
            // Only now has the caller taken all of it.
            SaveState();
            if (_follower.IsBehind)
                continue;
            isWoken = Failures == 0
                ? await signal.WaitAsync(_options.Interval, _options.Time, cancellationToken).ConfigureAwait(false)
                : await PauseAsync(BackOff(), cancellationToken).ConfigureAwait(false);
            // A writer who commits without pause shall not keep us listing without pause.
            if (isWoken)
                await Task.Delay(Coalesce, _options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One poll, for who makes them himself in place of <see cref="WatchAsync"/>: what came since the last one. Not while another is under way.</summary>
    /// <param name="sweep">Whether what was there before is looked at, too.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Records in the log's order, alerts before the records that they are about. An outage of the store is an alert.</returns>
    public async Task<IReadOnlyList<WatchItem>> PollAsync(bool sweep, CancellationToken cancellationToken)
    {
        try
        {
            await _follower.PollAsync(sweep, cancellationToken).ConfigureAwait(false);
            if (sweep)
                _swept = _options.Time.GetTimestamp();
            if (!_follower.IsBehind)
            {
                _promises.CheckSilence(_follower.Head);
                await _promises.CheckDefaultAsync(_follower.Head, cancellationToken).ConfigureAwait(false);
            }

            if (Failures > 0)
                _alerts.TellOver(Outage, $"The store answers again, after {(_options.Time.GetUtcNow() - _outageSince).TotalSeconds:N0} s. Nothing was passed over.");
            Failures = 0;
        }
        catch (AuditException e)
        {
            if (Failures++ == 0)
                _outageSince = _options.Time.GetUtcNow();
            _alerts.Tell(AlertKind.Unknown, FindingSeverity.Unknown, $"The log can't be watched at the moment, and nobody knows what happens to it meanwhile: {e.Message} It is tried again until it can.", Outage, isCertain: false);
        }

        return _alerts.Take();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _follower.Dispose();
        _hasher.Dispose();
    }

    internal TimeSpan BackOff() => TimeSpan.FromTicks((long)Math.Min(_options.LongestBackOff.Ticks, _options.Interval.Ticks * Math.Pow(2, Math.Min(Failures, 20))));

    private static void Check(WatchOptions options)
    {
        if (options.Interval < TimeSpan.FromMilliseconds(10) || options.Interval > TimeSpan.FromDays(1))
            throw new AuditException(AuditErrors.RangeInvalid, "The time between two polls is 10 ms to a day.", options.Interval);
        if (options.Since is < 0 || options.Newest is < 0 || options.History < 0 || options.FailureThreshold is < 0 or > 1000 || options.FailureWindow <= TimeSpan.Zero || options.Heartbeat <= TimeSpan.Zero)
            throw new AuditException(AuditErrors.RangeInvalid, "Numbers of records aren't negative, 0 to 1,000 failures can be counted, and times are longer than nothing.");
    }

    private async Task LearnAsync(CancellationToken cancellationToken)
    {
        await _follower.LearnAsync(cancellationToken).ConfigureAwait(false);
        var from = _start.From;
        if (!_options.FirstAccess || _options.History == 0 || from == 0)
            return;
        await foreach (var record in _start.Log.ReadAsync(Math.Max(0, from - _options.History), from - 1, cancellationToken).ConfigureAwait(false))
            _actors.Learn(record);
    }

    // While there is a backlog, or a writer wakes us again and again, what was there before is looked at no more often than it would be otherwise.
    private bool IsSweepDue(bool isWoken) =>
        _swept == 0 || !(isWoken || _follower.IsBehind) || _options.Time.GetElapsedTime(_swept) >= _options.Interval;

    private async Task<bool> PauseAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await Task.Delay(time, _options.Time, cancellationToken).ConfigureAwait(false);
        return false;
    }

    internal void SaveState()
    {
        var head = _follower.Head.State;
        if (_options.StatePath is not { } path || head.Size == 0 || head.Size == _savedSize)
            return;
        new WatchState(new Checkpoint(head.Origin, head.Size, head.Frontier.Root(_hasher)), head.GenesisSegment.ToString()).Save(path);
        _savedSize = head.Size;
    }
}
