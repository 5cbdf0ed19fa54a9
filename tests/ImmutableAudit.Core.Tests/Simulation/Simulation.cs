using System.Globalization;
using ImmutableAudit.Chain;
using ImmutableAudit.Log;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>How a run is made to differ from what the library does, so that the checks can be seen to bite.</summary>
internal sealed record Mutation(Func<IObjectStore, IObjectStore>? Store = null, Func<ISpool, ISpool>? Spool = null);

/// <summary>
/// One run: some writers, one store, and all that can go wrong between them, decided by a seed. When everything was
/// written the store is healed, every writer settles what it has and writes once more, and the log is looked at.
/// </summary>
internal sealed class Simulation
{
    private const int MostSteps = 200_000;
    private readonly List<string>? _trace;
    private readonly List<SimulatedWriter> _writers = [];
    private readonly Mutation? _mutation;
    private readonly HonestPeople? _people;
    private readonly int _seed;
    private string? _origin;

    private Simulation(int seed, StoreKind kind, bool tracing, Mutation? mutation, bool honest)
    {
        _seed = seed;
        _mutation = mutation;
        _people = honest ? new HonestPeople(this) : null;
        _trace = tracing ? [] : null;
        Random = new Random(seed);
        Scheduler = new Scheduler(Random);
        Server = new SimulatedServer(kind, Scheduler, Random);
        Log = new PlainLog([SimulatedLog.Key, .. honest ? HonestPeople.MoreKeys : []]);
        Faults = Faults.Draw(Random, kind);
        if (honest)
            Faults = Faults with { Attacks = 0 };
        KillsLeft = InitialKills = Faults.Kills;
    }

    public Random Random { get; }

    public Scheduler Scheduler { get; }

    public SimulatedServer Server { get; }

    public PlainLog Log { get; }

    public Faults Faults { get; private set; }

    public int KillsLeft { get; set; }

    public int InitialKills { get; }

    public bool IsHealed { get; private set; }

    /// <summary>Whether the run begins without a log, and nobody has created it yet.</summary>
    public bool NeedsCreating { get; private set; }

    /// <summary>Whether batches may be cut in two, so that a start knows of the second part only.</summary>
    public bool IsNearBoundary { get; private set; }

    /// <summary>Those who change keys, remember and verify; null in a run without them.</summary>
    public HonestPeople? People => _people;

    public bool Tracing => _trace is not null;

    public IReadOnlyList<SimulatedWriter> Writers => _writers;

    /// <summary>Runs a seed.</summary>
    /// <returns>What was seen, as one line; and the trace if it was asked for.</returns>
    /// <exception cref="ViolationException">A promise didn't hold. The message has the seed and the trace.</exception>
    public static (Outcome Outcome, IReadOnlyList<string> Trace) Run(int seed, StoreKind kind, bool tracing = false, Mutation? mutation = null, bool honest = false)
    {
        var run = new Simulation(seed, kind, tracing, mutation, honest);
        // Continuations belong on this thread, and a test framework may have other ideas.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            run.Play();
            return (new Outcome(run), run._trace ?? []);
        }
        catch (ViolationException) when (!tracing)
        {
            // Once more with a trace: the seed decides everything.
            return Run(seed, kind, true, mutation, honest);
        }
        catch (ViolationException e)
        {
            throw new ViolationException($"{e.Message}\nIMMUTABLEAUDIT_SIM_SEED={seed}, store {kind}\n{string.Join('\n', run._trace!)}");
        }
        finally
        {
            run.Log.Dispose();
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public IObjectStore WrapStore(IObjectStore store) => _mutation?.Store?.Invoke(store) ?? store;

    public ISpool WrapSpool(ISpool spool) => _mutation?.Spool?.Invoke(spool) ?? spool;

    public void Trace(Life? who, string what) =>
        _trace?.Add(string.Create(CultureInfo.InvariantCulture, $"{Scheduler.Now / (double)TimeSpan.TicksPerSecond,10:F3} {who?.Name ?? "attacker",-9} {what}"));

    /// <summary>A segment's key as the number of its first record.</summary>
    public static string Short(string key) => SegmentName.TryParse(key, out var first) ? "segment " + first : key;

    /// <summary>Somebody was told that he created the log, or that it is there.</summary>
    public void Created(Life life, string? origin)
    {
        NeedsCreating = false;
        if (origin is null)
            return;
        if (_origin is not null && _origin != origin)
            throw new ViolationException($"{life.Name} was told that it created the log, and so was another.");
        _origin = origin;
    }

    private void Play()
    {
        var clock = new SimulatedClock(Scheduler, TimeSpan.Zero, () => true);
        switch (Random.Next(100))
        {
            case 0:
                IsNearBoundary = true;
                SimulatedLog.CreateNearBoundary(Server);
                break;
            case < 6:
                NeedsCreating = true;
                break;
            default:
                SimulatedLog.Create(Server, clock);
                break;
        }

        for (var i = Random.Next(1, 6); i > 0; i--)
            _writers.Add(new SimulatedWriter(this, "w" + i));
        Trace(null, $"seed {_seed}, {Server.Kind}, {_writers.Count} writers, {Faults}");
        foreach (var writer in _writers)
            Scheduler.After(TimeSpan.FromMilliseconds(Random.Next(3000)), writer.Start);
        var within = TimeSpan.FromSeconds(new[] { 1, 30, 300 }[Random.Next(3)]);
        new Attacker(this).Schedule(Faults.Attacks, within);
        _people?.Schedule(within);

        // It goes on being rough for a while; then until everybody is done.
        var rough = TimeSpan.FromSeconds(Random.Next(1, 900)).Ticks;
        StepUntil(() => _writers.TrueForAll(writer => writer.IsDone) || Scheduler.Now > rough);
        Trace(null, "is gone: the store is healed");
        IsHealed = true;
        Faults = Faults.None;
        StepUntil(() => _writers.TrueForAll(writer => writer.IsDone));
        foreach (var writer in _writers)
        {
            writer.Caller.GiveMore(1);
            writer.Start();
        }

        StepUntil(() => false);
        foreach (var writer in _writers.Where(writer => !writer.IsDone))
            throw new ViolationException($"{writer.Name} hangs.");
        RunChecks.All(this, _origin);
        _people?.CheckAtTheEnd();
    }

    private void StepUntil(Func<bool> reached)
    {
        while (!reached() && Scheduler.Step())
        {
            foreach (var writer in _writers)
            {
                if (writer.Failure is { } failure)
                    throw failure as ViolationException ?? new ViolationException($"{writer.Name} failed: {failure}");
            }

            if (Scheduler.Steps > MostSteps)
                throw new ViolationException("The run doesn't end.");
        }
    }
}

/// <summary>What happened in a run, for seeing that runs aren't all the same.</summary>
internal sealed record Outcome
{
    public Outcome(Simulation run)
    {
        Steps = run.Scheduler.Steps;
        var attempts = run.Writers.SelectMany(writer => writer.Caller.Events).SelectMany(given => given.Attempts).ToList();
        Acknowledged = attempts.Count(attempt => attempt.Known == Known.Acknowledged);
        Failed = attempts.Count(attempt => attempt.Known == Known.Failed);
        InDoubt = attempts.Count(attempt => attempt.Known == Known.InDoubt);
        ToldByStart = attempts.Count(attempt => attempt.ToldByStart);
        FoundInLog = attempts.Count(attempt => attempt.Known == Known.FoundInLog);
        Kills = run.Writers.Count == 0 ? 0 : run.InitialKills - run.KillsLeft;
        Seen = run.People?.Seen ?? new HonestPeople.Sights();
    }

    public long Steps { get; }

    public int Acknowledged { get; }

    public int Failed { get; }

    public int InDoubt { get; }

    public int ToldByStart { get; }

    public int FoundInLog { get; }

    public int Kills { get; }

    public HonestPeople.Sights Seen { get; }
}
