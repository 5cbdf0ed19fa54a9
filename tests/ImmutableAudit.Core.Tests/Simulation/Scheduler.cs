namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// One thread, virtual time, and a queue of what happens next. Whatever is due at the same moment happens in an order
/// that the seed decides. Nothing of a run may happen on another thread: see <see cref="Check"/>.
/// </summary>
internal sealed class Scheduler(Random random)
{
    private readonly PriorityQueue<Action, (long At, int Tie)> _queue = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public static DateTimeOffset Epoch { get; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Ticks since the run began.</summary>
    public long Now { get; private set; }

    public long Steps { get; private set; }

    public DateTimeOffset UtcNow => Epoch.AddTicks(Now);

    public void After(TimeSpan delay, Action action)
    {
        Check();
        _queue.Enqueue(action, (Now + Math.Max(0, delay.Ticks), random.Next()));
    }

    /// <summary>Lets the next thing happen.</summary>
    /// <returns>False if there is nothing.</returns>
    public bool Step()
    {
        if (!_queue.TryDequeue(out var action, out var due))
            return false;
        Now = due.At;
        Steps++;
        action();
        return true;
    }

    /// <summary>Refuses every thread but the run's own: what runs elsewhere isn't decided by the seed.</summary>
    public void Check()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new ViolationException("Something of the run happened on another thread, so the seed doesn't decide it.");
    }
}

/// <summary>A clock that goes with the scheduler, off by a fixed time, with timers that a killed process doesn't get.</summary>
internal sealed class SimulatedClock(Scheduler scheduler, TimeSpan skew, Func<bool> alive) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => scheduler.Now;

    public override DateTimeOffset GetUtcNow() => scheduler.UtcNow + skew;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, callback, state, dueTime);

    private sealed class Timer : ITimer
    {
        private readonly SimulatedClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private int _version;

        public Timer(SimulatedClock clock, TimerCallback callback, object? state, TimeSpan due)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            Change(due, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            _clock.Run(dueTime, () =>
            {
                if (version == _version)
                    _callback(_state);
            });
            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private void Run(TimeSpan due, Action action) => scheduler.After(due, () =>
    {
        if (alive())
            action();
    });
}

/// <summary>A promise of the log that didn't hold in a run.</summary>
internal sealed class ViolationException(string message) : Exception(message);
