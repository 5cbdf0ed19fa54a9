using System.Runtime.CompilerServices;
using ImmutableAudit.Storage;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>
/// The simulated store as one life of a writer's process reaches it: everything takes time, goes wrong as the run's
/// faults say, and what was under way when the process is killed may arrive all the same.
/// </summary>
internal sealed class SimulatedClient(Simulation run, Life life) : IObjectStore
{
    private static readonly string[] Refusals = [AuditErrors.AccessDenied, AuditErrors.StoreFailed, AuditErrors.CredentialsInvalid];

    public string Location => "s3://simulated/log";

    public bool KeepsVersions => run.Server.KeepsVersions;

    public TimeSpan? ClockOffset { get; private set; }

    public ValueTask<PutAnswer> PutAsync(
        string key, ReadOnlyMemory<byte> content, PutCondition condition, RetentionUntil? lockUntil, CancellationToken cancellationToken)
    {
        var bytes = content.ToArray();
        var fate = run.Faults.FateOfPut(run.Random, run.Server.Kind);
        var how = condition.IfAbsent ? "if absent" : condition.IfMatch is null ? "unconditionally" : "if matching";
        run.Trace(life, $"puts {Simulation.Short(key)} {how}: {fate}");
        var answer = new TaskCompletionSource<PutAnswer>();
        if (!life.Point())
            return new ValueTask<PutAnswer>(answer.Task);

        var there = Hop();
        var back = Hop();
        var patience = TimeSpan.FromMilliseconds(run.Random.Next(50, 20_000));
        switch (fate)
        {
            case PutFate.Normal:
                Arrive(there, stored => Answer(answer, back, stored));
                break;
            case PutFate.Lost:
                Answer(answer, patience, new PutAnswer(PutOutcome.Unknown));
                break;
            case PutFate.ReplyLost:
                Arrive(there, null);
                Answer(answer, patience, new PutAnswer(PutOutcome.Unknown));
                break;
            case PutFate.Late:
                Arrive(patience + Faults.Late(run.Random), null);
                Answer(answer, patience, new PutAnswer(PutOutcome.Unknown));
                break;
            case PutFate.Twice:
                // Whichever of the two is answered.
                var second = there + Faults.Late(run.Random);
                if (run.Random.Next(2) == 0)
                {
                    Arrive(there, stored => Answer(answer, back, stored));
                    Arrive(second, null);
                }
                else
                {
                    Arrive(there, null);
                    Arrive(second, stored => Answer(answer, back, stored));
                }

                break;
            case PutFate.ServerError:
                Answer(answer, there + back, new PutAnswer(PutOutcome.Unknown));
                break;
            case PutFate.ServerErrorStored:
                Arrive(there, _ => Answer(answer, back, new PutAnswer(PutOutcome.Unknown)));
                break;
            case PutFate.Conflict:
                Answer(answer, there + back, new PutAnswer(PutOutcome.ConditionFailed));
                break;
            default:
                if (fate == PutFate.RefusedStored)
                    Arrive(there, null);
                var refusal = new AuditException(Refusals[run.Random.Next(Refusals.Length)], "The simulated store refuses.");
                run.Scheduler.After(there + back, () => life.Hear(() => answer.SetException(refusal)));
                break;
        }

        return new ValueTask<PutAnswer>(answer.Task);

        void Arrive(TimeSpan after, Action<PutAnswer>? then) => run.Scheduler.After(after, () =>
        {
            var outcome = run.Server.Put(key, bytes, condition, life.Writer.Name);
            run.Trace(life, $"  its put of {Simulation.Short(key)} arrives: {outcome.Outcome}{(outcome.Outcome == PutOutcome.Stored ? " as " + run.Server.Versions(key)[^1].Id : "")}");
            then?.Invoke(outcome);
        });
    }

    public async IAsyncEnumerable<StoredVersion> ListAsync(
        string prefix, string? startAfter, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ServerVersion? behind = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A store may give less than was asked for. A directory is read in one go.
            var most = KeepsVersions ? run.Random.Next(1, pageSize + 1) : int.MaxValue;
            var page = await AskAsync("lists", run.Faults.List, () => run.Server.Page(prefix, startAfter, behind, most));
            foreach (var version in page)
                yield return run.Server.Describe(version);
            if (page.Count < most)
                yield break;
            behind = page[^1];
        }
    }

    public IAsyncEnumerable<StoredVersion> ListDescendingAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Only verifiers list downwards.");

    public async ValueTask<ReadResult> ReadAsync(StoredVersion version, int maxBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await AskAsync("reads " + version.VersionId, run.Faults.Read, () =>
            Faults.Happens(run.Random, run.Faults.Read / 4) && KeepsVersions
                ? new ReadResult(ReadStatus.Unreadable, default, false, "a server error")
                : run.Server.Read(version, maxBytes));
    }

    public async ValueTask<RetentionSeen> ReadRetentionAsync(StoredVersion version, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await AskAsync("reads the lock of " + version.VersionId, run.Faults.Read, () => run.Server.Retention(version));
    }

    public ValueTask<DefaultRetention> ReadDefaultRetentionAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Asks the server for something that changes nothing.</summary>
    private Task<T> AskAsync<T>(string what, int failing, Func<T> look)
    {
        var answer = new TaskCompletionSource<T>();
        if (!life.Point())
            return answer.Task;
        var fails = Faults.Happens(run.Random, failing);
        run.Scheduler.After(Hop(), () =>
        {
            if (fails)
            {
                run.Trace(life, $"{what}: fails");
                run.Scheduler.After(Hop(), () => life.Hear(() => answer.SetException(new AuditException(AuditErrors.StoreUnreachable, "The simulated store can't be reached."))));
                return;
            }

            var seen = look();
            if (run.Tracing)
                run.Trace(life, $"{what}: {(seen is List<ServerVersion> page ? string.Join(' ', page.Select(version => Simulation.Short(version.Key) + "/" + version.Id)) : "answered")}");
            run.Scheduler.After(Hop(), () => life.Hear(() => answer.SetResult(seen)));
        });
        return answer.Task;
    }

    private void Answer(TaskCompletionSource<PutAnswer> answer, TimeSpan after, PutAnswer outcome) =>
        run.Scheduler.After(after, () => life.Hear(() => answer.SetResult(outcome)));

    private TimeSpan Hop()
    {
        ClockOffset = -life.Writer.Skew;
        return run.Random.Next(5) == 0 ? run.Faults.Latency * (run.Random.NextDouble() * 10) : run.Faults.Latency * run.Random.NextDouble();
    }
}
