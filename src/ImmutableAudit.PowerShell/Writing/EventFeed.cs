using ImmutableAudit.Events;
using ImmutableAudit.Log;

namespace ImmutableAudit.PowerShell;

/// <summary>
/// Takes events one by one and commits them in the background: a batch when it is full, and whatever there is when it
/// has waited long enough, so that a slow pipeline's events are durable soon. One commit is under way at a time, while
/// the next batch fills. After a failed commit nothing more is sent.
/// </summary>
internal sealed class EventFeed : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);
    private readonly AuditWriter _writer;
    private readonly CancellationToken _stop;
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private readonly Queue<CommitResult> _results = new();
    private EventBatch? _batch;
    private Task<CommitResult>? _underWay;
    private bool _failed;
    private volatile bool _hasResults;

    public EventFeed(AuditWriter writer, CancellationToken stop)
    {
        _writer = writer;
        _stop = stop;
        _timer = new Timer(_ => OnTimer());
    }

    /// <summary>How many events were taken.</summary>
    public long Taken { get; private set; }

    /// <summary>How many are in the log for certain.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>The ids of those of which nobody knows.</summary>
    public List<Guid> InDoubt { get; } = [];

    /// <summary>How many of those that were taken aren't in the log.</summary>
    public long NotWritten => Taken - Acknowledged - InDoubt.Count;

    /// <summary>Takes an event; waits only where a full batch has to wait for the commit before it.</summary>
    /// <exception cref="AuditException"><c>EventInvalid</c>, <c>EventTooLarge</c>. Nothing was taken then.</exception>
    public void Add(AuditEvent auditEvent)
    {
        bool full;
        lock (_gate)
        {
            _batch ??= _writer.NewBatch();
            _batch.Add(auditEvent);
            Taken++;
            full = _batch.IsFull;
            if (_batch.Count == 1)
                _timer.Change(LongestWait, Timeout.InfiniteTimeSpan);
        }

        if (full)
            Send(untilDone: false);
    }

    /// <summary>Commits what is left, and waits until all of it is settled.</summary>
    public void Flush() => Send(untilDone: true);

    /// <summary>Waits for the commit that is under way, and sends nothing more.</summary>
    public void Settle()
    {
        lock (_gate)
            _failed = true;
        Send(untilDone: true);
    }

    /// <summary>Hands out what became of the commits that ended, in their order.</summary>
    public bool TryTakeResult(out CommitResult result)
    {
        result = null!;
        if (!_hasResults)
            return false;
        lock (_gate)
        {
            Collect();
            var any = _results.TryDequeue(out var first);
            _hasResults = _results.Count > 0;
            if (any)
                result = first!;
            return any;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Send(bool untilDone)
    {
        while (true)
        {
            Task underWay;
            lock (_gate)
            {
                Collect();
                if (_underWay is null)
                {
                    if (_failed || _batch is null || _batch.Count == 0)
                        return;
                    Start();
                    if (!untilDone)
                        return;
                }
                else if (!untilDone && (_failed || _batch is not { IsFull: true }))
                {
                    return;
                }

                underWay = _underWay!;
            }

            // A commit that was sent is never abandoned: when the pipeline is stopped, it ends by itself.
            underWay.Wait(CancellationToken.None);
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            if (_underWay is { IsFaulted: true })
                return; // For the pipeline thread to throw; here it would end the process.
            Collect();
            if (_failed || _stop.IsCancellationRequested || _batch is null || _batch.Count == 0)
                return;
            if (_underWay is null)
                Start();
            else
                _timer.Change(LookAgain, Timeout.InfiniteTimeSpan);
        }
    }

    private void Start()
    {
        _underWay = _writer.CommitAsync(_batch!, _stop);
        _underWay.ContinueWith(_ => _hasResults = true, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _batch = null;
    }

    private void Collect()
    {
        if (_underWay is not { IsCompleted: true } ended)
            return;
        _underWay = null;
        var result = ended.GetAwaiter().GetResult();
        Acknowledged += result.Acknowledged;
        InDoubt.AddRange(result.InDoubtIds);
        _failed |= result.Acknowledged < result.Submitted;
        _results.Enqueue(result);
        _hasResults = true;
    }
}
