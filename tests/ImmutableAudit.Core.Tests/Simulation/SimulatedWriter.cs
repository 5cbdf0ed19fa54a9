using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// A writer and its caller: a process that opens the log, commits batches, is killed and starts again. What the caller
/// knows of each event is in <see cref="Caller"/>, which outlives the process.
/// </summary>
internal sealed class SimulatedWriter
{
    private static readonly string[] Excusable =
    [
        AuditErrors.StoreUnreachable, AuditErrors.StoreFailed, AuditErrors.AccessDenied, AuditErrors.CredentialsInvalid,
        AuditErrors.ObjectUnreadable, AuditErrors.CommitUnknown, AuditErrors.CommitFailed, AuditErrors.DiskFull,
    ];

    private readonly Simulation _run;
    private readonly SpoolDisk? _disk;
    private readonly TimeSpan _patience;
    private readonly bool _restartsAfterDoubt;
    private LogHead? _pin;
    private int _lives;
    private Task _living = Task.CompletedTask;

    public SimulatedWriter(Simulation run, string name)
    {
        _run = run;
        Name = name;
        var random = run.Random;
        Skew = TimeSpan.FromMilliseconds(random.Next(-2000, 2001));
        _disk = random.Next(2) == 0 ? new SpoolDisk() : null;
        _patience = TimeSpan.FromSeconds(new[] { 0.5, 10, 120 }[random.Next(3)]);
        _restartsAfterDoubt = random.Next(2) == 0;
        Caller = new Caller(run, name, random.Next(1, 13), _disk);
    }

    public string Name { get; }

    public TimeSpan Skew { get; }

    public Caller Caller { get; }

    /// <summary>Whether the process ended by itself with nothing left to do.</summary>
    public bool IsDone { get; private set; }

    public Exception? Failure => _living.Exception?.InnerException;

    public void Start()
    {
        IsDone = false;
        var life = new Life(_run, this, ++_lives);
        _living = LiveAsync(life, new SimulatedClock(_run.Scheduler, Skew, () => life.Alive));
    }

    private async Task LiveAsync(Life life, SimulatedClock clock)
    {
        var store = _run.WrapStore(new SimulatedClient(_run, life));
        var options = new WriterOptions { Time = clock, GiveUpAfter = _patience, Jitter = _run.Random.NextDouble };
        while (life.Alive)
        {
            var committer = await OpenAsync(life, store, options, clock);
            if (!life.Alive)
                return;
            Caller.Reopened();
            var again = await WriteAsync(life, committer, clock);
            if (!life.Alive)
                return;
            _pin = committer.Head;
            committer.Dispose();
            if (!again)
                break;
        }

        // It may have been killed while it closed.
        if (!life.Alive)
            return;
        life.End();
        IsDone = true;
        _run.Trace(life, "ends");
    }

    private async Task<Committer> OpenAsync(Life life, Storage.IObjectStore store, WriterOptions options, SimulatedClock clock)
    {
        // Warm: another thread of a surviving service knows the head; cold: nobody does.
        var warm = _pin is not null && _run.Random.Next(2) == 0;
        for (var failures = 0; ;)
        {
            _run.Trace(life, warm ? "opens, knowing a head" : "opens, knowing nothing");
            try
            {
                if (_run.NeedsCreating)
                    await CreateAsync(life, store, options);
                using var heads = new HeadFinder(store);
                var head = await heads.FindAsync(warm ? _pin : null, null, default);
                ISpool? spool = _disk is null ? null : _run.WrapSpool(new MemorySpool(_disk, life));
                var key = _run.People?.KeyFor(head) ?? SimulatedLog.Key;
                var (committer, recovered) = await AuditWriter.StartAsync(store, key, options, spool, head, default);
                if (life.Alive)
                    Caller.Recovered(recovered);
                return committer;
            }
            catch (AuditException e) when (IsOvertaken(e) || (Excusable.Contains(e.ErrorId) && !(_run.IsHealed && ++failures > 3)))
            {
                _run.Trace(life, $"can't open: {e.ErrorId}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(_run.Random.Next(10, 20_000)), clock);
        }
    }

    // The key was taken out of force meanwhile: another one is taken then.
    private bool IsOvertaken(AuditException e) => _run.People is not null && e.ErrorId == AuditErrors.KeyNotInForce;

    private async Task CreateAsync(Life life, Storage.IObjectStore store, WriterOptions options)
    {
        try
        {
            var log = await AuditLog.CreateAsync(store, SimulatedLog.Plan(_run.Server.Kind), options, default);
            _run.Trace(life, "created the log");
            _run.Created(life, log.Genesis.Origin);
        }
        catch (AuditException e) when (e.ErrorId == AuditErrors.LogAlreadyExists)
        {
            _run.Trace(life, "finds that the log exists");
            _run.Created(life, null);
        }
    }

    /// <summary>Writes until nothing is left to do, or until the caller wants to open the log again (true).</summary>
    private async Task<bool> WriteAsync(Life life, Committer committer, SimulatedClock clock)
    {
        for (var failures = 0; Caller.HasWork;)
        {
            var batch = new EventBatch(clock, LogFormat.MaxSegmentRecords);
            var events = Caller.Fill(batch, _run.Random);
            _run.Trace(life, $"commits {string.Join(' ', events.Select(given => given.Name))} at {committer.Head.State.Size}");
            using var cancel = _run.Random.Next(10) == 0 && !_run.IsHealed
                ? new CancellationTokenSource(TimeSpan.FromMilliseconds(_run.Random.Next(1, 4000)), clock)
                : new CancellationTokenSource();
            var result = await committer.CommitAsync(batch, cancel.Token);
            if (!life.Alive)
                return false;
            _run.Trace(life, $"is told: {result.Acknowledged} of {result.Submitted} acknowledged, {result.InDoubt} in doubt{(result.Failure is null ? "" : ", " + result.Failure.ErrorId)}");
            if (result.Failure is { } failure && !Excusable.Contains(failure.ErrorId) && !IsOvertaken(failure))
                throw new ViolationException($"{life.Name} got {failure.ErrorId}: {failure.Message}");
            if (result.Failure is not null && !IsOvertaken(result.Failure) && _run.IsHealed && ++failures > 3)
                throw new ViolationException($"{life.Name} can't write although nothing is wrong any more: {result.Failure.Message}");
            if (result.Settled is { } settled)
                Caller.Recovered(settled);
            Caller.Take(events, result);
            _pin = committer.Head;
            if (result.Failure is not null && IsOvertaken(result.Failure))
                return true;
            if (result.Failure?.ErrorId == AuditErrors.CommitUnknown && _restartsAfterDoubt)
                return true;
            if (_run.People is not null && _disk is null && !_run.IsHealed && _run.Random.Next(3) == 0)
            {
                await _run.People.ChangeKeysAsync(life, committer);
                if (!life.Alive)
                    return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(_run.Random.Next(_run.Random.Next(3) == 0 ? 5000 : 100)), clock);
            if (_run.Random.Next(8) == 0)
                return true;
        }

        // A caller with a spool who was told that the next start settles it starts once more.
        return Caller.AwaitsStart;
    }
}
