using ImmutableAudit.Chain;
using ImmutableAudit.Events;
using ImmutableAudit.Log;

namespace ImmutableAudit.Core.Tests.Simulation;

/// <summary>What a caller knows of one attempt to get an event into the log.</summary>
internal enum Known
{
    /// <summary>Handed to the writer; no word yet.</summary>
    Handed,

    /// <summary>A receipt was given.</summary>
    Acknowledged,

    /// <summary>Reported as not in the log; it may be submitted again.</summary>
    Failed,

    /// <summary>Nobody knows, and the caller was told so, or the writer was killed: not submitted again.</summary>
    InDoubt,

    /// <summary>Nobody knows, and the caller was told that the spool settles it at the next start: not submitted again.</summary>
    SpoolSettles,

    /// <summary>The caller found it in the log after a start had settled everything.</summary>
    FoundInLog,
}

/// <summary>One attempt, under one record id.</summary>
internal sealed class Attempt(Guid id)
{
    public Guid Id { get; } = id;

    public Known Known { get; set; } = Known.Handed;

    public AuditReceipt? Receipt { get; set; }

    /// <summary>Whether the first word about it came from a start, or from what a later commit settled.</summary>
    public bool ToldByStart { get; set; }
}

/// <summary>An event of a caller, by a name of its own, with the attempts to record it.</summary>
internal sealed record CallersEvent(string Name)
{
    public List<Attempt> Attempts { get; } = [];

    public Attempt Last => Attempts[^1];
}

/// <summary>
/// A careful caller with a durable journal: submits an event again only where he was told for certain that it isn't in
/// the log, or where, with a spool, a start has settled everything and reading the log shows that it isn't there.
/// </summary>
internal sealed class Caller(Simulation run, string name, int toSubmit, SpoolDisk? spool)
{
    private readonly Queue<CallersEvent> _again = [];
    private int _left = toSubmit;
    private int _next;

    public List<CallersEvent> Events { get; } = [];

    public bool HasWork => _left > 0 || _again.Count > 0;

    public bool AwaitsStart => Events.Exists(given => given.Last.Known == Known.SpoolSettles);

    public void GiveMore(int count) => _left += count;

    /// <summary>Fills a batch, and writes into the journal what is handed over.</summary>
    public List<CallersEvent> Fill(EventBatch batch, Random random)
    {
        var events = new List<CallersEvent>();
        var count = random.Next(10) == 0 ? random.Next(1, 20) : random.Next(1, 5);
        while (events.Count < count && HasWork)
        {
            if (!_again.TryDequeue(out var given))
            {
                _left--;
                given = new CallersEvent($"{name}-{_next++}");
                Events.Add(given);
            }

            var id = batch.Add(new AuditEvent { Action = "simulated", Data = EventData.Parse($$"""{"event":"{{given.Name}}"}""") });
            given.Attempts.Add(new Attempt(id));
            events.Add(given);
        }

        return events;
    }

    /// <summary>Takes what a commit reports.</summary>
    public void Take(List<CallersEvent> events, CommitResult result)
    {
        TakeReceipts(result);
        var open = events.Where(given => given.Last.Known == Known.Handed).ToList();
        if (open.Count > 0 && result.Failure is null)
            throw new ViolationException($"{name}: a commit without a failure gave no receipt for {open[0].Name}.");
        foreach (var given in open)
        {
            var inDoubt = result.InDoubtIds.Contains(given.Last.Id);
            given.Last.Known = !inDoubt ? Known.Failed : spool is not null ? Known.SpoolSettles : Known.InDoubt;
            if (!inDoubt)
                _again.Enqueue(given);
        }
    }

    /// <summary>Takes what a start reports of the life before.</summary>
    public void Recovered(CommitResult? recovered)
    {
        if (recovered is null)
            return;
        TakeReceipts(recovered, fromStart: true);
        if (recovered.Acknowledged != recovered.Submitted)
            throw new ViolationException($"{name}: a writer was opened although what its spool holds isn't settled ({recovered.Failure?.ErrorId}).");
    }

    /// <summary>
    /// After a start: with a spool everything that was ever sent is decided now, so whatever has no word yet is in the
    /// log already or never will be. Without one, nobody knows.
    /// </summary>
    public void Reopened()
    {
        HashSet<Guid>? inTheLog = null;
        foreach (var given in Events)
        {
            var last = given.Last;
            if (last.Known == Known.Handed && spool is null)
            {
                last.Known = Known.InDoubt;
            }
            else if (last.Known is Known.Handed or Known.SpoolSettles)
            {
                inTheLog ??= [.. run.Log.Read(run.Server).Records.Select(record => record.Id)];
                Resolve(given, inTheLog.Contains(last.Id));
            }
        }
    }

    private void Resolve(CallersEvent given, bool isInTheLog)
    {
        var before = given.Last.Known;
        given.Last.Known = isInTheLog ? Known.FoundInLog : Known.Failed;
        // A spool whose disk failed can't know.
        if (before == Known.SpoolSettles && !isInTheLog && !spool!.HasFailed)
            throw new ViolationException($"{name} was told that the next start settles {given.Name}; it started, and {given.Name} isn't in the log.");
        // And it knows one segment: of a batch that was cut in two, the second part.
        if (before == Known.Handed && isInTheLog && !spool!.HasFailed && !run.IsNearBoundary)
            throw new ViolationException($"{name} wasn't told by the start that {given.Name} is in the log.");
        if (!isInTheLog)
            _again.Enqueue(given);
    }

    private void TakeReceipts(CommitResult result, bool fromStart = false)
    {
        var attempts = Events.SelectMany(given => given.Attempts).ToDictionary(attempt => attempt.Id);
        foreach (var receipt in result.Receipts())
        {
            var attempt = attempts[receipt.Id];
            if (attempt.Known is Known.Failed)
                throw new ViolationException($"{name}: an attempt that was reported as failed got a receipt later.");
            attempt.ToldByStart |= fromStart && attempt.Known != Known.Acknowledged;
            attempt.Known = Known.Acknowledged;
            attempt.Receipt = receipt;
        }
    }
}
